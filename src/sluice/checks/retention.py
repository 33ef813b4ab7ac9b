"""The oldest value of a time column is not older than the contract lets data be kept.

A time without a zone is in UTC, and a date counts from its midnight.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from sluice.checks.freshness import duration
from sluice.checks.freshness import unfit as holds_no_times
from sluice.domain.check import Check, Expr, Judgement, Measured, Observation, Spec, Table, demand_spec, outside
from sluice.domain.contract import Contract, Retention
from sluice.domain.verdict import Verdict

NAME = "retention"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every column whose values may only be kept for a time."""
    return tuple(
        demand_spec(NAME, contract, demand, f"kept for at most {demand.max_age_s:g} s", column=demand.column)
        for demand in contract.all(Retention)
    )


def aggregates(table: Table, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """The oldest value in seconds since 1970, and whether there is any."""
    values = table[spec.column]
    oldest = values.min().cast("timestamp") if kind == "date" else values.min()
    return {"oldest_s": oldest.epoch_seconds(), "values": values.count()}


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed is the age in seconds of the oldest value; ``None`` where there is none."""
    oldest_s = measured.values["oldest_s"]
    if oldest_s is None:
        reason = "holds a time without beginning" if measured.values["values"] else "holds no value"
        return Observation(observed=None, n_rows=measured.n_rows, reason=reason)
    return Observation(observed=round(measured.now.timestamp() - float(oldest_s), 3), n_rows=measured.n_rows)


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass up to and with the greatest age."""
    demand, age_s = spec.demand, seen.observed
    if seen.reason or not isinstance(demand, Retention) or isinstance(age_s, str | bool | None):
        return Judgement(verdict=Verdict.ERROR, message=seen.reason or "was not measured")
    if not math.isfinite(age_s):
        return Judgement(verdict=Verdict.ERROR, message="was not measured")
    if age_s <= demand.max_age_s:
        return Judgement(verdict=Verdict.PASS)
    return outside(spec, f"the oldest value is {duration(age_s)} old; {duration(demand.max_age_s)} are allowed")


CHECK = Check(name=NAME, specs=specs, unfit=holds_no_times, aggregates=aggregates, observe=observe, judge=judge)
