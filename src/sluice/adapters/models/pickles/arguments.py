"""What follows an opcode in a pickle, read as ``pickle`` reads it; long text and bytes are passed over."""

from __future__ import annotations

import codecs
import re
import struct

from sluice.adapters.models.pickles.values import DATA, LONG_TEXT
from sluice.adapters.models.refusal import BrokenError, RefusedError
from sluice.adapters.models.source import Source

MAX_KEPT_BYTES = 4_096
MAX_LONG_BYTES = 1 << 20

_OCTAL = re.compile(rb"\s*[-+]?0[0-9_]")
_PADDED = re.compile(rb"[\s0-9a-fA-FxXoObBlL_.+-]*")


def uint1(source: Source) -> int:
    """One byte."""
    return source.read(1)[0]


def uint2(source: Source) -> int:
    """Two bytes, the lowest first."""
    return int.from_bytes(source.read(2), "little")


def uint4(source: Source) -> int:
    """Four bytes, the lowest first."""
    return int.from_bytes(source.read(4), "little")


def int4(source: Source) -> int:
    """Four bytes with a sign."""
    return int.from_bytes(source.read(4), "little", signed=True)


def _uint8(source: Source) -> int:
    return int.from_bytes(source.read(8), "little")


def long1(source: Source) -> int:
    """A whole number of up to 255 bytes."""
    return _long(source, uint1(source))


def long4(source: Source) -> int:
    """A whole number of any number of bytes."""
    return _long(source, int4(source))


def _long(source: Source, size: int) -> int:
    if size < 0:
        raise BrokenError("holds a number of fewer than no bytes")
    if size > MAX_LONG_BYTES:
        source.skip(size)
        raise RefusedError(f"holds a whole number of more than {MAX_LONG_BYTES:,} bytes")
    return int.from_bytes(source.read(size), "little", signed=True)


def float8(source: Source) -> float:
    """Eight bytes, the highest first."""
    return struct.unpack(">d", source.read(8))[0]


def int_line(source: Source) -> int | bool:
    """A line of digits; ``00`` and ``01`` are false and true."""
    line, is_cut = _digits(source)
    if is_cut and not line.strip():
        return 0
    return line == b"01" if line in (b"00", b"01") else _number(line)


def long_line(source: Source) -> int:
    """A line of digits, with or without an ``L``."""
    return _number(_digits(source)[0].removesuffix(b"L"))


def memo_line(source: Source) -> int:
    """A line of digits: a place in the memo."""
    try:
        return int(_digits(source)[0])
    except ValueError:
        raise BrokenError("holds a line that should be a whole number") from None


def _number(line: bytes) -> int:
    if _OCTAL.match(line):
        raise RefusedError("holds a number that begins with a zero: what it is depends on who reads")
    try:
        return int(line, 0)
    except ValueError:
        raise BrokenError("holds a line that should be a whole number") from None


def _digits(source: Source) -> tuple[bytes, bool]:
    """A line up to its first NUL, where Python's own machine written in C stops reading; and whether there is one."""
    line, is_whole = source.line_or_start(MAX_KEPT_BYTES)
    number, nul, _rest = line.partition(b"\0")
    if not is_whole and nul:
        source.skip_line()
    elif not is_whole:
        # Text that happens to begin with this opcode's letter is no pickle; a padded number might be one.
        raise (RefusedError if _PADDED.fullmatch(number) else BrokenError)("holds a number of too many digits")
    return number, bool(nul)


def float_line(source: Source) -> float:
    """A line with a number."""
    try:
        return float(_digits(source)[0])
    except ValueError:
        raise BrokenError("holds a line that should be a number") from None


def string_line(source: Source) -> object:
    """A line with a text of Python 2 in quotes."""
    line = source.line()
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in (b"'", b'"'):
        raise BrokenError("holds a text without quotes")
    try:
        return _ascii(codecs.escape_decode(line[1:-1])[0])
    except ValueError:
        raise BrokenError("holds a text that cannot be read") from None


def string1(source: Source) -> object:
    """A text of Python 2 of up to 255 bytes."""
    return _ascii(source.read(uint1(source)))


def string4(source: Source) -> object:
    """A text of Python 2."""
    size = int4(source)
    if size < 0:
        raise BrokenError("holds a text of fewer than no bytes")
    kept = _kept(source, size)
    return LONG_TEXT if kept is None else _ascii(kept)


def _ascii(text: bytes) -> object:
    # What other bytes become depends on who reads: no name is made of them.
    return text.decode() if text.isascii() and len(text) <= MAX_KEPT_BYTES else LONG_TEXT


def unicode_line(source: Source) -> object:
    """A line of text, escaped."""
    line = source.line()
    try:
        text = line.decode("raw-unicode-escape")
    except UnicodeDecodeError:
        raise BrokenError("holds a text that cannot be read") from None
    return text if len(text) <= MAX_KEPT_BYTES else LONG_TEXT


def unicode1(source: Source) -> object:
    """A text of up to 255 bytes."""
    return _text(source, uint1(source))


def unicode4(source: Source) -> object:
    """A text of up to 4 GiB."""
    return _text(source, uint4(source))


def unicode8(source: Source) -> object:
    """A text of any length."""
    return _text(source, _uint8(source))


def _text(source: Source, size: int) -> object:
    kept = _kept(source, size)
    if kept is None:
        return LONG_TEXT
    try:
        return kept.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise BrokenError("holds a text that is not UTF-8") from None


def bytes1(source: Source) -> object:
    """Up to 255 bytes."""
    source.skip(uint1(source))
    return DATA


def bytes4(source: Source) -> object:
    """Up to 4 GiB of bytes."""
    source.skip(uint4(source))
    return DATA


def bytes8(source: Source) -> object:
    """Any number of bytes."""
    source.skip(_uint8(source))
    return DATA


def _kept(source: Source, size: int) -> bytes | None:
    if size <= MAX_KEPT_BYTES:
        return source.read(size)
    source.skip(size)
    return None
