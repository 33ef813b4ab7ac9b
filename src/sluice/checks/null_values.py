"""The number (or share) of rows without a value is what the contract says; NaN counts as a missing value."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.domain.check import Check, Expr, Spec, Table
from sluice.domain.contract import Contract
from sluice.domain.counted import counted_specs, judge_bound, no_value, observe_count

NAME = "null_values"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every rule ``nullValues`` that allows some."""
    return counted_specs(NAME, contract, "nullValues", "null")


def is_null(table: Table, spec: Spec, kind: str) -> Expr:
    """Which rows have no value."""
    return no_value(table[spec.column])


def aggregates(table: Table, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """How many rows have no value."""
    return {"counted": is_null(table, spec, kind).sum()}


CHECK = Check(name=NAME, specs=specs, aggregates=aggregates, observe=observe_count, judge=judge_bound, fails=is_null)
