"""MD5 as DVC takes it: of a file, and of a folder by the list of its files."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from sluice.adapters.dvc.pointers import Pointer
from sluice.domain.errors import EvidenceError

_CHUNK_BYTES = 1 << 20


def keeps(pointer: Pointer, target: Path) -> bool:
    """Whether a file or folder is byte for byte what its pointer names; ``False`` where it is not there."""
    if pointer.md5.endswith(".dir"):
        return target.is_dir() and (
            folder_md5(target) == pointer.md5 or (pointer.legacy and folder_md5(target, lf=True) == pointer.md5)
        )
    if not target.is_file():
        return False
    return file_md5(target) == pointer.md5 or (pointer.legacy and file_md5(target, lf=True) == pointer.md5)


def file_md5(path: Path, *, lf: bool = False) -> str:
    """The MD5 of a regular file; ``lf`` takes its line ends as ``LF``, as DVC 2 did with text."""
    digest = hashlib.md5(usedforsecurity=False)
    held = b""
    with path.open("rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise EvidenceError("is not a regular file", where=str(path), reason_code="path")
        while chunk := file.read(_CHUNK_BYTES):
            if lf:
                # A line end may lie across two chunks.
                chunk, held = held + chunk, b""
                if chunk.endswith(b"\r"):
                    chunk, held = chunk[:-1], b"\r"
                chunk = chunk.replace(b"\r\n", b"\n")
            digest.update(chunk)
    digest.update(held)
    return digest.hexdigest()


def folder_md5(folder: Path, *, lf: bool = False) -> str:
    """The MD5 of a folder's list of files, with DVC's ending ``.dir``."""
    listed = [{"md5": file_md5(path, lf=lf), "relpath": name} for name, path in sorted(_files(folder))]
    content = json.dumps(listed, sort_keys=True).encode()
    return hashlib.md5(content, usedforsecurity=False).hexdigest() + ".dir"


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for above, _, names in os.walk(folder):
        for name in names:
            path = Path(above) / name
            yield path.relative_to(folder).as_posix(), path
