"""What the benchmarks share: the cost of a process, one row for each thing measured, and how rows are printed."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUNS, QUICK_RUNS = 5, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing measured; ``limit`` is in its own unit or, where there is a ``reference``, in multiples of that."""

    what: str
    measured: float
    unit: str
    limit: float | None = None
    than: str = ""
    reference: float | None = None

    @property
    def ratio(self) -> float | None:
        """Measured over the reference, else over the limit; ``None`` where there is neither."""
        below = self.reference if self.reference is not None else self.limit
        return self.measured / below if below else None

    @property
    def verdict(self) -> str:
        """``ok``, ``over``, or nothing where there is no limit."""
        if self.limit is None:
            return ""
        return "ok" if self.measured <= self.limit * (1 if self.reference is None else self.reference) else "over"

    def cells(self) -> tuple[str, ...]:
        """What, measured, limit, ratio and verdict, as text."""
        limit = "" if self.limit is None else f"{self.limit:g} {self.unit if self.reference is None else 'times'}"
        if self.reference is not None:
            limit = f"{limit} {self.than}, {_number(self.reference, self.unit)}".strip()
        elif self.than:
            limit = f"{limit} ({self.than})".strip()
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        return self.what, _number(self.measured, self.unit), limit, ratio, self.verdict


HEADINGS = ("what", "measured", "limit", "ratio", "")


def table(rows: Iterable[Row]) -> str:
    """The rows as a table of aligned columns."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(HEADINGS))]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def _number(value: float, unit: str) -> str:
    if unit in ("calls", "columns", "comments", "comparisons", "MiB"):
        return f"{value:.0f} {unit}"
    return f"{value:.3f} {unit}" if value < 1 else f"{value:.2f} {unit}"


def present(measure: Callable[[bool], Iterable[Row]]) -> None:
    """A benchmark's ``main``: measure (shortly with ``--quick``) and print the rows, as lines of JSON with ``--json``.

    Ends with 1 where a limit is broken.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="fewer runs, less data")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    given = parser.parse_args()
    rows: list[Row] = []
    for row in measure(given.quick):
        rows.append(row)
        if given.json:
            print(json.dumps(asdict(row)), flush=True)
    if not given.json:
        print(table(rows))
    raise SystemExit(1 if any(row.verdict == "over" for row in rows) else 0)


# -- processes ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a process took, its own children included in the CPU time."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def side_by_side(
    commands: Mapping[str, Sequence[str]], *, runs: int, env: Mapping[str, str] | None = None, ends: int = 0
) -> dict[str, Cost]:
    """The medians of several commands, run in turns, so that whatever else the machine does falls on all of them.

    Each must end with the exit code ``ends``. A first turn, not counted, warms the caches. A child's peak memory begins
    at what its parent holds: call this from a process that has loaded nothing large.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            cost = _cost(command, dict(os.environ if env is None else env), ends)
            if turn:
                costs[name].append(cost)
    return {name: _median(found) for name, found in costs.items()}


def once(command: Sequence[str], *, env: Mapping[str, str] | None = None, ends: int = 0) -> Cost:
    """The cost of one run."""
    return _cost(command, dict(os.environ if env is None else env), ends)


def _cost(command: Sequence[str], env: Mapping[str, str], ends: int) -> Cost:
    silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    begin_s = time.perf_counter()
    child = os.posix_spawnp(command[0], list(command), env, file_actions=silent)
    _, status, used = os.wait4(child, 0)
    wall_s = time.perf_counter() - begin_s
    if os.waitstatus_to_exitcode(status) != ends:
        raise SystemExit(f"{' '.join(command)[:300]} ended with {os.waitstatus_to_exitcode(status)}, not {ends}")
    return Cost(wall_s=wall_s, cpu_s=used.ru_utime + used.ru_stime, peak_mib=used.ru_maxrss / 1024)


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        wall_s=statistics.median(cost.wall_s for cost in costs),
        cpu_s=statistics.median(cost.cpu_s for cost in costs),
        peak_mib=statistics.median(cost.peak_mib for cost in costs),
    )
