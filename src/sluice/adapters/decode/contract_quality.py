"""The quality rules of an Open Data Contract Standard table and of its columns.

Measured: ``rowCount``; and of a column ``nullValues``, ``missingValues`` of null alone, ``duplicateValues`` and
``invalidValues`` with ``validValues``, where none is to be there at all. Every other rule is ``Unsupported``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sluice.adapters.decode.contract_columns import identity, physical_names, scalars
from sluice.adapters.decode.odcs import OPERATORS, RULE_KEYS, Node, rule_severity, severity
from sluice.domain.config import Severity
from sluice.domain.contract import Bound, Column, RowCount, Rule, Unsupported

# The names of v3.0 beside today's.
_ALIASES: Mapping[str, str] = {
    "nullCheck": "nullValues",
    "nullCount": "nullValues",
    "duplicateCount": "duplicateValues",
    "validValues": "invalidValues",
    "countCheck": "rowCount",
}
_AT_LEAST = ("mustBeGreaterOrEqualTo", "mustBeGreaterThanOrEqualTo")
_AT_MOST = ("mustBeLessOrEqualTo", "mustBeLessThanOrEqualTo")
# A check's name for what a metric counts, where none may be there.
_CHECKS = {"nullValues": "required", "missingValues": "required", "duplicateValues": "unique"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the rules add to the table: columns with their demands, the number of rows, and the rest."""

    columns: tuple[Column, ...]
    row_counts: tuple[RowCount, ...]
    unsupported: tuple[Unsupported, ...]


def table_rules(table: Node, columns: tuple[Column, ...]) -> Found:
    """All quality rules of a table and its columns."""
    by_name = {column.name: column for column in columns}
    unsupported: list[Unsupported] = []
    for node in table.at("properties").entries():
        column = by_name.get(str(node.get("physicalName") or node.get("name")))
        for rule in node.at("quality").entries():
            rule.vocabulary(RULE_KEYS)
            weight = rule_severity(rule, column.severity if column else severity(node))
            stricter = _on_column(rule, column, weight) if column else None
            if stricter is None:
                unsupported.append(_not_measured(rule, str(node.get("name")), weight))
            else:
                column = by_name[stricter.name] = stricter
    counts: list[RowCount] = []
    names = physical_names(table)
    for rule in table.at("quality").entries():
        rule.vocabulary(RULE_KEYS)
        weight = rule_severity(rule, severity(table))
        single = _single_column(rule, names)
        if (count := _row_count(rule, weight)) is not None:
            counts.append(count)
        elif single in by_name and (stricter := _on_column(rule, by_name[single], weight)) is not None:
            by_name[single] = stricter
        else:
            unsupported.append(_not_measured(rule, None, weight))
    return Found(
        columns=tuple(by_name[column.name] for column in columns),
        row_counts=tuple(counts),
        unsupported=tuple(unsupported),
    )


def _not_measured(rule: Node, column: str | None, weight: Severity) -> Unsupported:
    said = rule.get("name") or rule.get("metric") or rule.get("rule") or rule.get("description") or ""
    compared = ", ".join(f"{key} {rule.get(key)!r}" for key in sorted(OPERATORS) if rule.get(key) is not None)
    kind = rule.get("type") or "library"
    what = " ".join(f"quality rule of type {kind}: {said} {compared}".split())
    return Unsupported(what=what[:200], column=column, severity=weight, line=rule.line)


def _metric(rule: Node) -> str:
    """The library metric of a rule; empty for rules of other types."""
    if rule.get("type") not in (None, "library"):
        return ""
    stated = rule.get("metric") or rule.get("rule") or ""
    return _ALIASES.get(str(stated), str(stated))


def _single_column(rule: Node, names: Mapping[str, str]) -> str:
    """The one column that a rule of the table speaks of, by its name in the data; empty for any other rule."""
    listed = rule.at("arguments").get("properties")
    if _metric(rule) != "duplicateValues" or not isinstance(listed, list) or len(listed) != 1:
        return ""
    return names.get(str(listed[0]), "")


# -- columns --------------------------------------------------------------------------------------


