"""What an argument of the command line names: data, its name, and what of it may be shown."""

from __future__ import annotations

from pathlib import Path

from sluice.adapters.opening import Wanted, by_hand, is_file
from sluice.adapters.sources import patterns, remote
from sluice.domain.errors import UsageError


def wanted(data: str, remedy: str) -> Wanted:
    """What an argument names: a path, which must be there, a pattern, a path at a revision or a URL."""
    if is_file(data):
        require(Path(data), remedy)
    root, source = by_hand(data)
    return Wanted(root=root, source=source)


def called(data: str) -> str:
    """The name of what an argument names: the table's, or the file's; the folder's, where a pattern names its files."""
    table = data.partition("#")[2]
    if table and not is_file(data):
        return table.rpartition(".")[2] or "data"
    path = Path(data)
    while patterns.is_pattern(path.name) and not path.exists() and path.parent != path:
        path = path.parent
    return path.stem or "data"


def shown(data: str) -> str:
    """What of an argument may be shown: of a URL neither user, password nor query."""
    url, mark, table = data.partition("#")
    return f"{remote.shown(url)}{mark}{table}" if remote.scheme(data) else data


def require(path: Path, remedy: str) -> None:
    """Raise ``UsageError`` where there is no such file."""
    if not path.exists():
        raise UsageError("there is no such file", where=str(path), remedy=remedy)
