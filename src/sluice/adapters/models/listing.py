"""The files of a model: which there are, that none leads elsewhere, and the digest of all of them."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from sluice.adapters.models.refusal import RefusedError

MAX_FILES = 10_000
MAX_DEPTH = 16
MAX_BYTES = 256 << 30
MAX_NAME_CHARS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """One file: its path below the model's folder (for a model of one file its name), and where its bytes are."""

    path: str
    real: Path
    n_bytes: int

    def open(self) -> BufferedReader:
        """The file, opened without following a link or waiting for a pipe."""
        handle = os.open(self.real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise RefusedError(f"{self.path}: is no regular file")
        return os.fdopen(handle, "rb")


def files_of(root: Path, path: str) -> tuple[tuple[ModelFile, ...], bool]:
    """The model's files in the order of their paths' bytes, and whether it is a folder. Raises ``RefusedError``."""
    home = root.resolve()
    real = _inside(home, root / path, path)
    if not real.is_dir():
        return (_file(real, real.name if not path else Path(path).name),), False
    found: list[ModelFile] = []
    n_bytes = 0
    for file in _walk(home, real, "", 0):
        found.append(file)
        n_bytes += file.n_bytes
        if len(found) > MAX_FILES:
            raise RefusedError(f"holds more than {MAX_FILES:,} files")
        if n_bytes > MAX_BYTES:
            raise RefusedError(f"holds more than {MAX_BYTES:,} bytes")
    if not found:
        raise RefusedError("is an empty folder")
    return tuple(sorted(found, key=lambda file: os.fsencode(file.path))), True


def digest(files: tuple[ModelFile, ...], *, is_folder: bool) -> str:
    """The SHA-256 of the one file, or of the folder's listing: ``DIGEST  SIZE  PATH`` and a line feed, for each."""
    digests = [_digest(file) for file in files]
    if not is_folder:
        return digests[0]
    lines = [f"{one}  {file.n_bytes}  {file.path}\n" for one, file in zip(digests, files, strict=True)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _digest(file: ModelFile) -> str:
    with file.open() as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _walk(home: Path, folder: Path, below: str, depth: int) -> Iterator[ModelFile]:
    if depth > MAX_DEPTH:
        raise RefusedError(f"holds folders nested deeper than {MAX_DEPTH} levels")
    with os.scandir(folder) as entries:
        for entry in entries:
            path = f"{below}{entry.name}"
            if not path.isprintable() or len(path) > MAX_NAME_CHARS:
                raise RefusedError("holds a file whose name is no plain text")
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(home, folder / entry.name, f"{path}/", depth + 1)
            else:
                yield _file(_inside(home, folder / entry.name, path), path)


def _inside(home: Path, path: Path, name: str) -> Path:
    """Where a path leads; DVC may link files to its cache, which lies below the root as well."""
    try:
        real = path.resolve(strict=True)
    except FileNotFoundError:
        raise RefusedError(f"{name}: there is no such file; let training write it") from None
    except (OSError, RuntimeError):
        raise RefusedError(f"{name}: is a link that leads nowhere") from None
    if not real.is_relative_to(home):
        raise RefusedError(f"{name}: is a link that leads out of the repository, or lies behind one")
    return real


def _file(real: Path, path: str) -> ModelFile:
    status = real.stat(follow_symlinks=False)
    if not stat.S_ISREG(status.st_mode):
        raise RefusedError(f"{path}: is no regular file")
    return ModelFile(path=path, real=real, n_bytes=status.st_size)