def _on_column(rule: Node, column: Column, weight: Severity) -> Column | None:
    """The column with the rule's demand added; ``None`` where the rule cannot be measured."""
    metric = _metric(rule)
    if not _none_allowed(rule):
        return None
    if metric == "invalidValues":
        return _with_allowed(rule, column, weight)
    if metric == "missingValues" and rule.at("arguments").get("missingValues") != [None]:
        return None
    if metric not in _CHECKS:
        return None
    check = _CHECKS[metric]
    rules = _heavier(column, check, Rule(severity=weight, line=rule.line), stated=getattr(column, check))
    if check == "required":
        return replace(column, required=True, rules=rules)
    return replace(column, unique=True, rules=rules)


def _with_allowed(rule: Node, column: Column, weight: Severity) -> Column | None:
    arguments = rule.at("arguments")
    if arguments.value is not None and not isinstance(arguments.value, dict):
        arguments.refuse("must be a mapping")
    at = arguments.at("validValues") if arguments.get("validValues") is not None else rule.at("validValues")
    if at.value is None or set(arguments.value or {}) - {"validValues"}:
        return None
    if not isinstance(at.value, list):
        at.refuse("must be a list")
    allowed = scalars(at, at.value)
    if column.allowed:
        before = {identity(value) for value in column.allowed}
        allowed = tuple(value for value in allowed if identity(value) in before)
    if not allowed:
        at.refuse("allows no value")
    stated = bool(column.allowed)
    rules = _heavier(column, "allowed_values", Rule(severity=weight, line=rule.line), stated=stated)
    return replace(column, allowed=allowed, rules=rules)


def _heavier(column: Column, check: str, rule: Rule, *, stated: bool) -> Mapping[str, Rule]:
    """The column's rules with this one; a demand stated twice keeps the heavier severity."""
    if stated and column.rule(check).severity == "fail":
        return column.rules
    return {**column.rules, check: rule}


def _none_allowed(rule: Node) -> bool:
    """Whether the rule says that the metric counts nothing at all; v3.0 left this unsaid."""
    stated = [key for key in OPERATORS if rule.get(key) is not None]
    if not stated:
        return rule.get("metric") is None and str(rule.get("rule")) in _ALIASES
    if len(stated) > 1:
        return False
    key, value = stated[0], rule.get(stated[0])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if key == "mustBe" or key in _AT_MOST:
        return value == 0
    return key == "mustBeLessThan" and 0 < value <= 1 and rule.get("unit") in (None, "rows")


# -- rows -----------------------------------------------------------------------------------------


def _row_count(rule: Node, weight: Severity) -> RowCount | None:
    """The rule as a number of rows; ``None`` where it is none."""
    stated = [key for key in sorted(OPERATORS) if rule.get(key) is not None]
    if _metric(rule) != "rowCount" or rule.get("unit") not in (None, "rows") or not stated:
        return None
    ends = [_ends(rule.at(key), key) for key in stated]
    whole = [pair for pair in ends if pair is not None]
    if len(whole) < len(ends):
        return None
    low, high = max(pair[0] for pair in whole), min(pair[1] for pair in whole)
    if low > high or high < 0:
        rule.refuse("no number of rows can fulfil it")
    bound = Bound(minimum=int(low) if low > 0 else None, maximum=int(high) if high < math.inf else None)
    return RowCount(bound=bound, severity=weight, line=rule.line)


def _ends(node: Node, key: str) -> tuple[float, float] | None:
    """Least and greatest number of rows that one comparison allows; ``None`` for one that is no range."""
    values = node.value if key.endswith("Between") else [node.value]
    if not isinstance(values, list) or not values or not all(_is_number(value) for value in values):
        node.refuse("must be two numbers" if key.endswith("Between") else "must be a number")
    first, last = float(values[0]), float(values[-1])
    match key:
        case "mustBe":
            return math.ceil(first), math.floor(first)
        case "mustBeBetween":
            return math.ceil(first), math.floor(last)
        case "mustBeGreaterThan":
            return math.floor(first) + 1, math.inf
        case "mustBeLessThan":
            return 0, math.ceil(first) - 1
        case _:
            if key in _AT_LEAST:
                return math.ceil(first), math.inf
            return (0, math.floor(first)) if key in _AT_MOST else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
