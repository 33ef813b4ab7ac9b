"""Where data lies: a path of the configuration made a file inside the repository, or refused."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from threading import Event
from typing import Literal

from sluice.adapters.sources.hive import partitions
from sluice.adapters.sources.patterns import is_pattern, matching, split
from sluice.domain.errors import DataError

Format = Literal["parquet", "csv", "jsonl", "arrow", "delta", "iceberg"]

FORMATS: dict[str, Format] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".arrow": "arrow",
    ".feather": "arrow",
}
MAX_FILES = 10_000

# DVC may link what it tracks into its cache, where a file's name is the digest that its pointer in git states.
_DVC_CACHE = PurePosixPath(".dvc", "cache")

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """The files of one table and their names below ``source``, sorted; ``source`` is how the configuration says it.

    ``names`` is empty for a single file. ``partitions`` are the columns that folders named ``key=value`` make, with
    their types in DuckDB. ``folder`` is where the table lies, for formats that are a folder.
    """

    source: str
    format: Format
    files: tuple[Path, ...]
    names: tuple[str, ...] = ()
    partitions: tuple[tuple[str, str], ...] = ()
    folder: Path | None = None


def locate(root: Path, source: str) -> Located:
    """The files that ``source`` names below ``root``: one file, a folder or a pattern whose files are one table.

    Links are followed into DVC's own cache alone: a change of what another leads to would not show as a change of
    ``source``. Raises ``DataError``: ``path`` for one that leaves the root or leads through a link; ``missing``;
    ``data-empty`` for a file of zero bytes or a folder without files; ``parse`` for a format that is not read.
    """
    if is_pattern(source) and not _is_there(root, source):
        folder, pattern = split(source)
        base = _confined(root, folder) if folder != "." else root.resolve()
        inside = folder if folder != "." else ""
        return _several(root, source, inside, matching(base, pattern, source) if base.is_dir() else ())
    path = _confined(root, source)
    if path.is_dir():
        return _folder(root, source, path)
    form = _format(source)
    _regular(path, source)
    if path.stat().st_size == 0:
        raise DataError("the file has no bytes", reason_code="data-empty", where=source)
    return Located(source=source, format=form, files=(path,))


def _is_there(root: Path, source: str) -> bool:
    """Whether a name that looks like a pattern is a file's own."""
    try:
        return root.joinpath(source).exists()
    except (OSError, ValueError):
        return False


def _format(source: str) -> Format:
    # In DVC's cache a file has no ending of its own.
    suffix = PurePosixPath(source).suffix
    form = FORMATS.get(suffix.lower())
    if form is None:
        known = ", ".join(FORMATS)
        raise DataError(f"the format `{suffix}` is not read", where=source, remedy=f"use one of {known}")
    return form


def _confined(root: Path, source: str) -> Path:
    if _SCHEME.match(source):
        raise DataError("is a URL, not a path", reason_code="path", where=source, remedy="name a file")
    parts = PurePosixPath(source).parts
    if not parts or source.startswith("/") or ".." in parts or "\\" in source or "\0" in source:
        remedy = "name it from the repository's root"
        raise DataError("is not a path inside the repository", reason_code="path", where=source, remedy=remedy)
    try:
        base = root.resolve(strict=True)
        path = base.joinpath(*parts).resolve()
        there = path.exists()
    except (OSError, RuntimeError) as problem:
        raise DataError("the path cannot be followed", reason_code="path", where=source) from problem
    if not path.is_relative_to(base):
        raise DataError("leads out of the repository by a link", reason_code="path", where=source)
    if path != base.joinpath(*parts) and not path.is_relative_to(base / _DVC_CACHE):
        raise _linked(source, path.relative_to(base).as_posix())
    if not there:
        raise _missing(base, source)
    return path


def _linked(source: str, target: str) -> DataError:
    return DataError("leads through a link", reason_code="path", where=source, remedy=f"name `{target}` itself")


def _missing(base: Path, source: str) -> DataError:
    if _tracked_by_dvc(base, source):
        return DataError("is not in the work tree", reason_code="missing", where=source, remedy="run `dvc pull`")
    return DataError("there is no such file", reason_code="missing", where=source)


def _tracked_by_dvc(base: Path, source: str) -> bool:
    path = PurePosixPath(source)
    for above in (path, *path.parents):
        if above.name and (base / f"{above}.dvc").is_file():
            return True
    return any(_names_output(lock, path) for lock in (base / "dvc.lock", base / path.parent / "dvc.lock"))


