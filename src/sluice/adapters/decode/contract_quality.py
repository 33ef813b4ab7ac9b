"""The quality rules of an Open Data Contract Standard table and of its columns.

Rules of the library are measured with every operator and both units; a rule that allows nothing at all of what it
counts becomes a property of its column. ``sql`` rules are measured where they are one read-only statement. ``text``
rules are documentation. Rules of other tools, ``custom``, are ``Unsupported``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from sluice.adapters.decode import contract_bounds
from sluice.adapters.decode.contract_columns import Element, identity, scalars
from sluice.adapters.decode.contract_options import pattern
from sluice.adapters.decode.odcs import OPERATORS, RULE_KEYS, Node, rule_severity, severity
from sluice.domain.contract import Bound, Column, Demand, Key, Query, RowCount, Rule, Scalar, Unsupported, ValueCount
from sluice.domain.drift_limits import Severity
from sluice.domain.kinds import is_plain

Metric = Literal["nullValues", "missingValues", "invalidValues", "duplicateValues"]

# The names of v3.0 beside today's.
_ALIASES: Mapping[str, str] = {
    "nullCheck": "nullValues",
    "nullCount": "nullValues",
    "duplicateCount": "duplicateValues",
    "uniqueCheck": "duplicateValues",
    "validValues": "invalidValues",
    "countCheck": "rowCount",
}
_METRICS = ("nullValues", "missingValues", "invalidValues", "duplicateValues")
# A check's name for what a metric counts, where none may be there.
_CHECKS = {"nullValues": "required", "missingValues": "required", "duplicateValues": "unique"}
_MAX_QUERY_CHARS = 20_000
_PLACEHOLDER = re.compile(r"\$\{ *(\w+) *\}|\{ *(\w+) *\}|\$(\w+)\b")
_TABLE_WORDS, _COLUMN_WORDS = ("table", "object", "model", "schema"), ("column", "property", "field")


@dataclass(slots=True, kw_only=True)
class _Found:
    """What the rules add to the table, as it is read: columns with their demands, and the demands of no column."""

    columns: dict[str, Column]
    names: Mapping[str, str]
    tables: tuple[str, ...]
    demands: list[Demand]


def table_rules(
    table: Node, elements: tuple[Element, ...], columns: tuple[Column, ...], names: Mapping[str, str]
) -> tuple[tuple[Column, ...], tuple[Demand, ...]]:
    """The columns with what their rules add to them, and the demands of all other rules."""
    tables = tuple(dict.fromkeys(str(name) for key in ("name", "physicalName") if (name := table.get(key))))
    found = _Found(columns={column.name: column for column in columns}, names=names, tables=tables, demands=[])
    for element in elements:
        for rule in element.node.at("quality").entries():
            _read(rule, element, found, rule_severity(rule, severity(element.node)))
    for rule in table.at("quality").entries():
        _read(rule, None, found, rule_severity(rule, severity(table)))
    return tuple(found.columns[column.name] for column in columns), tuple(found.demands)


def _read(rule: Node, element: Element | None, found: _Found, weight: Severity) -> None:
    rule.vocabulary(RULE_KEYS)
    kind = rule.get("type") or ("sql" if rule.get("query") is not None else "library")
    if kind == "text":
        return
    name = element.name if element else None
    if element is None or is_plain(element.path):
        made = _library(rule, name, found, weight) if kind == "library" else None
        made = _query(rule, name, found, weight) if kind == "sql" else made
        if made is not None:
            found.demands += made
            return
    found.demands.append(_not_measured(rule, name, weight))


def _not_measured(rule: Node, column: str | None, weight: Severity) -> Unsupported:
    said = rule.get("name") or rule.get("metric") or rule.get("rule") or rule.get("description") or ""
    compared = ", ".join(f"{key} {rule.get(key)!r}" for key in sorted(OPERATORS) if rule.get(key) is not None)
    kind = rule.get("type") or "library"
    what = " ".join(f"quality rule of type {kind}: {said} {compared}".split())
    return Unsupported(what=what[:200], column=column, severity=weight, line=rule.line)


# -- the library ----------------------------------------------------------------------------------


def _library(rule: Node, name: str | None, found: _Found, weight: Severity) -> list[Demand] | None:
    """The demands of a rule of the library that are no column's own; ``None`` where it cannot be measured."""
    metric = _metric(rule)
    bounds = contract_bounds.read(rule, whole=metric == "rowCount")
    if not bounds and rule.get("metric") is None and str(rule.get("rule")) in _ALIASES and metric != "rowCount":
        bounds = [Bound(minimum=0, maximum=0)]  # v3.0 left unsaid that there are to be none
    if not bounds or rule.get("unit") not in (None, "rows", "percent"):
        return None
    if metric == "rowCount":
        percent = rule.get("unit") == "percent"
        return None if percent else [RowCount(bound=bound, severity=weight, line=rule.line) for bound in bounds]
    columns = (name,) if name is not None else _listed(rule, found)
    if metric not in _METRICS or not columns or (len(columns) > 1 and metric != "duplicateValues"):
        return None
    arguments = _arguments(rule, cast("Metric", metric))
    if arguments is None:
        return None
    if len(bounds) == 1 and contract_bounds.allows_none_alone(bounds[0]):
        settled = _settled(rule, metric, columns, found, weight)
        if settled is not None:
            return settled
    return [
        ValueCount(
            metric=cast("Metric", metric), columns=columns, bound=bound, severity=weight, line=rule.line, **arguments
        )
        for bound in bounds
    ]


