"""The table has as many rows as the contract says, and at least one whatever it says."""

from __future__ import annotations

from sluice.domain.amounts import amount, in_amounts
from sluice.domain.bounds import bound_text, inside
from sluice.domain.check import Check, Judgement, Measured, Observation, Spec, demand_spec, outside
from sluice.domain.contract import Bound, Contract, RowCount
from sluice.domain.verdict import Verdict

NAME = "row_count"

# An empty table keeps every other promise, so that nobody has to remember to forbid it.
NOT_EMPTY = RowCount(bound=Bound(minimum=1))


def specs(contract: Contract) -> tuple[Spec, ...]:
    """The table is not empty; and the contract's own counts. Of two that say the same, the heavier."""
    demands = list(contract.all(RowCount))
    if not any(demand.severity == "fail" and not inside(demand.bound, 0) for demand in demands):
        demands.insert(0, NOT_EMPTY)
    found: dict[str, Spec] = {}
    for demand in sorted(demands, key=lambda one: one.severity == "warn"):
        spec = demand_spec(NAME, contract, demand, in_amounts(bound_text(demand.bound), "row"))
        found.setdefault(spec.limit, spec)
    return tuple(found.values())


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed is the number of rows."""
    return Observation(observed=measured.n_rows, n_rows=measured.n_rows)


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass where the number is one that the contract allows."""
    demand = spec.demand
    if not isinstance(demand, RowCount) or seen.n_rows != seen.observed:
        return Judgement(verdict=Verdict.ERROR, message="was not measured")
    if inside(demand.bound, seen.n_rows):
        return Judgement(verdict=Verdict.PASS)
    return outside(spec, f"the table has {amount(seen.n_rows, 'row')}" if seen.n_rows else "the table has no rows")


CHECK = Check(name=NAME, specs=specs, observe=observe, judge=judge)
