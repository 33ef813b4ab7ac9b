"""The table has as many rows as the contract says, and at least one whatever it says."""

from __future__ import annotations

from sluice.domain.check import Check, Judgement, Measured, Observation, Spec, outside
from sluice.domain.contract import Contract, RowCount
from sluice.domain.verdict import Verdict

NAME = "row_count"

# An empty table keeps every other promise, so that nobody has to remember to forbid it.
NOT_EMPTY = RowCount(minimum=1)


def specs(contract: Contract) -> tuple[Spec, ...]:
    """The table is not empty; and the contract's own count, where it has one."""
    own = contract.row_count
    if own is None or (own.severity == "warn" and limit_text(own) == limit_text(NOT_EMPTY)):
        demands = [NOT_EMPTY]
    elif own.severity == "fail" and (own.minimum or 0) >= 1:
        demands = [own]
    else:
        demands = [NOT_EMPTY, own]
    return tuple(
        Spec(
            check=NAME,
            column=None,
            limit=limit_text(demand),
            severity=demand.severity,
            line=demand.line,
            demand=demand,
        )
        for demand in demands
    )


def limit_text(demand: RowCount) -> str:
    """The count as people say it."""
    if demand.minimum is not None and demand.maximum is not None:
        return f"{demand.minimum} to {demand.maximum} rows"
    if demand.minimum is not None:
        return f"at least {demand.minimum} rows"
    return "any number of rows" if demand.maximum is None else f"at most {demand.maximum} rows"


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed is the number of rows."""
    return Observation(observed=measured.n_rows, n_rows=measured.n_rows)


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass within the limits, both of which belong to the range."""
    demand = spec.demand
    if not isinstance(demand, RowCount) or seen.n_rows != seen.observed:
        return Judgement(verdict=Verdict.ERROR, message="was not measured")
    low = demand.minimum is None or demand.minimum <= seen.n_rows
    high = demand.maximum is None or seen.n_rows <= demand.maximum
    if low and high:
        return Judgement(verdict=Verdict.PASS)
    return outside(spec, f"the table has {seen.n_rows:,} rows" if seen.n_rows else "the table has no rows")


CHECK = Check(name=NAME, specs=specs, observe=observe, judge=judge)
