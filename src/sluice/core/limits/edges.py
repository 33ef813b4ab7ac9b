"""`min` and `max`: a value against a number.

They are judged on the value itself, which must rest on ``MIN_TRIALS`` rows or more; its interval is only shown. A value
exactly at its limit is within it.
"""

from __future__ import annotations

from sluice.core.limits.finding import Finding, each, worst_of
from sluice.core.limits.question import Question, unfit
from sluice.core.limits.words import between, shown
from sluice.domain.evaluation import MetricValue
from sluice.domain.margin import measured, stated
from sluice.domain.verdict import Verdict


def judge(asked: Question) -> Finding:
    """The worst value against the limit."""
    return worst_of(each(asked.values, lambda value: unfit(asked, value) or _against(asked, value)), asked.severity)


def _against(asked: Question, value: MetricValue) -> Finding:
    observed, bound, least = value.value, asked.number, asked.limit == "min"
    if observed is None:
        raise AssertionError("unusable values are sorted out before")
    exact, limit = measured(observed), stated(bound)
    within = exact >= limit if least else exact <= limit
    demand = "at least" if least else "at most"
    return Finding(
        verdict=Verdict.PASS if within else Verdict.FAIL,
        code="pass" if within else ("below-min" if least else "above-max"),
        said=f"{shown(observed, bound)}{between(value.ci_low, value.ci_high)}, must be {demand} {bound:g}",
        slice=value.slice,
        observed=observed,
        ci_low=value.ci_low,
        ci_high=value.ci_high,
        ci_level=value.ci_level,
        interval_of="observed" if value.ci_low is not None else "",
        n=value.n,
        badness=-observed if least else observed,
    )
