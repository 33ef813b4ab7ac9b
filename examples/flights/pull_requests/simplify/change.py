"""Leave five of the eight weather columns out of the model of a work tree: ``python change.py WORK_TREE``."""

from __future__ import annotations

import sys
from pathlib import Path

FEATURES = Path("src/flights/features.py")
ALL = 'WEATHER = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib")'
FEWER = 'WEATHER = ("temp", "precip", "visib")'


def change(root: Path) -> None:
    """Shorten the list of weather columns in ``src/flights/features.py``; fails where that line is another."""
    path = root / FEATURES
    text = path.read_text(encoding="utf-8")
    if ALL not in text:
        raise SystemExit(f"{path} does not list the weather columns as this change expects")
    path.write_text(text.replace(ALL, FEWER), encoding="utf-8")


if __name__ == "__main__":
    change(Path(sys.argv[1]))
