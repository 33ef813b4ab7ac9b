"""The newest value of a time column is not older than the contract allows.

A time without a zone is in UTC, and a date counts from its midnight.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from sluice.domain.check import (
    TIMESTAMPS,
    Check,
    Expr,
    Judgement,
    Measured,
    Observation,
    Spec,
    Table,
    demand_spec,
    outside,
)
from sluice.domain.contract import Contract, Freshness
from sluice.domain.verdict import Verdict

NAME = "freshness"

# Zones reach 14 hours beyond UTC; what lies further ahead is no clock's difference, and would stay fresh for long.
MAX_AHEAD_S = 86_400.0


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every column with a greatest age."""
    return tuple(
        demand_spec(NAME, contract, demand, f"at most {demand.max_age_s:g} s old", column=demand.column)
        for demand in contract.all(Freshness)
    )


def unfit(spec: Spec, kind: str) -> str:
    """Why the column has no age."""
    return "" if kind in ("date", *TIMESTAMPS) else f"not measured: a column of {kind} holds no times"


def aggregates(table: Table, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """The newest value in seconds since 1970, and whether there is any."""
    values = table[spec.column]
    newest = values.max().cast("timestamp") if kind == "date" else values.max()
    return {"newest_s": newest.epoch_seconds(), "values": values.count()}


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed is the age in seconds of the newest value; ``None`` where there is none."""
    newest_s = measured.values["newest_s"]
    if newest_s is None:
        reason = "holds a time without end" if measured.values["values"] else "holds no value"
        return Observation(observed=None, n_rows=measured.n_rows, reason=reason)
    return Observation(observed=round(measured.now.timestamp() - float(newest_s), 3), n_rows=measured.n_rows)


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass up to and with the greatest age; a newest value over a day ahead of the clock is inconclusive."""
    demand, age_s = spec.demand, seen.observed
    if seen.reason or not isinstance(demand, Freshness) or isinstance(age_s, str | bool | None):
        return Judgement(verdict=Verdict.ERROR, message=seen.reason or "was not measured")
    if not math.isfinite(age_s):
        return Judgement(verdict=Verdict.ERROR, message="was not measured")
    if age_s < -MAX_AHEAD_S:
        return Judgement(verdict=Verdict.INCONCLUSIVE, message=f"the newest value lies {duration(-age_s)} ahead of now")
    if age_s <= demand.max_age_s:
        return Judgement(verdict=Verdict.PASS)
    return outside(spec, f"the newest value is {duration(age_s)} old; {duration(demand.max_age_s)} are allowed")


def duration(seconds: float) -> str:
    """A span of time in the largest unit that it fills, such as ``2.5 days``."""
    for unit, length_s in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= length_s:
            count = seconds / length_s
            return f"{count:.1f} {unit}" if count < 100 else f"{count:.0f} {unit}"
    return f"{seconds:.1f} seconds"


CHECK = Check(name=NAME, specs=specs, unfit=unfit, aggregates=aggregates, observe=observe, judge=judge)
