"""The number (or share) of rows with a value that stands for a missing one is what the contract says.

The contract lists such values, as ``""`` or ``N/A``; null is one where it is listed, and NaN then too. A value that
the column's type does not have is in no row.
"""

from __future__ import annotations

from collections.abc import Mapping

from sluice.checks.allowed_values import comparable
from sluice.domain.check import Check, Expr, Spec, Table
from sluice.domain.contract import Contract
from sluice.domain.counted import counted_specs, judge_bound, no_value, observe_count, rule_of

NAME = "missing_values"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every rule ``missingValues``."""
    return counted_specs(NAME, contract, "missingValues", "missing")


def is_missing(table: Table, spec: Spec, kind: str) -> Expr:
    """Which rows hold one of the values."""
    rule, values = rule_of(spec), table[spec.column]
    listed = [found for value in rule.missing if value is not None and (found := comparable(value, kind)) is not None]
    lacking = no_value(values) if None in rule.missing else None
    if not listed:
        return values.isnull() & values.notnull() if lacking is None else lacking
    among = values.isin(listed).fill_null(False)
    return among if lacking is None else among | lacking


def aggregates(table: Table, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """How many rows hold one of the values."""
    return {"counted": is_missing(table, spec, kind).sum()}


CHECK = Check(name=NAME, specs=specs, aggregates=aggregates, observe=observe_count, judge=judge_bound, fails=is_missing)
