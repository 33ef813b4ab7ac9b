"""Arrays that joblib writes between a pickle's opcodes: how long each is, told from its description alone.

joblib reads ``product(shape) * itemsize`` bytes and goes on behind them. A description that means more bytes to one
reader than to another would make data of opcodes, or opcodes of data: what is not wholly understood is refused.
Source: joblib's ``numpy_pickle`` module; NumPy's ``dtype.__reduce__``.
"""

from __future__ import annotations

import math
import re
from typing import cast

from sluice.adapters.models.pickles.values import Entries, Made
from sluice.adapters.models.refusal import BrokenError, RefusedError
from sluice.adapters.models.source import Source

WRAPPER = "joblib.numpy_pickle:NumpyArrayWrapper"
MAX_DIMENSIONS = 64

_TYPE = re.compile(r"[<>=|]?(?P<kind>[biufcSUVmMO])(?P<size>[0-9]{1,9})")
_SIZED_BY_STATE = "SUV"
_HAS_OBJECTS = 1
_MAX_NESTED = 16
_UNKNOWN = "describes an array in a way that joblib does not"


def skip_array(source: Source, state: object) -> bool:
    """Pass over an array's bytes; whether it holds objects, so that a pickle of its own stands there in their place."""
    if not isinstance(state, Entries) or not state.is_whole:
        raise RefusedError(_UNKNOWN)
    itemsize, has_objects = _measured(state.items.get("dtype"))
    count = _count(state.items.get("shape"))
    if has_objects:
        return True
    if "numpy_array_alignment_bytes" in state.items and state.items["numpy_array_alignment_bytes"] is not None:
        source.skip(source.read(1)[0])
    source.skip(count * itemsize)
    return False


def _count(shape: object) -> int:
    if not isinstance(shape, tuple) or len(shape) > MAX_DIMENSIONS:
        raise RefusedError(_UNKNOWN)
    sides = cast("tuple[object, ...]", shape)
    if not all(type(side) is int and 0 <= side < 2**62 for side in sides):
        raise RefusedError(_UNKNOWN)
    count = math.prod(cast("tuple[int, ...]", sides))
    if count >= 2**62:
        raise BrokenError("describes an array that is larger than any memory")
    return count


def _measured(dtype: object, depth: int = 0) -> tuple[int, bool]:
    """Bytes of one item, and whether it holds objects."""
    if not isinstance(dtype, Made) or dtype.maker.name != "numpy:dtype" or depth > _MAX_NESTED:
        raise RefusedError(_UNKNOWN)
    args = dtype.args
    code = args[0] if isinstance(args, tuple) and args else None
    found = _TYPE.fullmatch(code) if isinstance(code, str) else None
    if found is None:
        raise RefusedError(_UNKNOWN)
    kind, size = found["kind"], int(found["size"])
    itemsize = 4 * size if kind == "U" else size
    return _stated(dtype.state, kind, itemsize, depth) if dtype.is_built else (itemsize, kind == "O")


def _stated(state: object, kind: str, itemsize: int, depth: int) -> tuple[int, bool]:
    """The same, from ``(version, byte order, sub-array, names, fields, itemsize, alignment, flags, ...)``."""
    if not isinstance(state, tuple) or not 8 <= len(state) <= 9 or state[0] not in (3, 4):
        raise RefusedError(_UNKNOWN)
    _version, _order, subarray, names, fields, stated, _alignment, flags, *_ = cast("tuple[object, ...]", state)
    if subarray is not None or type(stated) is not int or type(flags) is not int:
        raise RefusedError(_UNKNOWN)
    if kind in _SIZED_BY_STATE and stated != itemsize:
        raise RefusedError(_UNKNOWN)
    has_objects = kind == "O" or (kind == "V" and names is not None and _any_objects(fields, depth))
    if has_objects != bool(flags & _HAS_OBJECTS):
        raise RefusedError(_UNKNOWN)
    return itemsize, has_objects


def _any_objects(fields: object, depth: int) -> bool:
    if not isinstance(fields, Entries) or not fields.is_whole:
        raise RefusedError(_UNKNOWN)
    found = False
    for field in fields.items.values():
        if not isinstance(field, tuple) or not field:
            raise RefusedError(_UNKNOWN)
        found = _measured(field[0], depth + 1)[1] or found
    return found
