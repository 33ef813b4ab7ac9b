"""The columns of an Open Data Contract Standard table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, get_args

from sluice.adapters.decode.odcs import COLUMN_KEYS, Node, severity
from sluice.domain.check import moment
from sluice.domain.contract import Column, LogicalType, Scalar, Unsupported

_LOGICAL_TYPES: frozenset[str] = frozenset(get_args(LogicalType))
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_TIMES = ("date", "timestamp")
# How text would be read or shown; a typed column of times has no text.
_NO_DEMAND: Mapping[str | None, frozenset[str]] = {
    "date": frozenset(("format",)),
    "timestamp": frozenset(("format", "defaultTimezone")),
    "time": frozenset(("format", "defaultTimezone")),
}
# Everything else that somebody classified is kept from view: the words are free, and a leak is for good.
_OPEN = frozenset(("public", "open", "internal", "general", "unclassified", "non-sensitive"))


def read(table: Node) -> tuple[tuple[Column, ...], tuple[Unsupported, ...]]:
    """Every column, without the demands of its quality rules, and what cannot be measured of it."""
    columns: list[Column] = []
    unsupported: list[Unsupported] = []
    keys = [node for node in table.at("properties").entries() if node.flag("primaryKey")]
    for node in table.at("properties").entries():
        node.vocabulary(COLUMN_KEYS)
        if node.get("semanticType") == "measure":
            what = "semanticType measure: an aggregate, no column"
            unsupported.append(Unsupported(what=what, column=_name(node), severity=severity(node), line=node.line))
            continue
        columns.append(_column(node, alone=len(keys) == 1))
        unsupported.extend(_unsupported(node))
    if len(keys) > 1:
        names = ", ".join(_name(node) for node in keys)
        weight = "warn" if all(severity(node) == "warn" for node in keys) else "fail"
        unsupported.append(Unsupported(what=f"primaryKey over {names}", severity=weight, line=keys[0].line))
    seen: set[str] = set()
    for node in table.at("properties").entries():
        if (name := _name(node)) in seen:
            node.refuse(f"the column `{name[:60]}` is described twice")
        seen.add(name)
    return tuple(columns), tuple(unsupported)


def physical_names(table: Node) -> dict[str, str]:
    """The name in the data of every column, by the name in the contract."""
    return {node.text("name"): _name(node) for node in table.at("properties").entries()}


def _name(node: Node) -> str:
    physical = node.get("physicalName")
    return node.text("physicalName") if physical is not None else node.text("name")


def _column(node: Node, *, alone: bool) -> Column:
    key = node.flag("primaryKey")
    bounds = _bounds(node)
    return Column(
        name=_name(node),
        logical_type=_logical_type(node),
        required=node.flag("required") or key,
        unique=node.flag("unique") or (key and alone),
        minimum=bounds.get("minimum", (None, False))[0],
        exclusive_minimum=bounds.get("minimum", (None, False))[1],
        maximum=bounds.get("maximum", (None, False))[0],
        exclusive_maximum=bounds.get("maximum", (None, False))[1],
        allowed=_enumeration(node),
        severity=severity(node),
        line=node.line,
        sensitive=_sensitive(node),
    )


def _logical_type(node: Node) -> LogicalType | None:
    stated = node.get("logicalType")
    if stated is not None and not isinstance(stated, str):
        node.at("logicalType").refuse("must be a text")
    for known in get_args(LogicalType):
        if stated == known:
            return known
    if stated not in (None, "map", "vector"):
        known = ", ".join(sorted(_LOGICAL_TYPES))
        node.at("logicalType").refuse(f"`{stated[:60]}` is not a logical type", remedy=f"use one of {known}")
    return None


def _sensitive(node: Node) -> bool:
    stated = node.get("classification")
    return stated is not None and str(stated).strip().lower() not in _OPEN


def _enumeration(node: Node) -> tuple[Scalar, ...]:
    listed = [entry.get("value") for entry in node.at("enum").entries()]
    if node.get("enum") is not None and not listed:
        node.at("enum").refuse("allows no value")
    return scalars(node.at("enum"), listed)


def scalars(node: Node, listed: list[Any]) -> tuple[Scalar, ...]:
    """Allowed values, each once; a null among them says nothing, since missing values are `required`'s matter."""
    found: dict[tuple[bool, Scalar], Scalar] = {}
    for value in listed:
        if value is None:
            continue
        if not isinstance(value, str | int | float):
            node.refuse("lists something that is not a single value")
        found.setdefault(identity(value), value)
    return tuple(found.values())


def identity(value: Scalar) -> tuple[bool, Scalar]:
    """What makes a value the same as another: true is 1 to Python, and not to a table."""
    return isinstance(value, bool), value


# -- logicalTypeOptions -----------------------------------------------------------------------------


def _bounds(node: Node) -> dict[str, tuple[Scalar, bool]]:
    """The bound and whether it is outside the range itself, for ``minimum`` and ``maximum``, where measurable.

    From v3.1 on ``exclusiveMinimum`` is a bound of its own; before, it said of ``minimum`` that it is exclusive.
    """
    options = _options(node)
    found: dict[str, tuple[Scalar, bool]] = {}
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
            found[side] = stated[0]
    return found


def _tighter(node: Node, side: str, inner: tuple[Any, bool], outer: tuple[Any, bool]) -> tuple[Scalar, bool]:
    low, high = (_moment(inner[0]), _moment(outer[0])) if isinstance(inner[0], str) else (inner[0], outer[0])
    if low is None or high is None:
        node.at("logicalTypeOptions").refuse(f"states two bounds for the {side}")
    return outer if (high >= low if side == "minimum" else high <= low) else inner


def _options(node: Node) -> dict[str, Any]:
    options = node.get("logicalTypeOptions")
    if options is not None and not isinstance(options, dict):
        node.at("logicalTypeOptions").refuse("must be a mapping")
    return options or {}


def _measurable(node: Node, bound: Any) -> bool:
    """Whether a bound is one that the column's type compares with; times are ISO 8601 text."""
    logical = node.get("logicalType")
    if isinstance(bound, bool):
        return False
    if isinstance(bound, int | float):
        return logical in ("integer", "number", None)
    if not isinstance(bound, str) or logical not in _TIMES:
        return False
    return moment(bound, str(logical)) is not None


def _moment(text: str) -> datetime | None:
    found = moment(text, "timestamp")
    return found if isinstance(found, datetime) else None


def _unsupported(node: Node) -> Iterator[Unsupported]:
    """What of the column cannot be measured: other options, nested types, relationships."""
    logical, weight = node.get("logicalType"), severity(node)
    options = node.at("logicalTypeOptions")
    for key, value in _options(node).items():
        stated_by_side = key in _BOUNDS and (_measurable(node, value) or _qualifies(node, key, value))
        if stated_by_side or key in _NO_DEMAND.get(logical, ()):
            continue
        what = f"logicalTypeOptions.{key}: {value!r}"[:200]
        yield Unsupported(what=what, column=_name(node), severity=weight, line=options.at(key).line)
    if logical in ("map", "vector"):
        yield Unsupported(what=f"logicalType {logical}", column=_name(node), severity=weight, line=node.line)
    for key in ("properties", "items", "map", "relationships"):
        if node.get(key):
            yield Unsupported(what=key, column=_name(node), severity=weight, line=node.at(key).line)


def _qualifies(node: Node, key: str, value: Any) -> bool:
    """Whether a true or false says of a measurable bound that it is exclusive, or says nothing."""
    if not key.startswith("exclusive") or not isinstance(value, bool):
        return False
    return not value or _measurable(node, _options(node).get(key.removeprefix("exclusive").lower()))
