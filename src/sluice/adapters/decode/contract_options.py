"""``logicalTypeOptions`` of a column: which of them are demands, and what they demand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from sluice.adapters.decode import regex
from sluice.adapters.decode.odcs import Node
from sluice.domain.check import clock, moment
from sluice.domain.contract import Scalar
from sluice.domain.formats import number_range, text_pattern

_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_TIMES = ("date", "timestamp", "time")
_NUMBERS = ("integer", "number")
# How values would be read, shown or compared by others; nothing of it is in the values themselves.
_NO_DEMAND: Mapping[str | None, frozenset[str]] = {
    "date": frozenset(("format",)),
    "timestamp": frozenset(("format", "defaultTimezone")),
    "time": frozenset(("format", "defaultTimezone")),
    "vector": frozenset(("distanceMetric", "embeddingModel", "embeddingModelVersion")),
}
# By the key in the document: the logical types that it is for, and the column's field.
_COUNTS = {
    "minLength": ("string", "min_length"),
    "maxLength": ("string", "max_length"),
    "minItems": ("array", "min_items"),
    "maxItems": ("array", "max_items"),
    "minProperties": ("object", "min_properties"),
    "maxProperties": ("object", "max_properties"),
}
_ELEMENTS = {"float32": "number", "float64": "number", "float16": "number", "bfloat16": "number"} | {
    "int8": "integer",
    "uint8": "integer",
}


def fields(node: Node) -> tuple[dict[str, Any], list[str]]:
    """The column's fields that the options fill, and the options that cannot be measured."""
    found: dict[str, Any] = {}
    strange: list[str] = []
    found |= dict(_bounds(node))
    for key, value in _options(node).items():
        if key in _BOUNDS and (_measurable(node, value) or _qualifies(node, key, value)):
            continue
        one = _field(node, key, value)
        if one is None:
            strange.append(key)
        else:
            found |= one
    _require_order(node, found)
    return found, strange


def element_type(node: Node) -> str | None:
    """The logical type of a vector's elements; ``None`` where it cannot be told."""
    return _ELEMENTS.get(str(_options(node).get("elementType") or "float32"))


def _options(node: Node) -> dict[str, Any]:
    options = node.get("logicalTypeOptions")
    if options is not None and not isinstance(options, dict):
        node.at("logicalTypeOptions").refuse("must be a mapping")
    return options or {}


def _field(node: Node, key: str, value: Any) -> dict[str, Any] | None:
    """What one option demands, nothing for what is documentation; ``None`` where it cannot be measured."""
    logical = node.get("logicalType")
    if key in _NO_DEMAND.get(logical, ()):
        return {}
    if key in _COUNTS and logical in (_COUNTS[key][0], None):
        return {_COUNTS[key][1]: value} if _is_count(value) else None
    if key == "pattern" and logical in ("string", None) and isinstance(value, str):
        return {"pattern": pattern(node.at("logicalTypeOptions").at(key), value)}
    if key == "multipleOf" and logical in (*_NUMBERS, None):
        return {"multiple_of": value} if _is_number(value) and value > 0 else None
    if key == "format" and isinstance(value, str):
        return _format(logical, value)
    return _of_nested(node, key, value)


def _of_nested(node: Node, key: str, value: Any) -> dict[str, Any] | None:
    logical = node.get("logicalType")
    if key == "uniqueItems" and logical in ("array", None) and isinstance(value, bool):
        return {"unique_items": value}
    if key == "required" and logical in ("object", None) and isinstance(value, list):
        return {"required_properties": tuple(value)} if all(isinstance(name, str) for name in value) else None
    if key == "timezone" and isinstance(value, bool):
        return _zone(node, logical, zoned=value)
    return _of_vector(logical, key, value)


def _of_vector(logical: Any, key: str, value: Any) -> dict[str, Any] | None:
    if logical != "vector":
        return None
    if key == "dimensions" and _is_count(value) and value > 0:
        return {"min_items": value, "max_items": value}
    if key == "elementType" and value in _ELEMENTS:
        return {}
    return {} if key == "normalized" and value is False else None


def _zone(node: Node, logical: Any, *, zoned: bool) -> dict[str, Any] | None:
    if logical == "time":
        return None if zoned else {}
    if logical != "timestamp":
        return None
    return {"physical_type": f"timestamp {'with' if zoned else 'without'} time zone"}


def _format(logical: Any, value: str) -> dict[str, Any] | None:
    if logical in _NUMBERS:
        return {"format": value} if number_range(value) is not None else None
    if logical not in ("string", None) or text_pattern(value) is None:
        return None
    return {"format": value} if text_pattern(value) else {}


def pattern(node: Node, value: str) -> str:
    """A regular expression that can be matched in bounded time. Raises ``ConfigError``."""
    try:
        regex.require(value)
    except regex.PatternError as problem:
        node.refuse(f"the pattern {problem}", remedy="write it in the syntax of RE2")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _require_order(node: Node, found: Mapping[str, Any]) -> None:
    for what in ("length", "items", "properties"):
        low, high = found.get(f"min_{what}"), found.get(f"max_{what}")
        if low is not None and high is not None and low > high:
            node.at("logicalTypeOptions").refuse(f"nothing has at least {low} and at most {high} {what}")


# -- bounds -----------------------------------------------------------------------------------------


def _bounds(node: Node) -> Iterator[tuple[str, Any]]:
    """Both ends of the range, where measurable, and whether they are outside of it themselves.

    From v3.1 on ``exclusiveMinimum`` is a bound of its own; before, it said of ``minimum`` that it is exclusive.
    """
    options = _options(node)
    for side, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        inner, outer = options.get(side), options.get(exclusive)
        stated: list[tuple[Scalar, bool]] = []
        if inner is not None and _measurable(node, inner):
            stated.append((inner, outer is True))
        if outer is not None and _measurable(node, outer):
            stated.append((outer, True))
        if len(stated) == 2:
            stated = [_tighter(node, side, stated[0], stated[1])]
        if stated:
            yield side, stated[0][0]
            yield f"exclusive_{side}", stated[0][1]


def _tighter(node: Node, side: str, inner: tuple[Any, bool], outer: tuple[Any, bool]) -> tuple[Scalar, bool]:
    low, high = _comparable(node, inner[0]), _comparable(node, outer[0])
    if low is None or high is None:
        node.at("logicalTypeOptions").refuse(f"states two bounds for the {side}")
    return outer if (high >= low if side == "minimum" else high <= low) else inner


def _comparable(node: Node, bound: Any) -> Any:
    if not isinstance(bound, str):
        return bound
    return clock(bound) if node.get("logicalType") == "time" else moment(bound, "timestamp")


def _measurable(node: Node, bound: Any) -> bool:
    """Whether a bound is one that the column's type compares with; times are ISO 8601 text."""
    logical = node.get("logicalType")
    if isinstance(bound, bool):
        return False
    if isinstance(bound, int | float):
        return logical in (*_NUMBERS, None)
    if not isinstance(bound, str) or logical not in _TIMES:
        return False
    found: date | datetime | time | None = clock(bound) if logical == "time" else moment(bound, logical)
    return found is not None


def _qualifies(node: Node, key: str, value: Any) -> bool:
    """Whether a true or false says of a measurable bound that it is exclusive, or says nothing."""
    if not key.startswith("exclusive") or not isinstance(value, bool):
        return False
    return not value or _measurable(node, _options(node).get(key.removeprefix("exclusive").lower()))
