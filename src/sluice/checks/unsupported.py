"""What the contract demands and this version cannot measure: said, and never passed."""

from __future__ import annotations

from sluice.domain.check import Check, Judgement, Measured, Observation, Spec, demand_spec
from sluice.domain.contract import Contract, Unsupported
from sluice.domain.verdict import Verdict

NAME = "unsupported"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every such demand."""
    return tuple(
        demand_spec(NAME, contract, demand, demand.what, column=demand.column) for demand in contract.all(Unsupported)
    )


def observe(spec: Spec, measured: Measured) -> Observation:
    """There is nothing to observe."""
    return Observation(observed=None, n_rows=measured.n_rows)


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Always inconclusive, whatever its severity: what was not measured is not softened."""
    return Judgement(verdict=Verdict.INCONCLUSIVE, message="this version of Sluice cannot measure this demand")


CHECK = Check(name=NAME, specs=specs, observe=observe, judge=judge, needs_column=False)
