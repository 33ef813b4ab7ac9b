"""Bytes of a model, read in one direction: never more than there may be, never a line or a piece without end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sluice.adapters.models.refusal import BrokenError, RefusedError

MAX_PIECE_BYTES = 16 << 20
MAX_LINE_BYTES = 16 << 20
_CHUNK_BYTES = 1 << 20


class Stream(Protocol):
    """What can be read."""

    def read(self, size: int, /) -> bytes: ...


Opener = Callable[[], "Source"]
"""Begins to read the same bytes from their start."""


class Source:
    """A stream with a place in it; ``limit`` is how many bytes it may have in all."""

    def __init__(self, stream: Stream, *, limit: int) -> None:
        self._stream, self._left = stream, limit
        self._buffer, self._at, self._before = b"", 0, 0

    @property
    def place(self) -> int:
        """How many bytes were read."""
        return self._before + self._at

    def byte(self) -> int:
        """The next byte; -1 at the end."""
        if self._at == len(self._buffer) and not self._refill():
            return -1
        value = self._buffer[self._at]
        self._at += 1
        return value

    def read(self, size: int) -> bytes:
        """Exactly ``size`` bytes, at most 16 MiB."""
        if size > MAX_PIECE_BYTES:
            raise RefusedError(f"holds a piece of more than {MAX_PIECE_BYTES:,} bytes where none so large is expected")
        end = self._at + size
        if end <= len(self._buffer):
            piece = self._buffer[self._at : end]
            self._at = end
            return piece
        parts = [self._buffer[self._at :]]
        self._at, missing = len(self._buffer), size - len(parts[0])
        while missing:
            if not self._refill():
                raise BrokenError("ends too early")
            part = self._buffer[:missing]
            self._at = len(part)
            missing -= len(part)
            parts.append(part)
        return b"".join(parts)

    def skip(self, size: int) -> None:
        """Pass over bytes that nobody looks at."""
        while size:
            if self._at == len(self._buffer) and not self._refill():
                raise BrokenError("ends too early")
            step = min(size, len(self._buffer) - self._at)
            self._at += step
            size -= step

    def rest(self, size: int) -> bytes:
        """Some of what is left, at most ``size`` bytes; empty at the end."""
        if self._at == len(self._buffer) and not self._refill():
            return b""
        piece = self._buffer[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def everything(self, limit: int) -> bytes:
        """All that is left, at most ``limit`` bytes."""
        parts: list[bytes] = []
        left = limit
        while piece := self.rest(left + 1):
            left -= len(piece)
            if left < 0:
                raise RefusedError(f"holds more than {limit:,} bytes where it may not")
            parts.append(piece)
        return b"".join(parts)

    def drain(self) -> None:
        """Pass over all that is left, so that whatever checks the bytes has seen them."""
        while not self.at_end():
            self._at = len(self._buffer)

    def line(self, limit: int = MAX_LINE_BYTES) -> bytes:
        """Up to the next line feed, without it."""
        line, is_whole = self.line_or_start(limit)
        if not is_whole:
            raise RefusedError("holds a line that is too long")
        return line

    def line_or_start(self, limit: int) -> tuple[bytes, bool]:
        """A line and true, or the first ``limit`` bytes of one that is longer and false."""
        parts: list[bytes] = []
        length = 0
        while True:
            end = self._buffer.find(b"\n", self._at)
            part = self._buffer[self._at : end if end >= 0 else len(self._buffer)]
            length += len(part)
            parts.append(part)
            if length > limit:
                return b"".join(parts)[:limit], False
            if end >= 0:
                self._at = end + 1
                return b"".join(parts), True
            self._at = len(self._buffer)
            if not self._refill():
                raise BrokenError("ends too early")

    def skip_line(self) -> None:
        """Pass over the rest of a line, and its line feed."""
        while (end := self._buffer.find(b"\n", self._at)) < 0:
            self._at = len(self._buffer)
            if not self._refill():
                raise BrokenError("ends too early")
        self._at = end + 1

    def at_end(self) -> bool:
        """Whether nothing follows."""
        return self._at == len(self._buffer) and not self._refill()

    def _refill(self) -> bool:
        self._before += len(self._buffer)
        self._buffer, self._at = self._stream.read(_CHUNK_BYTES), 0
        self._left -= len(self._buffer)
        if self._left < 0:
            raise RefusedError("holds more than may be unpacked")
        return bool(self._buffer)
