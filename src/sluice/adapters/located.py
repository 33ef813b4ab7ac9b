"""Where data lies: a path of the configuration made a file inside the repository, or refused."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from threading import Event
from typing import Literal

from sluice.domain.errors import DataError

Format = Literal["parquet", "csv", "jsonl"]

FORMATS: dict[str, Format] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
MAX_FILES = 10_000

# DVC may link what it tracks into its cache, where a file's name is the digest that its pointer in git states.
_DVC_CACHE = PurePosixPath(".dvc", "cache")

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """The files of one table and their names below ``source``, sorted; ``source`` is how the configuration says it."""

    source: str
    format: Format
    files: tuple[Path, ...]
    names: tuple[str, ...] = ()


def locate(root: Path, source: str) -> Located:
    """The files that ``source`` names below ``root``: one file, or a folder whose Parquet files are one table.

    Links are followed into DVC's own cache alone: a change of what another leads to would not show as a change of
    ``source``. Raises ``DataError``: ``path`` for one that leaves the root or leads through a link; ``missing``;
    ``data-empty`` for a file of zero bytes or a folder without Parquet files; ``parse`` for a format that is not read.
    """
    path = _confined(root, source)
    if path.is_dir():
        return _folder(root, source, path)
    # In DVC's cache a file has no ending of its own.
    suffix = PurePosixPath(source).suffix
    form = FORMATS.get(suffix.lower())
    if form is None:
        known = ", ".join(FORMATS)
        raise DataError(f"the format `{suffix}` is not read", where=source, remedy=f"use one of {known}")
    _regular(path, source)
    if path.stat().st_size == 0:
        raise DataError("the file has no bytes", reason_code="data-empty", where=source)
    return Located(source=source, format=form, files=(path,))


def _confined(root: Path, source: str) -> Path:
    if _SCHEME.match(source):
        raise DataError("URLs are not in this version", reason_code="path", where=source, remedy="name a file")
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
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if any(part.startswith((".", "_")) for part in PurePosixPath(name).parts):
            continue
        if path.is_symlink() and path.is_dir():
            # The search does not go through it, but whoever reads the folder may.
            raise _linked(f"{source}/{name}", str(path.readlink()))
        if FORMATS.get(path.suffix.lower()) != "parquet":
            continue
        found[name] = _confined(root, str(PurePosixPath(source, name)))
        _regular(found[name], source)
        if len(found) > MAX_FILES:
            raise DataError(f"the folder has more than {MAX_FILES} files", where=source)
    if not found:
        raise DataError("the folder has no Parquet files", reason_code="data-empty", where=source)
    return Located(source=source, format="parquet", files=tuple(found.values()), names=tuple(found))


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
def digesting(located: Located) -> Iterator[Future[str]]:
    """The digest, taken in a thread beside what happens within; given up where that ends first.

    Reading and hashing leave the interpreter's lock alone, so that other work goes on meanwhile.
    """
    stop = Event()
    with ThreadPoolExecutor(1, thread_name_prefix="digest") as pool:
        try:
            yield pool.submit(digest, located, stop)
        finally:
            stop.set()
