"""The number (or share) of rows that repeat an earlier value, or combination of values, is what the contract says.

Rows in which a value is missing are not compared. Exact, not estimated.
"""

from __future__ import annotations

from collections.abc import Mapping

from sluice.checks.key import complete, repeated_in
from sluice.domain.check import Check, Expr, Measured, Observation, Spec, Table, Tables
from sluice.domain.contract import Contract
from sluice.domain.counted import counted_specs, judge_bound, no_value, rule_of

NAME = "duplicate_values"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every rule ``duplicateValues`` that allows some."""
    return counted_specs(NAME, contract, "duplicateValues", "duplicate")


def aggregates(table: Table, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """The number of values, and of different ones, of one column."""
    if spec.column is None:
        return {}
    values = table[spec.column]
    where = ~no_value(values) if values.type().is_floating() else None
    return {"values": values.count(where=where), "distinct": values.nunique(where=where)}


def asks(tables: Tables, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """The number of combinations, and of different ones, of several columns."""
    if spec.column is not None:
        return {}
    rows = complete(tables.own, rule_of(spec).columns)
    return {"values": rows.count(), "distinct": rows.distinct().count()}


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed and failed are both the number of rows that repeat an earlier one."""
    repeated = int(measured.values["values"] or 0) - int(measured.values["distinct"] or 0)
    return Observation(observed=repeated, n_rows=measured.n_rows, n_failed=repeated)


def failing(table: Table, spec: Spec, kind: str) -> Table:
    """The values, or combinations, that come more than once."""
    return repeated_in(table, rule_of(spec).columns)


CHECK = Check(
    name=NAME, specs=specs, aggregates=aggregates, asks=asks, observe=observe, judge=judge_bound, failing=failing
)
