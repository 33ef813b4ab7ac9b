"""Evidence folders below a folder, as a collection of downloaded runs has them."""

from __future__ import annotations

import os
from pathlib import Path

from sluice.adapters.decode.evidence import FILE_NAME
from sluice.domain.errors import UsageError

MAX_FOLDERS = 100_000


def folders(root: Path) -> tuple[Path, ...]:
    """Every folder below ``root``, at any depth, that holds an ``evidence.json``; links are not followed.

    Raises ``UsageError`` where there is no such folder, or where it holds more than 100,000 of them.
    """
    if not root.is_dir():
        raise UsageError("there is no such folder", where=str(root), remedy="name the folder of evidence folders")
    found: list[Path] = []
    for number, (folder, names, files) in enumerate(os.walk(root)):
        if number >= MAX_FOLDERS:
            said = f"there are more than {MAX_FOLDERS:,} folders below it"
            raise UsageError(said, where=str(root), remedy="name the folder of evidence folders alone")
        names.sort()
        if FILE_NAME in files:
            found.append(Path(folder))
    return tuple(found)
