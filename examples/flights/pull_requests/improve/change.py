"""Apply this pull request's patch to a work tree: ``python change.py WORK_TREE``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def change(root: Path) -> None:
    """Add the feature ``recent_delay`` to ``src/flights/features.py``; fails where the patch does not fit."""
    patch = Path(__file__).resolve().with_name("recent_delay.patch")
    subprocess.run(["git", "apply", str(patch)], cwd=root, check=True)


if __name__ == "__main__":
    change(Path(sys.argv[1]))
