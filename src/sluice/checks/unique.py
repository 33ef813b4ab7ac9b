"""No value of the column comes twice; missing values are not compared. Exact, not estimated."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.checks.required import is_missing
from sluice.domain.check import (
    Check,
    Expr,
    Judgement,
    Measured,
    Observation,
    Spec,
    Table,
    column_spec,
    judge_count,
)
from sluice.domain.contract import Contract
from sluice.domain.kinds import is_float

NAME = "unique"
LIMIT = "no value twice"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every unique column."""
    return tuple(column_spec(NAME, column, LIMIT) for column in contract.columns if column.unique)


def aggregates(table: Table, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """The number of values, and of different ones."""
    column = table[spec.column]
    where = ~is_missing(table, spec, kind) if is_float(kind) else None
    return {"values": column.count(where=where), "distinct": column.nunique(where=where)}


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed and failed are both the number of rows that repeat an earlier value."""
    repeated = int(measured.values["values"] or 0) - int(measured.values["distinct"] or 0)
    return Observation(observed=repeated, n_rows=measured.n_rows, n_failed=repeated)


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass where nothing repeats."""
    return judge_count(spec, seen, "repeat a value")


def failing(table: Table, spec: Spec, kind: str) -> Table:
    """The values that come more than once."""
    present = table.filter(~is_missing(table, spec, kind)).select(value=table[spec.column])
    counted = present.group_by("value").aggregate(n=present.count())
    return counted.filter((counted["n"] > 1) & counted["value"].notnull()).select("value")


CHECK = Check(name=NAME, specs=specs, aggregates=aggregates, observe=observe, judge=judge, failing=failing)
