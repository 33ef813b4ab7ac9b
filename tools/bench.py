"""Run every benchmark, one after the other, and print one table; `--quick` for fewer runs and less data."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))
from measuring import ROOT, Row, table

FOLDER = ROOT / "benchmarks"
BENCHMARKS = (
    *("start_up.py", "github_calls.py", "validate.py", "drift.py", "evaluate.py", "evaluate_large.py", "gate.py"),
    *("drift_errors.py", "evaluate_errors.py"),
)
NAMED = ("duckdb", "ibis-framework", "numpy", "pyarrow", "PyGithub", "scikit-learn")


def conditions() -> str:
    """The machine and what else it does: times of the clock mean little while others use it."""
    cores, load = os.cpu_count() or 1, os.getloadavg()[0]
    busy = ": BUSY, times of the clock are too long" if load > cores / 2 else ""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in NAMED)
    return (
        f"Python {platform.python_version()}, {versions}\n"
        f"{cores} cores, {memory_gib:.0f} GiB, load at the start {load:.1f}{busy}"
    )


def run(name: str, options: list[str]) -> tuple[list[Row], bool]:
    """The rows of one benchmark, and whether it came to its end."""
    command = [sys.executable, str(FOLDER / name), "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    rows = [Row(**json.loads(line)) for line in done.stdout.splitlines()]
    # A broken limit ends a benchmark with 1, too.
    complete = bool(rows) and (done.returncode == 0 or any(row.verdict == "over" for row in rows))
    if not complete:
        print(f"bench: {name} did not come to its end:\n{done.stderr.rstrip()}", file=sys.stderr, flush=True)
    return rows, complete


def main() -> int:
    """Measure everything; 0 when every benchmark ran and every limit holds."""
    options = sys.argv[1:]
    if set(options) - {"--quick"}:
        print("usage: bench.py [--quick]", file=sys.stderr)
        return 2
    print(conditions(), flush=True)
    rows: list[Row] = []
    complete = True
    for name in BENCHMARKS:
        found, ended = run(name, options)
        rows, complete = [*rows, *found], complete and ended
    print(table(rows))
    broken = [row.what for row in rows if row.verdict == "over"]
    print(f"bench: over the limit: {', '.join(broken)}" if broken else "bench: every limit holds" if complete else "")
    return 0 if complete and not broken else 1


if __name__ == "__main__":
    sys.exit(main())