def _metric(rule: Node) -> str:
    stated = rule.get("metric") or rule.get("rule") or ""
    return _ALIASES.get(str(stated), str(stated))


def _listed(rule: Node, found: _Found) -> tuple[str, ...]:
    """The columns that a rule of the table speaks of, by their names in the data; none where one is not described."""
    listed = rule.at("arguments").get("properties")
    if not isinstance(listed, list) or not listed:
        return ()
    known = [found.names.get(str(name)) for name in listed]
    columns = tuple(dict.fromkeys(name for name in known if name is not None and name in found.columns))
    return columns if len(columns) == len(known) else ()


def _settled(rule: Node, metric: str, columns: tuple[str, ...], found: _Found, weight: Severity) -> list[Demand] | None:
    """A rule that allows nothing, as a property of the column or as a key; ``None`` where it is neither."""
    if len(columns) > 1:
        return [Key(columns=columns, severity=weight, line=rule.line)]
    column = next((found.columns[name] for name in columns if name in found.columns), None)
    if column is None:
        return None
    if metric == "invalidValues":
        allowed = _with_allowed(rule, column, weight)
        if allowed is None:
            return None
        found.columns[column.name] = allowed
        return []
    if metric == "missingValues" and rule.at("arguments").get("missingValues") != [None]:
        return None
    check = _CHECKS[metric]
    rules = _heavier(column, check, Rule(severity=weight, line=rule.line), stated=getattr(column, check))
    if check == "required":
        found.columns[column.name] = replace(column, required=True, rules=rules)
    else:
        found.columns[column.name] = replace(column, unique=True, rules=rules)
    return []


def _with_allowed(rule: Node, column: Column, weight: Severity) -> Column | None:
    given = _arguments(rule, "invalidValues") or {}
    allowed: tuple[Scalar, ...] = given.get("valid", ())
    if set(given) != {"valid"}:
        return None
    if column.allowed:
        before = {identity(value) for value in column.allowed}
        allowed = tuple(value for value in allowed if identity(value) in before)
    if not allowed:
        rule.refuse("allows no value")
    rules = _heavier(column, "allowed_values", Rule(severity=weight, line=rule.line), stated=bool(column.allowed))
    return replace(column, allowed=allowed, rules=rules)


def _heavier(column: Column, check: str, rule: Rule, *, stated: bool) -> Mapping[str, Rule]:
    """The column's rules with this one; a demand stated twice keeps the heavier severity."""
    if stated and column.rule(check).severity == "fail":
        return column.rules
    return {**column.rules, check: rule}


def _arguments(rule: Node, metric: Metric) -> dict[str, Any] | None:
    """What the metric counts, as fields of ``ValueCount``; ``None`` where the rule does not say."""
    arguments = rule.at("arguments")
    if arguments.value is not None and not isinstance(arguments.value, dict):
        arguments.refuse("must be a mapping")
    given = set(arguments.value or {}) - {"properties"}
    if metric == "missingValues":
        at = arguments.at("missingValues")
        if at.value is None or given != {"missingValues"}:
            return None
        listed = scalars(at, _list(at))
        return {"missing": (None, *listed) if None in at.value else listed}
    if metric != "invalidValues":
        return {} if not given else None
    return _validity(rule, arguments, given)


def _validity(rule: Node, arguments: Node, given: set[str]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for key in ("validValues", "pattern"):
        at = arguments.at(key) if arguments.get(key) is not None else rule.at(key)
        if at.value is None:
            continue
        if key == "validValues":
            found["valid"] = scalars(at, _list(at))
        elif isinstance(at.value, str):
            found["pattern"] = pattern(at, at.value)
        else:
            at.refuse("must be a text")
    for key, field in (("minLength", "min_length"), ("maxLength", "max_length")):
        value = arguments.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            found[field] = value
            given = given - {key}
    if found.get("valid") == ():
        rule.refuse("allows no value")
    return found if found and not given - {"validValues", "pattern"} else None


def _list(at: Node) -> list[Any]:
    if not isinstance(at.value, list):
        at.refuse("must be a list")
    return at.value


# -- statements -----------------------------------------------------------------------------------


def _query(rule: Node, name: str | None, found: _Found, weight: Severity) -> list[Demand] | None:
    """The demands of an SQL rule; ``None`` where it says not what its number must be."""
    statement = rule.text("query")
    if len(statement) > _MAX_QUERY_CHARS:
        rule.at("query").refuse(f"is longer than {_MAX_QUERY_CHARS} characters")
    bounds = contract_bounds.read(rule, truth=True)
    if not bounds:
        return None
    said = str(rule.get("name") or rule.get("id") or "")[:100]
    sql = _filled(rule.at("query"), statement, name)
    return [
        Query(name=said, sql=sql, bound=bound, column=name, tables=found.tables, severity=weight, line=rule.line)
        for bound in bounds
    ]


def _filled(at: Node, statement: str, column: str | None) -> str:
    """The statement with the names of the table and of its column in their places."""

    def name(found: re.Match[str]) -> str:
        word = (found[1] or found[2] or found[3]).lower()
        if word in _TABLE_WORDS:
            return "data"
        if word not in _COLUMN_WORDS:
            return found[0]
        if column is None:
            at.refuse(f"`{found[0][:60]}` names no column here", remedy="write the rule below a column")
        return '"' + column.replace('"', '""') + '"'

    return _PLACEHOLDER.sub(name, statement)
