"""ZIP archives of models: each reader must find the same entries in them, with the same bytes.

Loaders read archives by different libraries. Where two of them could see two things (an entry named twice, a header
that differs from the directory, bytes before the first entry or behind the last), nothing that was looked at counts.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO

from sluice.adapters.models.refusal import BrokenError, RefusedError
from sluice.adapters.models.source import Source

MARK = b"PK\x03\x04"
MAX_ENTRIES = 20_000
MAX_DIRECTORY_BYTES = 16 << 20
MAX_UNPACKED_BYTES = 64 << 30
MAX_RATIO = 400
RATIO_FROM_BYTES = 256 << 20
MAX_NAME_CHARS = 300

_END = struct.Struct("<4s4H2LH")
_END64_PLACE = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCAL = struct.Struct("<4s5H3L2H")
_PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FULL = (0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
_TWO_ENDS = "is a ZIP archive with two ends that differ"
_NAME_FLAGS = 0x0800
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError, struct.error)


class Archive:
    """An archive whose directory was looked at; its entries are read one at a time."""

    def __init__(self, archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
        self._archive = archive
        self._entries = {entry.filename: entry for entry in entries if not entry.is_dir()}

    @property
    def names(self) -> tuple[str, ...]:
        """The files in it."""
        return tuple(self._entries)

    def source(self, name: str) -> Source:
        """A file's bytes; that they are whole, its reader finds out where it reads to the end."""
        entry = self._entries[name]
        try:
            return Source(_Checked(self._archive.open(entry)), limit=entry.file_size)
        except _BROKEN as error:
            raise BrokenError("holds an entry that is not whole") from error

    def size(self, name: str) -> int:
        """How many bytes a file has."""
        return self._entries[name].file_size


class _Checked:
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        try:
            return self._stream.read(size)
        except _BROKEN as error:
            raise BrokenError("holds an entry that is not whole") from error


@contextmanager
def opened(file: BinaryIO, size: int) -> Iterator[Archive]:
    """An archive, its directory held against its headers. Raises ``RefusedError`` or ``BrokenError``."""
    _check_end(file, size)
    file.seek(0)
    try:
        archive = zipfile.ZipFile(file)
    except _BROKEN as error:
        raise BrokenError("is not a whole ZIP archive") from error
    with archive:
        entries = archive.infolist()
        _check_entries(entries, size)
        _check_headers(file, entries)
        yield Archive(archive, entries)


def _check_end(file: BinaryIO, size: int) -> None:
    """The directory's end must be the file's, with one directory right before it, no larger than may be read at once.

    Some readers take the directory that stands before its end, others the place that the end names.
    """
    if size < _END.size:
        raise BrokenError("is not a whole ZIP archive")
    end = size - _END.size
    file.seek(end)
    mark, _disk, _first, here, count, length, place, comment = _END.unpack(file.read(_END.size))
    if mark != b"PK\x05\x06" or comment:
        raise RefusedError("is a ZIP archive with bytes behind its end")
    stated = (here, count, length, place)
    if found := _end64(file, end):
        end, stated64 = found
        if any(one not in (full, other) for one, full, other in zip(stated, _FULL, stated64, strict=True)):
            raise RefusedError(_TWO_ENDS)
        stated = stated64
    here, count, length, place = stated
    if count > MAX_ENTRIES or length > MAX_DIRECTORY_BYTES:
        raise RefusedError(f"holds more than {MAX_ENTRIES:,} entries")
    if here != count or place + length != end:
        raise RefusedError("is a ZIP archive whose directory does not stand right before its end")


def _end64(file: BinaryIO, end: int) -> tuple[int, tuple[int, int, int, int]] | None:
    """Where the end of a large archive begins and what it states: entries here and in all, length and place."""
    place_at = end - _END64_PLACE.size
    start = place_at - _END64.size
    if place_at < 0:
        return None
    file.seek(place_at)
    mark, _disk, place, _disks = _END64_PLACE.unpack(file.read(_END64_PLACE.size))
    if mark != b"PK\x06\x07":
        return None
    if start < 0 or place != start:
        raise RefusedError(_TWO_ENDS)
    file.seek(start)
    mark, _size, _made, _version, _disk, _first, *stated = _END64.unpack(file.read(_END64.size))
    if mark != b"PK\x06\x06":
        raise BrokenError("is not a whole ZIP archive")
    here, count, length, place = stated
    return start, (here, count, length, place)


def _check_entries(entries: list[zipfile.ZipInfo], size: int) -> None:
    if not entries:
        raise RefusedError("is an empty archive")
    total = sum(entry.file_size for entry in entries)
    if total > MAX_UNPACKED_BYTES or (total > RATIO_FROM_BYTES and total > MAX_RATIO * size):
        raise RefusedError("unpacks to more than any model does")
    seen: set[str] = set()
    for entry in entries:
        if wrong := _wrong_with(entry):
            raise RefusedError(f"holds an entry that {wrong}")
        name = entry.orig_filename.removesuffix("/").casefold()
        if name in seen:
            raise RefusedError("names an entry twice (or two that differ in case only)")
        seen.add(name)


def _wrong_with(entry: zipfile.ZipInfo) -> str:
    name = entry.orig_filename
    if name != entry.filename or not name.isprintable() or "\\" in name or len(name) > MAX_NAME_CHARS:
        return "is named by no plain path"
    if any(part in ("", ".", "..") for part in name.removesuffix("/").split("/")) or name[1:2] == ":":
        return "leads out of the archive, or may"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFDIR if entry.is_dir() else stat.S_IFREG):
        return "is a link or a device"
    if entry.flag_bits & 0x1:
        return "is encrypted"
    if entry.compress_type not in _PLAIN_METHODS:
        return "is packed by a method other than deflate"
    return "is a folder with contents" if entry.is_dir() and entry.file_size else ""


def _check_headers(file: BinaryIO, entries: list[zipfile.ZipInfo]) -> None:
    """Each entry's own header must say what the directory says of it, and none may lie over another."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end or (end == 0 and entry.header_offset):
            raise RefusedError("holds entries that overlap, or bytes before the first")
        file.seek(entry.header_offset)
        raw = file.read(_LOCAL.size)
        if len(raw) < _LOCAL.size:
            raise BrokenError("is not a whole ZIP archive")
        mark, _version, flags, method, *_times, name_size, extra_size = _LOCAL.unpack(raw)
        encoding = "utf-8" if entry.flag_bits & _NAME_FLAGS else "cp437"
        name = file.read(name_size).decode(encoding, "replace")
        if mark != MARK or method != entry.compress_type or flags & 0x1 or name != entry.orig_filename:
            raise RefusedError("holds an entry whose header says otherwise than the directory")
        end = entry.header_offset + _LOCAL.size + name_size + extra_size + entry.compress_size
