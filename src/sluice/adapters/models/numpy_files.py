"""NumPy's own files: a header, then plain numbers; an array of objects is a pickle.

Source: NumPy's documentation of ``numpy.lib.format``.
"""

from __future__ import annotations

import ast
import re
from typing import cast

from sluice.adapters.models.naming import Named
from sluice.adapters.models.pickles.streams import look_at_one
from sluice.adapters.models.refusal import BrokenError, RefusedError
from sluice.adapters.models.source import Source
from sluice.adapters.models.zipped import Archive

MARK = b"\x93NUMPY"
MAX_HEADER_BYTES = 10_000

_SIMPLE = re.compile(r"[<>=|]?(?:[biufcSUVmM?][0-9]*(?:\[[A-Za-z0-9/]+\])?|T[0-9]*)")
_OBJECT = re.compile(r"[<>=|]?O[0-9]*")
_MAX_DEPTH = 16


def look_at_array(source: Source, named: Named) -> None:
    """One ``.npy`` file, to its end."""
    if source.read(len(MARK)) != MARK:
        raise BrokenError("does not begin as NumPy's files do")
    major, _minor = source.read(2)
    if major not in (1, 2, 3):
        raise BrokenError("is of a version of NumPy's format that is not known")
    size = int.from_bytes(source.read(2 if major == 1 else 4), "little")
    if size > MAX_HEADER_BYTES:
        raise RefusedError(f"has a header of more than {MAX_HEADER_BYTES:,} bytes")
    if _holds_objects(_described(source.read(size), major)):
        look_at_one(source, named)
        return
    source.drain()


def look_at_arrays(archive: Archive, named: Named) -> None:
    """A ``.npz`` archive: each of its entries is an array."""
    for name in archive.names:
        if not name.endswith(".npy"):
            raise RefusedError("holds an entry that is no array beside its arrays")
        look_at_array(archive.source(name), named)


def _described(header: bytes, major: int) -> object:
    try:
        stated = ast.literal_eval(header.decode("utf-8" if major == 3 else "latin1").strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise BrokenError("has a header that is not NumPy's") from None
    if not isinstance(stated, dict) or set(cast("dict[object, object]", stated)) != {"descr", "fortran_order", "shape"}:
        raise BrokenError("has a header that is not NumPy's")
    return cast("dict[str, object]", stated)["descr"]


def _holds_objects(described: object, depth: int = 0) -> bool:
    if depth > _MAX_DEPTH:
        raise RefusedError("describes its numbers by too many levels")
    if isinstance(described, str):
        if _OBJECT.fullmatch(described):
            return True
        if not _SIMPLE.fullmatch(described):
            raise RefusedError("describes its numbers in a way that is not known")
        return False
    if isinstance(described, tuple) and len(cast("tuple[object, ...]", described)) == 2:
        return _holds_objects(cast("tuple[object, ...]", described)[0], depth + 1)
    if not isinstance(described, list):
        raise RefusedError("describes its numbers in a way that is not known")
    found = False
    for field in cast("list[object]", described):
        if not isinstance(field, tuple) or len(cast("tuple[object, ...]", field)) < 2:
            raise RefusedError("describes its numbers in a way that is not known")
        found = _holds_objects(cast("tuple[object, ...]", field)[1], depth + 1) or found
    return found
