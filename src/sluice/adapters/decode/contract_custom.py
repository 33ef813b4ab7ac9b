"""What the standard leaves to custom properties, by names that begin with ``sluice.``; every other name is not ours.

A demand's value is a mapping, ``true`` where nothing needs to be said, or a list of mappings for several of a kind.
On a column, the column is the one that is meant; on the table, ``column`` (or ``label``) names it. Columns go by
their names in the contract. Every mapping may have a ``severity`` of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sluice.adapters.decode.custom_value import Asked, column_name, unknown
from sluice.adapters.decode.odcs import SEVERITY_PROPERTY, Node, severity
from sluice.domain.contract import (
    ClassBalance,
    Demand,
    Disjoint,
    GroupNulls,
    LabelLeak,
    Later,
    Monotonic,
    RowChange,
)

PREFIX = "sluice."
LABEL_PROPERTY = "sluice.label"
# Below this a column may well be a good feature, and by chance alone one column in 50 reaches 0.5 in 50 rows.
LEAST_MAX_GAIN = 0.8
_ENTRY_KEYS = ("property", "value", "description", "id", "authoritativeDefinitions")


def demands(table: Node, names: Mapping[str, str]) -> tuple[Demand, ...]:
    """The demands that a table and its columns state in custom properties.

    ``names`` gives every column's name in the data by its name in the contract. Raises ``ConfigError`` for a name
    of ours that does not exist: a misspelt demand would demand nothing.
    """
    columns = [(element, names[element.text("name")]) for element in table.at("properties").entries()]
    elements: list[tuple[Node, str | None]] = [(table, None), *columns]
    label = _label(elements, names)
    found: list[Demand] = []
    for element, column in elements:
        for custom in _ours(element, on_table=column is None):
            name = custom.get("property")
            if name in _READERS:
                for value in _values(custom):
                    asked = Asked(
                        value=value, column=column, label=label, names=names, weight=severity(element), line=custom.line
                    )
                    found.append(_READERS[name](asked))
    return tuple(found)


def _ours(element: Node, *, on_table: bool) -> list[Node]:
    """The entries with names of ours, each known here and well-formed."""
    found: list[Node] = []
    known = {SEVERITY_PROPERTY, LABEL_PROPERTY, *(name for name in _READERS if on_table or name in _OF_COLUMNS)}
    for custom in element.at("customProperties").entries():
        name = str(custom.get("property"))
        if not name.startswith(PREFIX):
            continue
        if name not in known:
            where = "" if name not in _READERS else " of a column"
            # All of them begin alike.
            unknown(custom.at("property"), f"there is no property `{name[:60]}`{where}", name, known, alike=0.75)
        for key in custom.value:
            if key not in _ENTRY_KEYS:
                unknown(custom.at(key), "is not a key of a custom property", key, _ENTRY_KEYS)
        if custom.get("value") is None:
            custom.at("value").refuse("is missing")
        found.append(custom)
    return found


def _values(custom: Node) -> list[Node]:
    """One node per demand: none for ``false``."""
    value = custom.at("value")
    if value.value is False:
        return []
    if not isinstance(value.value, list):
        return [value]
    if not value.value:
        value.refuse("lists nothing")
    return [value.at(index) for index in range(len(value.value))]


def _label(elements: list[tuple[Node, str | None]], names: Mapping[str, str]) -> str | None:
    """The label column's name in the data, stated once: by the table, or by the column itself."""
    stated: list[str] = []
    for element, column in elements:
        for custom in _ours(element, on_table=column is None):
            if custom.get("property") != LABEL_PROPERTY:
                continue
            if column is not None and not isinstance(custom.get("value"), bool):
                custom.at("value").refuse("must be true or false")
            if custom.get("value") is False:
                continue
            stated.append(column if column is not None else column_name(custom.at("value"), names))
            if len(stated) > 1:
                custom.refuse("a second label", remedy="state one")
    return stated[0] if stated else None


# -- the demands ----------------------------------------------------------------------------------


def _monotonic(asked: Asked) -> Monotonic:
    asked.keys("column", "strict", "decreasing", "by", "order", bare=asked.column is not None)
    column, by = asked.own(), asked.columns("by")
    order = None if asked.value.get("order") is None else column_name(asked.value.at("order"), asked.names)
    if column in by or column == order:
        asked.value.refuse("the column orders or groups itself")
    return Monotonic(
        column=column,
        decreasing=asked.flag("decreasing"),
        strict=asked.flag("strict"),
        by=by,
        order=order,
        severity=asked.severity,
        line=asked.line,
    )


def _class_balance(asked: Asked) -> ClassBalance:
    asked.keys("label", "min", "max")
    low, high = asked.number("min", 0, 1), asked.number("max", 0, 1)
    if not low and (high is None or high == 1):
        asked.value.refuse("allows every share", remedy="give a `min` over 0, a `max` under 1, or both")
    if low is not None and high is not None and low > high:
        asked.value.refuse("no share can fulfil it")
    return ClassBalance(
        label=asked.target(),
        min_share=low or 0.0,
        max_share=1.0 if high is None else high,
        severity=asked.severity,
        line=asked.line,
    )


def _label_leak(asked: Asked) -> LabelLeak:
    asked.keys("label", "maxGain", "ignore", bare=True)
    most = asked.number("maxGain", LEAST_MAX_GAIN, 1)
    gain = {} if most is None else {"max_gain": most}
    return LabelLeak(
        label=asked.target(), ignore=asked.words("ignore"), severity=asked.severity, line=asked.line, **gain
    )


def _disjoint(asked: Asked) -> Disjoint:
    asked.keys("table", "columns")
    return Disjoint(
        table=asked.text("table"), columns=asked.columns("columns"), severity=asked.severity, line=asked.line
    )


def _later(asked: Asked) -> Later:
    asked.keys("column", "table", "of")
    return Later(
        column=asked.own(),
        table=asked.text("table"),
        to=asked.text("of"),
        severity=asked.severity,
        line=asked.line,
    )


def _group_nulls(asked: Asked) -> GroupNulls:
    asked.keys("column", "by", "maxShare", "minRows")
    column, by = asked.own(), asked.columns("by")
    most, rows = asked.number("maxShare", 0, 1), asked.number("minRows", 1)
    if not by:
        asked.value.at("by").refuse("is missing")
    if column in by:
        asked.value.at("by").refuse("the column groups itself")
    if most is None:
        asked.value.at("maxShare").refuse("is missing")
    if rows is not None and rows != int(rows):
        asked.value.at("minRows").refuse("must be a whole number")
    return GroupNulls(
        column=column, by=by, max_share=most, min_rows=int(rows or 1), severity=asked.severity, line=asked.line
    )


def _row_change(asked: Asked) -> RowChange:
    asked.keys("maxFall", "maxRise")
    fall, rise = asked.number("maxFall", 0, 1), asked.number("maxRise", 0)
    if fall is None and rise is None:
        asked.value.refuse("states no change", remedy="give `maxFall`, `maxRise` or both")
    return RowChange(max_fall=fall, max_rise=rise, severity=asked.severity, line=asked.line)


_READERS: Mapping[str, Callable[[Asked], Demand]] = {
    "sluice.monotonic": _monotonic,
    "sluice.classBalance": _class_balance,
    "sluice.labelLeak": _label_leak,
    "sluice.disjointFrom": _disjoint,
    "sluice.laterThan": _later,
    "sluice.groupNulls": _group_nulls,
    "sluice.rowChange": _row_change,
}
# Those that one column may state of itself.
_OF_COLUMNS = frozenset(_READERS) - {"sluice.disjointFrom", "sluice.rowChange"}
