"""The keywords of JSON Schema that say something of one column's values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sluice.adapters.decode.foreign.carrying import Carried
from sluice.adapters.decode.foreign.values import is_number
from sluice.domain.contract import LogicalType
from sluice.domain.formats import TEXT_FORMATS

_TYPES: Mapping[str, LogicalType] = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "object": "object",
    "array": "array",
}
_TIMES: Mapping[str, LogicalType] = {"date": "date", "date-time": "timestamp", "time": "time"}
# They say how people or programs are to use a value, and nothing of which values there may be.
NO_DEMANDS = frozenset(
    "$schema $id id $anchor $dynamicAnchor $recursiveAnchor $vocabulary $comment title description default examples "
    "example deprecated readOnly writeOnly $defs definitions contentMediaType contentEncoding contentSchema".split()
)
_READ_ELSEWHERE = frozenset(("type", "nullable", "allOf", "$ref"))


def carry_type(column: Carried, schema: Mapping[str, Any]) -> None:
    """Carries the type over, a format of times with it; or lists it."""
    stated = schema.get("type", _types_of(schema))
    listed = [one for one in (stated if isinstance(stated, list) else [stated]) if one not in ("null", None)]
    kinds: set[LogicalType] = {_TYPES[one] for one in listed if isinstance(one, str) and one in _TYPES}
    if kinds == {"integer", "number"}:
        kinds = {"number"}
    if len(kinds) != 1 or any(not isinstance(one, str) or one not in _TYPES for one in listed):
        if listed:
            column.omit("`type`", "several types, or one that JSON has not")
        return
    kind: LogicalType = next(iter(kinds))
    shape = schema.get("format")
    column.logical(_TIMES.get(str(shape), kind) if kind == "string" else kind)


def _types_of(schema: Mapping[str, Any]) -> list[str]:
    """The types of the values that are listed, where no type is stated."""
    values = [*sequence(schema.get("enum")), *([schema["const"]] if "const" in schema else [])]
    names = {str: "string", bool: "boolean", int: "integer", float: "number"}
    return list(dict.fromkeys(names.get(type(value), "object") for value in values if value is not None))


def carry_keyword(column: Carried, key: str, value: Any, schema: Mapping[str, Any]) -> None:
    """Carries one keyword over, or lists it."""
    if key in NO_DEMANDS or key in _READ_ELSEWHERE:
        return
    if key in ("enum", "const") and (isinstance(value, list) or key == "const"):
        column.allow(value if key == "enum" else [value])
        return
    kind = column.column.logical_type
    carry = {"integer": _of_number, "number": _of_number, "string": _of_text}.get(str(kind), _of_nested)
    if not (carry(column, key, value, schema) or (key == "format" and _TIMES.get(str(value)) == kind)):
        column.omit(f"`{key[:60]}`")


def _of_number(column: Carried, key: str, value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether a keyword is one of numbers, and carried."""
    if key.startswith("exclusive") and isinstance(value, bool):
        return True  # of draft 4: it is told by the end that it speaks of
    if not is_number(value):
        return False
    match key:
        case "minimum" | "maximum":
            exclusive = schema.get(f"exclusive{key.capitalize()}") is True
            (column.least if key == "minimum" else column.most)(value, exclusive=exclusive)
        case "exclusiveMinimum" | "exclusiveMaximum":
            (column.least if key == "exclusiveMinimum" else column.most)(value, exclusive=True)
        case "multipleOf" if value > 0:
            column.multiple(value)
        case _:
            return False
    return True


def _of_text(column: Carried, key: str, value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether a keyword is one of texts, and carried."""
    match key:
        case "minLength" | "maxLength":
            column.length(*((value, None) if key == "minLength" else (None, value)))
        case "pattern" if isinstance(value, str):
            column.match(value)
        case "format" if value in TEXT_FORMATS:
            column.format(value)
        case _:
            return False
    return True


def _of_nested(column: Carried, key: str, value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether a keyword is one of objects or lists, and carried; what is within them is carried elsewhere."""
    kind = column.column.logical_type
    match key:
        case "minItems" | "maxItems" if kind == "array":
            column.counted("items", "array", *((value, None) if key == "minItems" else (None, value)))
        case "uniqueItems" if kind == "array" and isinstance(value, bool):
            column.distinct_items() if value else None
        case "items" if kind == "array":
            return isinstance(value, dict)
        case "minProperties" | "maxProperties" if kind == "object":
            column.counted("properties", "object", *((value, None) if key == "minProperties" else (None, value)))
        case "properties" | "required" if kind == "object":
            return isinstance(value, dict | list)
        case "additionalProperties":
            return value is not False
        case _:
            return False
    return True


def takes_null(schema: Mapping[str, Any]) -> bool:
    """Whether null keeps a schema, as far as that is told by type and values."""
    if schema.get("nullable") is True:
        return True
    stated = schema.get("type")
    by_type = stated is None or "null" in (stated if isinstance(stated, list) else [stated])
    listed = schema.get("enum")
    return by_type and (not isinstance(listed, list) or None in listed) and schema.get("const", None) is None


def sequence(value: object) -> list[Any]:
    """The value, where it is a list; else none."""
    return value if isinstance(value, list) else []
