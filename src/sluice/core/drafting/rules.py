"""Demands as quality rules of the Open Data Contract Standard."""

from __future__ import annotations

from collections.abc import Iterator

from sluice.core.drafting.yaml_text import Entry, Mapping, Node, Word, mapping
from sluice.domain.contract import Bound, Column, Query, RowCount, Scalar, ValueCount
from sluice.domain.drift_limits import Severity

_NONE = Bound(minimum=0, maximum=0)


def row_count(demand: RowCount, above: tuple[str, ...] = ()) -> Iterator[Mapping]:
    """The number of rows: one rule, or one for each end that does not belong to the range."""
    yield from _rules((Entry(key="metric", value=Word("rowCount")),), demand.bound, demand.severity, above)


def value_count(demand: ValueCount) -> Iterator[Mapping]:
    """How many values are null, missing, invalid or duplicate; of several columns only duplicates are counted."""
    stated: list[Entry] = []
    if len(demand.columns) > 1:
        stated.append(Entry(key="properties", value=demand.columns))
    if demand.missing:
        stated.append(Entry(key="missingValues", value=demand.missing))
    if demand.valid:
        stated.append(Entry(key="validValues", value=demand.valid))
    if demand.pattern:
        stated.append(Entry(key="pattern", value=demand.pattern))
    stated += [
        Entry(key=key, value=length)
        for key, length in (("minLength", demand.min_length), ("maxLength", demand.max_length))
        if length is not None
    ]
    head = [Entry(key="metric", value=Word(demand.metric))]
    head += [Entry(key="arguments", value=mapping(*stated))] if stated else []
    head += [Entry(key="unit", value=Word("percent"))] if demand.bound.unit == "percent" else []
    yield from _rules(tuple(head), demand.bound, demand.severity)


def query(demand: Query) -> Iterator[Mapping]:
    """One SQL statement and its bound."""
    head = (
        Entry(key="type", value=Word("sql")),
        Entry(key="name", value=demand.name),
        Entry(key="query", value=demand.sql),
    )
    yield from _rules(head, demand.bound, demand.severity)


def no_combination_twice(columns: tuple[str, ...], severity: Severity) -> Iterator[Mapping]:
    """A key of several columns that is not the primary one."""
    yield from value_count(ValueCount(metric="duplicateValues", columns=columns, bound=_NONE, severity=severity))


def of_column(column: Column, above: tuple[str, ...] = ()) -> Iterator[Mapping]:
    """The demands of a column that weigh otherwise than the column itself, and its allowed values."""
    for check, stated, metric in (
        ("required", column.required, "nullValues"),
        ("unique", column.unique, "duplicateValues"),
    ):
        severity = column.rule(check).severity
        if stated and severity != column.severity:
            yield from _rules((Entry(key="metric", value=Word(metric)),), _NONE, severity)
    if column.allowed:
        yield from _allowed(column.allowed, column.rule("allowed_values").severity, above)


def _allowed(values: tuple[Scalar, ...], severity: Severity, above: tuple[str, ...]) -> Iterator[Mapping]:
    head = (
        Entry(key="metric", value=Word("invalidValues")),
        Entry(key="arguments", value=mapping(Entry(key="validValues", value=values))),
    )
    yield from _rules(head, _NONE, severity, above)


def _rules(head: tuple[Entry, ...], bound: Bound, severity: Severity, above: tuple[str, ...] = ()) -> Iterator[Mapping]:
    for index, operator in enumerate(_operators(bound)):
        weight = Entry(key="severity", value=Word("warning")) if severity == "warn" else None
        yield mapping(*head, operator, weight, above=above if index == 0 else ())


def _operators(bound: Bound) -> Iterator[Entry]:
    """The comparisons that together say the bound; several only where an end does not belong to the range."""
    low, high = bound.minimum, bound.maximum
    if low is not None and high is not None and not (bound.exclusive_minimum or bound.exclusive_maximum):
        word = "mustNotBe" if bound.negated else "mustBe"
        pair: Node = _whole(low) if low == high else (_whole(low), _whole(high))
        yield Entry(key=word if low == high else f"{word}Between", value=pair)
        return
    if bound.negated and low is not None and high is not None:
        raise ValueError("no rule says that a value must be outside of a range whose ends do not belong to it")
    # To be outside of a range without one of its ends is to be on the other side of the one it has.
    if low is not None:
        word = ("LessThan", "LessOrEqualTo") if bound.negated else ("GreaterOrEqualTo", "GreaterThan")
        yield Entry(key=f"mustBe{word[bound.exclusive_minimum]}", value=_whole(low))
    if high is not None:
        word = ("GreaterThan", "GreaterOrEqualTo") if bound.negated else ("LessOrEqualTo", "LessThan")
        yield Entry(key=f"mustBe{word[bound.exclusive_maximum]}", value=_whole(high))


def _whole(value: float) -> float:
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else value