def _names_output(lock: Path, path: PurePosixPath) -> bool:
    """Whether a lock file of DVC lists the path, or a folder above it, among its paths."""
    if not lock.is_file() or lock.stat().st_size > _CHUNK_BYTES * 10:
        return False
    listed = set(re.findall(r"^\s*(?:- )?path: (.+?)\s*$", lock.read_text("utf-8", "replace"), re.MULTILINE))
    return any(str(above) in listed or above.name in listed for above in (path, *path.parents) if above.name)


def _folder(root: Path, source: str, folder: Path) -> Located:
    found: list[tuple[str, Path]] = []
    versioned = _versioned(folder)
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() and path.is_dir() and (versioned or not _is_hidden(name)):
            # The search does not go through it, but whoever reads the folder may.
            raise _linked(f"{source}/{name}", str(path.readlink()))
        if (versioned and path.is_file()) or (path.suffix.lower() in FORMATS and not _is_hidden(name)):
            found.append((name, path))
    if versioned and found:
        files = tuple(_confined(root, str(PurePosixPath(source, name))) for name, _ in found)
        return Located(
            source=source, format=versioned, files=files, names=tuple(name for name, _ in found), folder=folder
        )
    form = _one_format([name for name, _ in found], source)
    return _several(root, source, source, [(name, path) for name, path in found if _format(name) == form])


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "_")) for part in PurePosixPath(name).parts)


def _versioned(folder: Path) -> Literal["delta", "iceberg"] | None:
    """The kind of a folder that holds older versions of its table too, so that its files alone are not the table."""
    if (folder / "_delta_log").is_dir():
        return "delta"
    return "iceberg" if any((folder / "metadata").glob("*.metadata.json")) else None


def _one_format(names: Sequence[str], source: str) -> Format:
    """The format of a folder's files: Parquet where there is any, else the only one."""
    formats: set[Format] = {_format(name) for name in names}
    if not formats:
        raise DataError("the folder has no files of data", reason_code="data-empty", where=source)
    if "parquet" in formats:
        return "parquet"
    if len(formats) > 1:
        remedy = f"name one kind, such as `{source}/*.csv`"
        raise DataError("the folder has files of several formats", where=source, remedy=remedy)
    return formats.pop()


def _several(root: Path, source: str, inside: str, found: Iterable[tuple[str, Path]]) -> Located:
    """Files of one format; ``inside`` is the folder, below the root, that their names begin at."""
    files: dict[str, Path] = {}
    formats: set[Format] = set()
    for name, _path in found:
        files[name] = _confined(root, str(PurePosixPath(inside, name)))
        formats.add(_format(name))
        _regular(files[name], source)
        if len(files) > MAX_FILES:
            raise DataError(f"has more than {MAX_FILES} files", where=source)
    if not files:
        raise DataError("no file matches", reason_code="missing", where=source)
    if len(formats) > 1:
        raise DataError("matches files of several formats", where=source, remedy="name one kind, such as `*.csv`")
    empty = [name for name, path in files.items() if path.stat().st_size == 0]
    if empty:
        raise DataError(f"the file {empty[0]} has no bytes", reason_code="data-empty", where=source)
    return Located(
        source=source,
        format=formats.pop(),
        files=tuple(files.values()),
        names=tuple(files),
        partitions=partitions(tuple(files), source),
    )


def _regular(path: Path, source: str) -> None:
    if not stat.S_ISREG(path.stat().st_mode):
        raise DataError("is not a regular file", reason_code="path", where=source)


def digest(located: Located, stop: Event | None = None) -> str:
    """sha256 of a file's bytes; of a folder, over its sorted names and their digests. ``file_sha256`` says the rest."""
    if not located.names:
        return file_sha256(located.files[0], stop)
    whole = hashlib.sha256()
    for name, path in zip(located.names, located.files, strict=True):
        whole.update(f"{name}\0{file_sha256(path, stop)}\n".encode())
    return whole.hexdigest()


def file_sha256(path: Path, stop: Event | None = None) -> str:
    """sha256 of a file, read in pieces. Raises ``CancelledError`` once ``stop`` is set."""
    whole = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            if stop is not None and stop.is_set():
                raise CancelledError
            whole.update(chunk)
    return whole.hexdigest()


@contextmanager
def digesting(located: Located | None) -> Iterator[Future[str]]:
    """The digest, taken in a thread beside what happens within; given up where that ends first. Empty for ``None``.

    Reading and hashing leave the interpreter's lock alone, so that other work goes on meanwhile.
    """
    stop = Event()
    with ThreadPoolExecutor(1, thread_name_prefix="digest") as pool:
        try:
            yield pool.submit(digest, located, stop) if located else pool.submit(str)
        finally:
            stop.set()
