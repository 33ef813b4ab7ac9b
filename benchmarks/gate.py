"""What ``sluice gate`` takes on evidence that a run has stored: a whole process, from the shell, in a repository.

The evidence has seven metrics on all rows and on 101 slices, each compared with the baseline's, and gates on both.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measuring import QUICK_RUNS, RUNS, Row, present, side_by_side

MOST_S = 0.3
SLUICE = Path(sys.executable).parent / "sluice"

POLICY = """version: 1
training: {run: python3 train.py, inputs: [train.py]}
evaluation:
  task: classification
  predictions: predictions.csv
  columns: {target: y, score: p, key: id}
  slices: [region, kind]
  baseline: {ref: base}
gates:
  - {metric: roc_auc, min: 0.7}
  - {metric: roc_auc, max_drop: 0.2}
  - {metric: accuracy, max_drop: 0.9, per_slice: region}
"""
TRAIN = """import random
random.seed(1)
with open("predictions.csv", "w") as out:
    out.write("id,y,p,region,kind\\n")
    for i in range(20000):
        y = i % 2
        p = 0.4 * y + 0.6 * random.random()
        out.write(f"{i},{y},{p:.4f},r{i // 2 % 98},k{i // 2 % 3}\\n")
"""


def measure(quick: bool) -> Iterator[Row]:
    """The time of the clock and of processors, and memory."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        trained(root)
        command = ["bash", "-c", f"cd {shlex.quote(name)} && exec {shlex.quote(str(SLUICE))} gate evidence"]
        found = side_by_side({"gate": command}, runs=QUICK_RUNS if quick else RUNS, env=environment())["gate"]
    what = "sluice gate, 7 metrics on 102 sets of rows"
    yield Row(what=what, measured=found.wall_s, unit="s", limit=MOST_S)
    yield Row(what=what, measured=found.cpu_s, unit="s CPU")
    yield Row(what=what, measured=found.peak_mib, unit="MiB")


def trained(root: Path) -> None:
    """A repository with a baseline, a branch that changes the seed, and the evidence of a run on it."""
    for file, text in (("sluice.yaml", POLICY), ("train.py", TRAIN), (".gitignore", "/evidence/\n")):
        (root / file).write_text(text, encoding="utf-8")
    subprocess.run([sys.executable, "train.py"], cwd=root, check=True)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "base")
    git(root, "switch", "-q", "-c", "feature")
    (root / "train.py").write_text(TRAIN.replace("seed(1)", "seed(2)"), encoding="utf-8")
    git(root, "commit", "-q", "-a", "-m", "another seed")
    subprocess.run([str(SLUICE), "run"], cwd=root, env=environment(), check=True, stdout=subprocess.DEVNULL)


def git(root: Path, *arguments: str) -> None:
    """One command of git, whose output is not of interest."""
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


def environment() -> dict[str, str]:
    """This environment without what a hosted runner sets."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "INPUT_", "MLFLOW_"))}


if __name__ == "__main__":
    present(measure)
