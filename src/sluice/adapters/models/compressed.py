"""Files that joblib compressed: unpacked piece by piece, within bounds, and to their last byte."""

from __future__ import annotations

import bz2
import importlib
import lzma
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

from sluice.adapters.models.refusal import BrokenError, RefusedError
from sluice.adapters.models.source import Source

MAX_UNPACKED_BYTES = 16 << 30
MAX_RATIO = 400
RATIO_FROM_BYTES = 256 << 20
"""From so many bytes on, what unpacks to more than ``MAX_RATIO`` times its size is no model."""

_MEMORY_BYTES = 1 << 30
_PIECE_BYTES = 1 << 20
# To a pickle machine, the mark of bz2 says that so many bytes of data follow: a longer file could be both.
_BZ2_AS_PICKLE_BYTES = int.from_bytes(b"Zh", "little") << 8


def _lz4() -> Any:
    try:
        return importlib.import_module("lz4.frame").LZ4FrameDecompressor()
    except ImportError:
        said = "is compressed by lz4, which cannot be looked into here"
        raise RefusedError(f"{said}; install `lz4` beside Sluice, or compress it by zlib") from None


_MARKS: tuple[tuple[bytes, Callable[[], Any]], ...] = (
    (b"\x1f\x8b", lambda: zlib.decompressobj(wbits=31)),
    (b"x", zlib.decompressobj),
    (b"BZh", bz2.BZ2Decompressor),
    (b"\xfd7zXZ", lambda: lzma.LZMADecompressor(memlimit=_MEMORY_BYTES)),
    (b"\x5d\x00", lambda: lzma.LZMADecompressor(memlimit=_MEMORY_BYTES)),
    (b"\x04\x22\x4d\x18", _lz4),
)


def is_compressed(start: bytes) -> bool:
    """Whether a file that begins so is one that joblib would unpack."""
    return _maker(start) is not None


def unpacked(file: BinaryIO, size: int) -> Source:
    """The bytes that a compressed file unpacks to; bytes behind its end, or too many out of it, are refused."""
    file.seek(0)
    start = file.read(8)
    maker = _maker(start)
    if maker is None:
        raise BrokenError("is not compressed in any way that joblib knows")
    if start.startswith(b"BZ") and size > _BZ2_AS_PICKLE_BYTES:
        raise RefusedError(f"is compressed by bz2 and larger than {_BZ2_AS_PICKLE_BYTES:,} bytes; compress it by zlib")
    file.seek(0)
    return Source(_Unpacked(file, maker()), limit=MAX_UNPACKED_BYTES)


def _maker(start: bytes) -> Callable[[], Any] | None:
    return next((maker for mark, maker in _MARKS if start.startswith(mark)), None)


class _Unpacked:
    """A stream of what a decompressor gives; each kind keeps what it has not used in its own way."""

    def __init__(self, file: BinaryIO, decompressor: Any) -> None:
        self._file, self._decompressor = file, decompressor
        self._n_in = self._n_out = 0
        self._waiting = b""

    def read(self, size: int, /) -> bytes:
        while not self._decompressor.eof:
            try:
                piece = self._decompressor.decompress(self._packed(), size)
            except (zlib.error, OSError, EOFError, lzma.LZMAError, RuntimeError, ValueError) as error:
                raise BrokenError("is not wholly compressed in the way that its first bytes say") from error
            self._waiting = getattr(self._decompressor, "unconsumed_tail", b"")
            if piece:
                return self._counted(piece)
        if self._decompressor.unused_data or self._waiting or self._file.read(1):
            raise RefusedError("holds bytes behind the end of what is compressed")
        return b""

    def _packed(self) -> bytes:
        if self._waiting or not getattr(self._decompressor, "needs_input", True):
            return self._waiting
        packed = self._file.read(_PIECE_BYTES)
        self._n_in += len(packed)
        if not packed:
            raise BrokenError("ends too early")
        return packed

    def _counted(self, piece: bytes) -> bytes:
        self._n_out += len(piece)
        if self._n_out > RATIO_FROM_BYTES and self._n_out > MAX_RATIO * self._n_in:
            raise RefusedError(f"unpacks to more than {MAX_RATIO} times its size, as no model does")
        return piece
