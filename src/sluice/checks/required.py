"""The column has a value in every row; NaN counts as a missing value."""

from __future__ import annotations

from sluice.domain.check import (
    Expr,
    Spec,
    Table,
    column_spec,
)
from sluice.domain.contract import Column, Contract
from sluice.domain.kinds import is_float
from sluice.domain.row_check import row_check

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


CHECK = row_check(NAME, specs, is_missing, lambda spec: "have no value")
