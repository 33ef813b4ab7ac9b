"""What a start costs: the command line's help, the Action to its first call of the API, and action/start.sh around it.

The Action's figures are those of an installation that action/start.sh has made, so a package index must be in reach.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from measuring import QUICK_RUNS, ROOT, RUNS, Row, once, present, side_by_side

sys.path.insert(0, str(ROOT / "tests"))
from support import publishing as p

HELP_CPU_S = 0.15
FIRST_CALL_CPU_S = 0.6
SECOND_START_S = 1.0
NOTHING_TO_READ = 2  # the exit code without an event: the shortest way through the whole start

START = ROOT / "action" / "start.sh"
BIN = Path(sys.executable).parent
_CODE = re.compile(r"-I -c \\\s*'([^']+)' \"\$here/src\"")


def measure(quick: bool) -> Iterator[Row]:
    """All rows, one after the other."""
    runs = QUICK_RUNS if quick else RUNS
    asked = side_by_side({"help": [str(BIN / "sluice"), "--help"]}, runs=runs)["help"]
    yield Row(what="sluice --help", measured=asked.cpu_s, unit="s CPU", limit=HELP_CPU_S)
    with tempfile.TemporaryDirectory() as name:
        cache = Path(name)
        environment = plain_environment(cache)
        first = once(["bash", str(START)], env=environment, ends=NOTHING_TO_READ)
        yield Row(what="Action, first start on a machine, uv", measured=first.wall_s, unit="s")
        python = str(next(cache.glob("sluice/*/venv/bin/python")))
        yield from first_calls(python, runs)
        yield second_start(python, environment, runs)
    if not quick:
        yield from first_start_with_pip()


def plain_environment(cache: Path) -> dict[str, str]:
    """A machine with Python and uv, where Sluice is installed into ``cache``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "INPUT_", "PYTHON"))}
    # The interpreter below this environment comes first: start.sh makes an environment of its own.
    path = os.pathsep.join((f"{sys.base_prefix}/bin", os.defpath, str(BIN)))
    return kept | {"PATH": path, "SLUICE_CACHE": str(cache), "INPUT_COMMAND": "plan"}


def start_command(python: str) -> list[str]:
    """What start.sh ends in, taken from its text."""
    found = _CODE.search(START.read_text(encoding="utf-8"))
    if found is None:
        raise SystemExit(f"{START} does not start Python in the way that this benchmark looks for")
    return [python, "-I", "-c", found.group(1), str(ROOT / "src")]


def first_calls(python: str, runs: int) -> Iterator[Row]:
    """CPU seconds to the first call of the API, of planning and of publishing."""
    for command in ("plan", "publish"):
        cpu_s = statistics.median([to_first_call(python, command) for _ in range(runs + 1)][1:])
        what = f"Action, {command}, to its first API call"
        yield Row(what=what, measured=cpu_s, unit="s CPU", limit=FIRST_CALL_CPU_S)


def to_first_call(python: str, command: str) -> float:
    """CPU seconds that the process has used when its first request arrives; it is ended there."""
    with tempfile.TemporaryDirectory() as name, socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        told = p.job(Path(name), p.payload(1, "a" * 40, "b" * 40), "c" * 40, address)
        environment = told | {"INPUT_COMMAND": command}
        with subprocess.Popen(start_command(python), env=environment, stdout=subprocess.DEVNULL) as process:
            try:
                caller, _ = server.accept()
                caller.settimeout(60)
                if not caller.recv(1):
                    raise SystemExit(f"`{command}` opened a connection and asked for nothing")
                used = psutil.Process(process.pid).cpu_times()
            finally:
                process.kill()  # before its connection closes, which it would take for a failure to try again
        caller.close()
    return used.user + used.system


def second_start(python: str, environment: Mapping[str, str], runs: int) -> Row:
    """What start.sh adds to the program it starts, once everything is installed."""
    commands = {"whole": ["bash", str(START)], "program": start_command(python)}
    found = side_by_side(commands, runs=runs, env=environment, ends=NOTHING_TO_READ)
    added_s = found["whole"].wall_s - found["program"].wall_s
    return Row(what="Action, second start, added by start.sh", measured=added_s, unit="s", limit=SECOND_START_S)


def first_start_with_pip() -> Iterator[Row]:
    """The first start where there is no uv; no row where there always is."""
    with tempfile.TemporaryDirectory() as name:
        environment = plain_environment(Path(name))
        environment["PATH"] = environment["PATH"].removesuffix(f"{os.pathsep}{BIN}")
        if shutil.which("uv", path=environment["PATH"]) is None:
            cost = once(["bash", str(START)], env=environment, ends=NOTHING_TO_READ)
            yield Row(what="Action, first start on a machine, pip", measured=cost.wall_s, unit="s")


if __name__ == "__main__":
    present(measure)
