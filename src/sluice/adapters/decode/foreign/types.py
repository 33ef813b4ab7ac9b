"""Types by the names that SQL dialects, Spark and data frames have for them."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.adapters.decode.foreign.carrying import Carried
from sluice.domain.contract import LogicalType
from sluice.domain.physical import parsed

_FAMILIES: Mapping[str, LogicalType] = {
    "integer": "integer",
    "number": "number",
    "decimal": "number",
    "string": "string",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "time": "time",
    "array": "array",
    "object": "object",
}


def logical_of(name: object) -> LogicalType | None:
    """The logical type of a type's name; ``None`` where it has none."""
    physical = parsed(_plain(name)) if isinstance(name, str) else None
    if physical is None:
        return None
    whole = physical.family == "decimal" and physical.precision is not None and physical.scale == 0
    return "integer" if whole else _FAMILIES.get(physical.family)


def carry_type(column: Carried, name: object) -> bool:
    """Carries a type over, its own name beside the logical one; whether the name says anything."""
    kind = logical_of(name)
    if kind is None or not isinstance(name, str):
        return False
    column.logical(kind)
    column.physical(_plain(name))
    return True


def _plain(name: str) -> str:
    """Without what Spark, Arrow and pandas write around it."""
    text = name.strip().lower()
    for end in ("type()", "type", "[pyarrow]", "[python]", "[ns]", "[us]", "[ns, utc]"):
        text = text.removesuffix(end)
    return text
