"""The column has a value in every row; NaN counts as a missing value."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.domain.check import (
    Check,
    Expr,
    Judgement,
    Measured,
    Observation,
    Spec,
    Table,
    column_spec,
    is_float,
    judge_count,
)
from sluice.domain.contract import Column, Contract

NAME = "required"
LIMIT = "no missing values"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every required column."""
    return tuple(column_spec(NAME, column, LIMIT) for column in contract.columns if column.required)


def is_missing(table: Table, spec: Spec, kind: str) -> Expr:
    """Which rows have no value: null, or NaN in a column of floats.

    A column within another is only asked for where the outer one has a value.
    """
    column = table[spec.column]
    missing = column.isnull() | column.isnan() if is_float(kind) else column.isnull()
    path = spec.demand.path if isinstance(spec.demand, Column) else ()
    if not path:
        return missing
    outer = table[path[0]]
    for name in path[1:-1]:
        outer = outer[name]
    return missing & outer.notnull()


def aggregates(table: Table, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """The number of missing values."""
    return {"missing": is_missing(table, spec, kind).sum()}


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed and failed are both the number of missing values."""
    missing = int(measured.values["missing"] or 0)
    return Observation(observed=missing, n_rows=measured.n_rows, n_failed=missing)


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass where nothing is missing."""
    return judge_count(spec, seen, "have no value")


CHECK = Check(name=NAME, specs=specs, aggregates=aggregates, observe=observe, judge=judge, fails=is_missing)
