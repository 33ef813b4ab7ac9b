"""The names of columns' physical types, and the types within a type.

A type is what the engine's expressions carry; it is asked here only what it is, so that nothing of the engine loads.
"""

from __future__ import annotations

import re
from typing import Any

TIMESTAMPS = ("timestamp", "timestamp with time zone")
ITEMS, KEYS, VALUES = "[]", "{key}", "{value}"
_INTEGER = re.compile(r"u?int[0-9]+|decimal\([0-9]+, 0\)")


def kind_name(dtype: Any) -> str:
    """The name of a type, as ``domain.check`` lists them."""
    if dtype.is_timestamp():
        return "timestamp with time zone" if dtype.timezone else "timestamp"
    if dtype.is_decimal():
        return f"decimal({dtype.precision}, {dtype.scale})"
    if dtype.is_unknown():
        raw = str(dtype.raw_type)
        return "null" if "NULL" in raw else "uint128" if "UINT128" in raw else "unknown"
    return type(dtype).__name__.lower()


def within(dtype: Any, path: tuple[str, ...]) -> Any | None:
    """The type that a path of fields, items, keys and values leads to; ``None`` where it leads nowhere."""
    for step in path:
        if dtype.is_array() and step == ITEMS:
            dtype = dtype.value_type
        elif dtype.is_map() and step in (KEYS, VALUES):
            dtype = dtype.key_type if step == KEYS else dtype.value_type
        elif dtype.is_struct() and step in dtype.names:
            dtype = dtype[step]
        else:
            return None
    return dtype


def is_plain(path: tuple[str, ...]) -> bool:
    """Whether a path goes through fields alone, so that every row has one value there."""
    return not any(step in (ITEMS, KEYS, VALUES) for step in path)


def path_text(path: tuple[str, ...]) -> str:
    """The path in one text, such as ``lines[].price``."""
    said = path[0] if path else ""
    for step in path[1:]:
        said += step if step in (ITEMS, KEYS, VALUES) else f".{step}"
    return said


def is_float(kind: str) -> bool:
    """Whether values may be NaN or infinite."""
    return kind.startswith("float")


def is_integer(kind: str) -> bool:
    """Whether the kind holds whole numbers only."""
    return _INTEGER.fullmatch(kind) is not None


def is_number(kind: str) -> bool:
    """Whether the kind holds numbers."""
    return is_integer(kind) or is_float(kind) or kind.startswith("decimal")
