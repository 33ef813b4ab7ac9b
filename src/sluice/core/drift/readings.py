"""How the values of a column become numbers or labels: as an expression for an engine, and from Arrow, with one result.

Times are seconds since 1970 in UTC, times of the day seconds since midnight. Times without end are missing.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sluice.domain.distribution import FloatArray
from sluice.domain.kinds import TIMESTAMPS, is_integer, is_number

Family = Literal["number", "boolean", "string", "moment", "clock", "list", "null", "other"]
Reading = Literal["number", "length", "moment", "clock", "hour", "weekday", "label"]

DAY_S, HOUR_S = 86_400, 3_600
HOURS = tuple(f"{hour:02d}" for hour in range(24))
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TEXTS = ("string", "uuid")
# The greatest numbers of a date and of a time stand for those without end.
_MOST_DAYS, _MOST_UNITS = 2.0**31 - 2, 2.0**63 - 2**10
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
# How NumPy calls what Arrow keeps values of a type as. They are read from there: Arrow's own computing takes 30 ms to
# load, and its ways to NumPy load pandas. Other types are left to it.
_STORED = {
    **{f"{sign}int{bits}": f"{sign or 'i'}{bits // 8}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
    **dict(zip(("halffloat", "float", "double"), ("f2", "f4", "f8"), strict=True)),
    **dict(zip(("date32", "time32", "time64", "timestamp"), ("i4", "i4", "i8", "i8"), strict=True)),
}


def family(kind: str) -> Family:
    """What columns of a kind are compared as: two columns compare where their families are the same."""
    if is_number(kind) or kind == "uint128":
        return "number"
    if kind in _TEXTS:
        return "string"
    if kind == "date" or kind in TIMESTAMPS:
        return "moment"
    plain: dict[str, Family] = {"boolean": "boolean", "time": "clock", "array": "list", "null": "null"}
    return plain.get(kind, "other")


# -- for an engine --------------------------------------------------------------------------------


def number_expr(column: Any, kind: str, reading: Reading) -> Any:
    """The column as a number, as the engine computes it: a whole one where it is small, else of 64 bits."""
    if reading == "length":
        return column.length()
    if reading == "clock":
        return column.hour() * HOUR_S + column.minute() * 60 + column.second()
    if reading == "moment":
        return (column.epoch_days() * DAY_S if kind == "date" else column.epoch_seconds()).cast("float64")
    return column if is_integer(kind) and "decimal" not in kind and "128" not in kind else column.cast("float64")


def label_expr(column: Any, kind: str, reading: Reading) -> Any:
    """The column as a label, as the engine computes it."""
    if reading == "hour":
        return column.hour().cast("int16")
    if reading == "weekday":
        return column.day_of_week.index().cast("int16")
    return column if kind in ("string", "boolean") else column.cast("string")


# -- from Arrow: chunked arrays, which carry no types here -----------------------------------------


def numbers(values: Any, reading: Reading) -> tuple[FloatArray, int]:
    """The numbers of an Arrow array, those that are not finite among them, and how many values are missing."""
    if reading == "moment":
        return _moments(values)
    if reading == "length":
        found = np.array([len(text) for text in _texts(values)], dtype=np.float64)
    elif reading == "clock":
        found = np.floor(floats(values) / _PER_SECOND[values.type.unit])
    else:
        found = floats(values)
    return found, len(values) - len(found)


def labels(values: Any, reading: Reading) -> tuple[list[Any], int]:
    """The labels of an Arrow array, and how many values are missing; hours and weekdays as whole numbers."""
    if reading in ("hour", "weekday"):
        seconds, n_missing = _moments(values)
        days = np.floor(seconds / DAY_S)
        found = (days + 3) % 7 if reading == "weekday" else np.floor((seconds - days * DAY_S) / HOUR_S)
        return found.astype(np.int64).tolist(), n_missing
    present = _present(values) if str(values.type) == "bool" else _texts(values)
    return present, len(values) - len(present)


def _moments(values: Any) -> tuple[FloatArray, int]:
    kind = str(values.type)
    if kind.startswith("date"):
        days = floats(values if kind.startswith("date32") else values.cast("date32"))
        found = days[np.abs(days) < _MOST_DAYS] * DAY_S
    else:
        units = floats(values)
        found = units[np.abs(units) < _MOST_UNITS] / _PER_SECOND[values.type.unit]
    return found, len(values) - len(found)


def floats(values: Any) -> FloatArray:
    """The values that are there, as numbers, those of times in their own units; see ``_STORED``."""
    kind = _STORED.get(str(values.type).partition("[")[0])
    if kind is None:
        values, kind = values.cast("float64", safe=False), "f8"
    parts = [_stored(chunk, kind) for chunk in values.chunks if len(chunk)]
    return np.concatenate(parts).astype(np.float64, copy=False) if parts else np.empty(0)


def _stored(values: Any, kind: str) -> NDArray[Any]:
    """What one piece of memory holds, without what its bits call missing."""
    bits, stored = values.buffers()
    first, end = values.offset, values.offset + len(values)
    found: NDArray[Any] = np.frombuffer(stored, kind, end)[first:]
    if bits is None:
        return found
    there = np.unpackbits(np.frombuffer(bits, np.uint8), count=end, bitorder="little")[first:]
    return found[there.view(np.bool_)]


def _texts(values: Any) -> list[str]:
    return _present(values if str(values.type) == "string" else values.cast("string"))


def _present(values: Any) -> list[Any]:
    return [value for value in values.to_pylist() if value is not None]
