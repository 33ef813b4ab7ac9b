"""Files by a pattern: ``data/*.parquet``, ``data/**/*.csv``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from sluice.domain.errors import DataError

# What is looked at, matching or not: a pattern must not walk a whole disk.
MAX_SEEN = 200_000

_MAGIC = re.compile(r"[*?\[]")
_GROUP = re.compile(r"\[(!?)(\]?[^\]]*)\]")


def is_pattern(source: str) -> bool:
    """Whether a path has a part that may stand for several."""
    return _MAGIC.search(source) is not None


def split(source: str) -> tuple[str, str]:
    """The folder above the first part that is a pattern (``.`` for the root), and the pattern below it."""
    parts = PurePosixPath(source).parts
    first = next(index for index, part in enumerate(parts) if is_pattern(part))
    return str(PurePosixPath(*parts[:first])), str(PurePosixPath(*parts[first:]))


def matching(folder: Path, pattern: str, source: str) -> Iterator[tuple[str, Path]]:
    """Name below the folder and path of every file that matches, sorted; hidden ones only where the pattern says so.

    ``**`` stands for any number of folders, ``*`` for anything within one name. Links to folders are not followed.
    """
    test = re.compile(_expression(pattern))
    hidden = pattern.startswith((".", "_")) or "/." in pattern or "/_" in pattern
    deep = None if "**" in PurePosixPath(pattern).parts else len(PurePosixPath(pattern).parts)
    found: dict[str, Path] = {}
    for seen, (name, path) in enumerate(_walk(folder, hidden, deep)):
        if seen >= MAX_SEEN:
            raise DataError(f"the pattern looks at more than {MAX_SEEN} files", where=source)
        if test.fullmatch(name):
            found[name] = path
    yield from sorted(found.items())


def _walk(folder: Path, hidden: bool, deep: int | None) -> Iterator[tuple[str, Path]]:
    for above, folders, files in os.walk(folder):
        depth = len(Path(above).relative_to(folder).parts) + 1
        shown = [name for name in folders if hidden or not name.startswith((".", "_"))]
        folders[:] = sorted(shown) if deep is None or depth < deep else []
        for name in files:
            if hidden or not name.startswith((".", "_")):
                path = Path(above, name)
                yield path.relative_to(folder).as_posix(), path


def _expression(pattern: str) -> str:
    parts = PurePosixPath(pattern).parts
    said = ""
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if part == "**":
            said += "(?:[^/]+/)*" + ("[^/]+" if last else "")
            continue
        said += _name(part) + ("" if last else "/")
    return said


def _name(part: str) -> str:
    """The pattern of one name as an expression, which matches nothing beyond it."""
    said, rest = "", part
    while rest:
        group = _GROUP.match(rest)
        if group:
            inside = re.sub(r"([\\\[\]^&~|])", r"\\\1", group[2])
            said += f"(?!/)[{'^' if group[1] else ''}{inside}]"
            rest = rest[group.end() :]
            continue
        said += {"*": "[^/]*", "?": "[^/]"}.get(rest[0], re.escape(rest[0]))
        rest = rest[1:]
    return said
