"""Every value of the column lies between the contract's minimum and maximum.

Missing values are not in question; NaN and infinite values are outside every range.
"""

from __future__ import annotations

from collections.abc import Mapping

from sluice.domain.check import (
    TIMESTAMPS,
    Check,
    Expr,
    Judgement,
    Measured,
    Observation,
    Spec,
    Table,
    column_of,
    column_spec,
    is_float,
    is_number,
    judge_count,
    moment,
)
from sluice.domain.contract import Column, Contract, Scalar

NAME = "value_range"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every column with a minimum, a maximum or both."""
    bounded = (column for column in contract.columns if column.minimum is not None or column.maximum is not None)
    return tuple(column_spec(NAME, column, limit_text(column)) for column in bounded)


def limit_text(column: Column) -> str:
    """The range as people write it, such as ``0 <= value < 10``."""
    low = "" if column.minimum is None else f"{column.minimum} {'<' if column.exclusive_minimum else '<='} "
    high = "" if column.maximum is None else f" {'<' if column.exclusive_maximum else '<='} {column.maximum}"
    return f"{low}value{high}"


def unfit(spec: Spec, kind: str) -> str:
    """Why the column's values cannot be compared with the limits."""
    column = column_of(spec)
    stated = [bound for bound in (column.minimum, column.maximum) if bound is not None]
    if all(comparable(bound, kind) is not None for bound in stated):
        return ""
    return f"not measured: a column of {kind} does not compare with {' and '.join(map(str, stated))}"


def comparable(bound: Scalar, kind: str) -> Expr | None:
    """The bound as a value of the column's kind; ``None`` where they do not compare."""
    if isinstance(bound, str):
        return moment(bound, kind) if kind in ("date", *TIMESTAMPS) else None
    return bound if is_number(kind) and not isinstance(bound, bool) else None


def is_outside(table: Table, spec: Spec, kind: str) -> Expr:
    """Which rows hold a value outside the range."""
    column, values = column_of(spec), table[spec.column]
    tests: list[Expr] = []
    if column.minimum is not None:
        low = comparable(column.minimum, kind)
        tests.append(values <= low if column.exclusive_minimum else values < low)
    if column.maximum is not None:
        high = comparable(column.maximum, kind)
        tests.append(values >= high if column.exclusive_maximum else values > high)
    if is_float(kind):
        tests += [values.isnan(), values.isinf()]
    failed = tests[0]
    for test in tests[1:]:
        failed = failed | test
    return failed


def aggregates(table: Table, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """How many values are outside; and the extremes, as text, since they may be times, unless values stay hidden."""
    counted = {"outside": is_outside(table, spec, kind).sum()}
    if spec.sensitive:
        return counted
    values = table[spec.column]
    return counted | {"low": values.min().cast("string"), "high": values.max().cast("string")}


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed are the extremes, ``LOW to HIGH``; for sensitive columns, and where there are none, nothing."""
    low, high = measured.values.get("low"), measured.values.get("high")
    extremes = None if low is None or high is None else f"{low} to {high}"
    failed = int(measured.values["outside"] or 0)
    return Observation(observed=extremes, n_rows=measured.n_rows, n_failed=failed)


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass where nothing is outside."""
    return judge_count(spec, seen, "lie outside the range")


def failing(table: Table, spec: Spec, kind: str) -> Table:
    """The values outside the range."""
    return table.filter(is_outside(table, spec, kind)).select(value=table[spec.column])


CHECK = Check(name=NAME, specs=specs, unfit=unfit, aggregates=aggregates, observe=observe, judge=judge, failing=failing)
