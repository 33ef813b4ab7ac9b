"""A ZIP archive from outside into a new folder: nothing leaves it, nothing outgrows it."""

from __future__ import annotations

import io
import re
import shutil
import stat
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from pathlib import Path

from sluice.adapters.decode.keypath import shorten
from sluice.domain.errors import EvidenceError

MAX_NAME_CHARS = 200
MAX_PARTS = 8

_CHUNK_BYTES = 1 << 20
_LOCAL_HEADER_BYTES = 30
_DIRECTORY_ENTRY = b"PK\x01\x02"
_PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DRIVE = re.compile(r"[A-Za-z]:")
# What the standard library's reader raises on crafted archives.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    struct.error,
)


def unpack(zip_path: Path, folder: Path, *, max_bytes: int, max_files: int) -> tuple[Path, ...]:
    """Unpack into ``folder`` (absent or empty before), all or nothing; the files' paths in it, sorted.

    ``max_bytes`` bounds the archive and what comes out of it, ``max_files`` its entries. Absolute names, ``..``, drive
    letters, links, devices, encryption, names that meet on some file system, overlapping entries and anything that
    does not read to its end with the right checksum raise ``EvidenceError``.
    """
    data = _read(zip_path, max_bytes)
    # The reader takes in the whole directory before one can look at it; each entry has this mark.
    if data.count(_DIRECTORY_ENTRY) > max_files:
        raise _refusal(f"holds more than {max_files} entries", zip_path)
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".unpack-", dir=folder.parent))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check(entries, max_bytes, zip_path)
            files = tuple(sorted(_extract(archive, entry, temporary) for entry in entries if not entry.is_dir()))
        _move(temporary, folder)
        return files
    except _BROKEN:
        raise _refusal("is not a whole ZIP archive", zip_path) from None
    except OSError as error:
        raise _refusal(f"cannot be unpacked: {error.strerror}", zip_path) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _read(zip_path: Path, max_bytes: int) -> bytes:
    try:
        with zip_path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise _refusal(f"cannot be read: {error.strerror}", zip_path) from None
    if len(data) > max_bytes:
        raise _refusal(f"is larger than {max_bytes} bytes", zip_path)
    return data


def _check(entries: list[zipfile.ZipInfo], max_bytes: int, zip_path: Path) -> None:
    if sum(entry.file_size for entry in entries) > max_bytes:
        raise _refusal(f"holds more than {max_bytes} bytes", zip_path)
    for entry in entries:
        if wrong := _wrong_with(entry):
            raise _refusal(f"{shorten(entry.orig_filename)} {wrong}", zip_path)
    _check_names(entries, zip_path)
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise _refusal("has entries that overlap", zip_path)
        end = entry.header_offset + _LOCAL_HEADER_BYTES + entry.compress_size


def _wrong_with(entry: zipfile.ZipInfo) -> str:
    # Before the reader normalised it: it cuts names at NUL.
    name = entry.orig_filename
    if not name.isprintable() or "\\" in name or len(name) > MAX_NAME_CHARS or _DRIVE.match(name):
        return "is not a plain relative path"
    parts = name.removesuffix("/").split("/")
    if len(parts) > MAX_PARTS or any(part in ("", ".", "..") for part in parts):
        return "is not a plain relative path"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFDIR if entry.is_dir() else stat.S_IFREG):
        return "is a link or a device"
    if entry.flag_bits & 0x1:
        return "is encrypted"
    if entry.compress_type not in _PLAIN_METHODS:
        return "is packed by a method other than deflate"
    return "is a folder with contents" if entry.is_dir() and entry.file_size else ""


def _check_names(entries: list[zipfile.ZipInfo], zip_path: Path) -> None:
    names = [unicodedata.normalize("NFC", entry.orig_filename.removesuffix("/")).casefold() for entry in entries]
    if len(set(names)) != len(names):
        raise _refusal("names a file twice (or two that differ in case only)", zip_path)
    files = {name for name, entry in zip(names, entries, strict=True) if not entry.is_dir()}
    for name in names:
        parents = name.split("/")[:-1]
        if any("/".join(parents[: depth + 1]) in files for depth in range(len(parents))):
            raise _refusal("has a file where a folder should be", zip_path)


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> Path:
    """Write one file; the reader ends at the declared size and compares the checksum there."""
    path = Path(*entry.orig_filename.split("/"))
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(entry) as source, target.open("xb") as file:
        while chunk := source.read(_CHUNK_BYTES):
            written += file.write(chunk)
    if written != entry.file_size:
        raise zipfile.BadZipFile("an entry is shorter than declared")
    return path


def _move(temporary: Path, folder: Path) -> None:
    try:
        temporary.rename(folder)
    except OSError:
        raise EvidenceError("is not empty", where=str(folder), remedy="name a new folder") from None


def _refusal(what: str, zip_path: Path) -> EvidenceError:
    return EvidenceError(what, where=str(zip_path))
