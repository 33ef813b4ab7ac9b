"""``python -m examples.demo``: play four pull requests through the gate on this machine, and show what people see."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from . import conversation, page, pulls, runner, world
from .conversation import Conversation
from .expectations import unmet
from .programs import DemoError
from .pulls import Pull

DEFAULT_OUT = world.ROOT / "demo"
ROWS = 120_000
# Below this the test months say too little, and the gate rightly stays closed.
FEWEST_ROWS = 20_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; 0 where everything went as it must, 1 where it did not, 130 where it was interrupted."""
    options = _options(arguments)
    started = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s  {line}", file=sys.stderr, flush=True)

    signal.signal(signal.SIGTERM, _interrupt)
    try:
        played, index = _play(options.out.resolve(), options.rows, say)
    except KeyboardInterrupt:
        say("interrupted; everything that was started has been ended")
        return 130
    except (DemoError, RuntimeError, AssertionError) as error:  # the last two are how the bench's harness refuses
        say(f"stopped: {error}")
        return 1
    _print_summary(played, index, time.monotonic() - started)
    problems = [problem for pull, shown in played for problem in unmet(pull.story, shown)]
    for problem in problems:
        print(f"not as it must be: {problem}", file=sys.stderr)
    return 1 if problems else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.demo", description=__doc__)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="folder for the pages; replaced (default: demo/)")
    parser.add_argument("--rows", type=int, default=ROWS, help="flights to use (default: %(default)s)")
    options = parser.parse_args(arguments)
    if options.rows < FEWEST_ROWS:
        parser.error(f"--rows must be at least {FEWEST_ROWS}: fewer flights are not evidence enough for the gate")
    if options.out.exists() and not _is_ours(options.out):
        parser.error(f"{options.out} is there already and holds no pages of the demo: name another folder")
    return options


def _is_ours(out: Path) -> bool:
    return out.is_dir() and ((out / "logs").is_dir() or not any(out.iterdir()))


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _play(out: Path, rows: int, say: world.Say) -> tuple[list[tuple[Pull, Conversation]], Path]:
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    folder = tempfile.TemporaryDirectory(prefix="sluice-demo-", ignore_cleanup_errors=True)
    with folder as name, world.started(Path(name), out, rows, say) as here:
        opened = pulls.open_all(here, say)
        # All are judged before the first is merged, so that all are judged against the same main.
        runs = [runner.play(here, pull, say) for pull in opened]
        shown: list[tuple[Pull, Conversation]] = []
        for pull, run in zip(opened, runs, strict=True):
            merge = pulls.press_merge(here, pull)
            say(f"#{pull.number} merge: {merge.status} {merge.message}")
            shown.append((pull, conversation.read(here, pull, run, merge)))
        if found := here.bench.problems():
            raise DemoError(f"events that do not fit GitHub's schemas: {found[:3]}")
        return shown, page.write([one for _, one in shown], out)


def _print_summary(played: Sequence[tuple[Pull, Conversation]], index: Path, duration_s: float) -> None:
    rows = [("pull request", "gate", "merge", "seconds", "API calls", "page")]
    for pull, shown in played:
        gate = shown.gate.title if shown.gate else "missing"
        merge = shown.state if shown.state == "merged" else f"refused ({shown.merge.status})"
        run = shown.played
        rows.append(
            (
                f"#{pull.number} {pull.story.name}", gate if len(gate) <= 44 else gate[:43] + "…", merge,
                f"{run.duration_s:.1f}", str(run.calls), page.file_name(shown),
            )
        )  # fmt: skip
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print(f"\n{duration_s:.0f} s in all. What people see: {index}")


if __name__ == "__main__":
    sys.exit(main())
