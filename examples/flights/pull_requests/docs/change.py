"""Add a list of words to the README of a work tree: ``python change.py WORK_TREE``."""

from __future__ import annotations

import sys
from pathlib import Path

WORDS = """
## Words

- **Late**: the flight arrived more than 15 minutes after the timetable said (`prepare.late_minutes` in `params.yaml`).
- **Never arrived**: cancelled or diverted; there is no arrival delay, so the flight is in neither split.
- **Test months**: October to December. No flight of these months is seen in training.
"""


def change(root: Path) -> None:
    """Append the list to ``README.md``; nothing else is touched."""
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")
    readme.write_text(text.rstrip("\n") + "\n" + WORDS, encoding="utf-8")


if __name__ == "__main__":
    change(Path(sys.argv[1]))
