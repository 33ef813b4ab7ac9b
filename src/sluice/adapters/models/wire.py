"""Protocol buffers, as bytes: the fields of one message, without any library and within bounds.

Source: the encoding guide of Protocol Buffers.
"""

from __future__ import annotations

from collections.abc import Iterator

from sluice.adapters.models.refusal import BrokenError

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_MAX_VARINT_BYTES = 10


def fields(message: memoryview) -> Iterator[tuple[int, int, memoryview | int]]:
    """(number, wire type, value) of each field: a whole number, or the bytes it has. Raises ``BrokenError``."""
    at, end = 0, len(message)
    while at < end:
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if not 0 < number < 1 << 29:
            raise BrokenError("holds a field without a number")
        if kind == VARINT:
            value, at = _varint(message, at)
            yield number, kind, value
            continue
        if kind == BYTES:
            size, at = _varint(message, at)
        elif kind in (FIXED32, FIXED64):
            size = 4 if kind == FIXED32 else 8
        else:
            raise BrokenError("holds a field of a kind that is not known")
        if size > end - at:
            raise BrokenError("holds a field that is longer than what it lies in")
        yield number, kind, message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for index in range(_MAX_VARINT_BYTES):
        if at + index >= len(message):
            raise BrokenError("ends too early")
        byte = message[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, at + index + 1
    raise BrokenError("holds a number of more than ten bytes")
