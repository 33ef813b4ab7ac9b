"""Checks of how old a time column's values are: all that differs between them is which value counts.

A time without a zone is in UTC, and a date counts from its midnight.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from sluice.domain.amounts import amount
from sluice.domain.check import (
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
from sluice.domain.contract import Contract, Freshness, Retention
from sluice.domain.kinds import TIMESTAMPS
from sluice.domain.verdict import Verdict

_AT_S, _VALUES = "at_s", "values"


def age_check(
    name: str,
    demanded: type[Freshness] | type[Retention],
    limit: str,
    which: Literal["newest", "oldest"],
    *,
    max_ahead_s: float = math.inf,
) -> Check:
    """A check that passes up to and with the greatest age of a column's newest or oldest value.

    ``limit`` says the greatest age (``{}``). A value more than ``max_ahead_s`` ahead of the clock is
    inconclusive. Observed is the age in seconds; ``None`` where there is no value, or none that has one.
    """

    def specs(contract: Contract) -> tuple[Spec, ...]:
        return tuple(
            demand_spec(name, contract, demand, limit.format(_span(demand.max_age_s)), column=demand.column)
            for demand in contract.all(demanded)
        )

    def aggregates(table: Table, spec: Spec, kind: str) -> Mapping[str, Expr]:
        values = table[spec.column]
        one = values.max() if which == "newest" else values.min()
        one = one.cast("timestamp") if kind == "date" else one
        return {_AT_S: one.epoch_seconds(), _VALUES: values.count()}

    def observe(spec: Spec, measured: Measured) -> Observation:
        at_s = measured.values[_AT_S]
        if at_s is None:
            endless = f"holds a time without {'end' if which == 'newest' else 'beginning'}"
            reason = endless if measured.values[_VALUES] else "holds no value"
            return Observation(observed=None, n_rows=measured.n_rows, reason=reason)
        return Observation(observed=round(measured.now.timestamp() - float(at_s), 3), n_rows=measured.n_rows)

    def judge(spec: Spec, seen: Observation) -> Judgement:
        demand, age_s = spec.demand, seen.observed
        if seen.reason or not isinstance(demand, demanded) or isinstance(age_s, str | bool | None):
            return Judgement(verdict=Verdict.ERROR, message=seen.reason or "was not measured")
        if not math.isfinite(age_s):
            return Judgement(verdict=Verdict.ERROR, message="was not measured")
        if age_s < -max_ahead_s:
            said = f"the {which} value lies {duration(-age_s)} ahead of now"
            return Judgement(verdict=Verdict.INCONCLUSIVE, message=said)
        if age_s <= demand.max_age_s:
            return Judgement(verdict=Verdict.PASS)
        return outside(spec, f"the {which} value is {duration(age_s)} old; {duration(demand.max_age_s)} are allowed")

    return Check(name=name, specs=specs, unfit=_unfit, aggregates=aggregates, observe=observe, judge=judge)


def _unfit(spec: Spec, kind: str) -> str:
    return "" if kind in ("date", *TIMESTAMPS) else f"not measured: a column of {kind} holds no times"


def _span(seconds: float) -> str:
    """A span of time to the second, in the largest unit that divides it, such as ``36 hours``."""
    for unit, length_s in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length_s and seconds % length_s == 0:
            return amount(int(seconds // length_s), unit)
    return f"{seconds:.12g} seconds"


def duration(seconds: float) -> str:
    """A span of time in the largest unit that it fills, such as ``2.5 days``."""
    for unit, length_s in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= length_s:
            count = seconds / length_s
            return f"{count:.1f} {unit}" if count < 100 else f"{count:.0f} {unit}"
    return f"{seconds:.1f} seconds"
