"""Files of object stores and web servers, by fsspec: brought here, bounded, before anything reads them.

Credentials come from the environment, as each store's own programs take them; a URL that holds one is refused.
"""

from __future__ import annotations

import posixpath
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sluice.adapters.sources import patterns
from sluice.domain.errors import DataError, EvidenceError, UsageError

# What brings each kind of URL. Everything else is refused: many of fsspec's schemes read this machine's files.
PACKAGES = {
    "s3": "s3fs",
    "s3a": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "http": "aiohttp",
    "https": "aiohttp",
}
MAX_BYTES = 20 * 2**30
MAX_FILES = 10_000
TIMEOUT_S = 1_200.0

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_CHUNK_BYTES = 2**20


def scheme(source: str) -> str:
    """The scheme of a URL in lower case, empty for a path."""
    found = _URL.match(source)
    return found[1].lower() if found else ""


def place(source: str) -> tuple[str, str]:
    """Where a URL leads: scheme and host (or bucket), without what comes after."""
    parts = urlsplit(source)
    return parts.scheme.lower(), parts.netloc.rpartition("@")[2].lower()


def guard(sources: Iterable[str], trusted: Iterable[str]) -> None:
    """Raise ``EvidenceError`` (``remote``) for a URL whose host or bucket none of the trusted sources names.

    A pull request may name another file of a known place, and nothing of an unknown one is contacted for it.
    """
    known = {place(source) for source in trusted if scheme(source)}
    for source in sources:
        if scheme(source) and place(source) not in known:
            raise EvidenceError(
                "the pull request changes where this data comes from, and that is not contacted before it is merged",
                where=shown(source),
                reason_code="remote",
                remedy="merge that change of `sluice.yaml` by itself first",
            )


def shown(source: str) -> str:
    """The URL without user, password and query, which may hold secrets."""
    parts = urlsplit(source)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def download(source: str, folder: Path, *, max_bytes: int = MAX_BYTES, timeout_s: float = TIMEOUT_S) -> str:
    """Brings the file, folder or pattern into ``folder``; what is to be located there.

    Raises ``UsageError`` where the package for its kind is missing, ``DataError``: ``path`` for a URL that is refused,
    ``missing``, ``memory`` for more than ``max_bytes``, ``timeout``.
    """
    _refuse(source)
    with _refusals(source):
        system, path = _opened(source)
        names = _names(system, path, source)
        until, left = time.monotonic() + timeout_s, max_bytes
        for name, remote in names.items():
            left -= _bring(system, remote, _target(folder, name, source), (left, until), source)
    single = len(names) == 1 and next(iter(names.values())) == path
    return next(iter(names)) if single else "."


def _refuse(source: str) -> None:
    parts = urlsplit(source)
    if scheme(source) not in PACKAGES or "::" in source:
        remedy = f"use one of {', '.join(f'{name}://' for name in PACKAGES)}, or a path of the repository"
        raise DataError("URLs of this kind are not read", reason_code="path", where=shown(source), remedy=remedy)
    if "@" in parts.netloc:
        remedy = "take them out, and put credentials into the environment"
        raise DataError("the URL holds a user or a password", reason_code="path", where=shown(source), remedy=remedy)
    if not parts.netloc or ".." in parts.path.split("/"):
        raise DataError("the URL names no file", reason_code="path", where=shown(source))


def _opened(source: str) -> tuple[Any, str]:
    import fsspec

    kind = scheme(source)
    try:
        system, path = fsspec.core.url_to_fs(source, use_listings_cache=False, skip_instance_cache=True)
    except ImportError as missing:
        package = PACKAGES[kind]
        extra = "`sluice-gate[s3]`" if package == "s3fs" else f"`{package}`"
        said = f"what reads {kind}:// is not installed"
        raise UsageError(said, where=shown(source), remedy=f"install {extra} beside Sluice") from missing
    return system, str(path)


def _names(system: Any, path: str, source: str) -> dict[str, str]:
    """What to bring: the name below the folder, and the path that the store knows it by."""
    kind = scheme(source)
    if kind in ("http", "https"):
        return {posixpath.basename(urlsplit(source).path) or "data": path}
    if patterns.is_pattern(path) and not system.exists(path):
        base = patterns.split(path)[0]
        found = [str(one) for one in system.glob(path)]
    elif system.isdir(path):
        base, found = path.rstrip("/"), [str(one) for one in system.find(path)]
    else:
        return {posixpath.basename(path): path}
    if len(found) > MAX_FILES:
        raise DataError(f"names more than {MAX_FILES} files", where=shown(source))
    if not found:
        raise DataError("no file matches", reason_code="missing", where=shown(source))
    return {posixpath.relpath(one, base): one for one in sorted(found) if not one.endswith("/")}


def _target(folder: Path, name: str, source: str) -> Path:
    if ".." in name.split("/") or name.startswith("/") or "\0" in name:
        raise DataError("the store names a file outside its own folder", reason_code="path", where=shown(source))
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _bring(system: Any, remote: str, target: Path, limits: tuple[int, float], source: str) -> int:
    """How many bytes were brought; ``limits`` are how many may be, and until when."""
    left, until = limits
    n_bytes = 0
    with system.open(remote, "rb") as stream, target.open("wb") as file:
        while chunk := stream.read(_CHUNK_BYTES):
            n_bytes += len(chunk)
            if n_bytes > left:
                said = "has more bytes than are brought over a network (20 GiB)"
                remedy = "name fewer files, or bring it in a step before"
                raise DataError(said, reason_code="memory", where=shown(source), remedy=remedy)
            if time.monotonic() > until:
                raise DataError("bringing it takes too long", reason_code="timeout", where=shown(source))
            file.write(chunk)
    return n_bytes


@contextmanager
def _refusals(source: str) -> Iterator[None]:
    try:
        yield
    except (DataError, UsageError):
        raise
    except FileNotFoundError:
        raise DataError("there is no such file", reason_code="missing", where=shown(source)) from None
    except PermissionError:
        remedy = "give the job credentials that may read it"
        raise DataError("may not be read", reason_code="missing", where=shown(source), remedy=remedy) from None
    except Exception as problem:
        # Every store has errors of its own, and some quote signed addresses.
        said = f"cannot be brought ({type(problem).__name__})"
        raise DataError(said, reason_code="missing", where=shown(source)) from None
