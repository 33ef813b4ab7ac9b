"""`max_gap`: best and worst slice against each other, for one metric or for the rates that fairness compares.

It is judged on the gap itself, between slices that all rest on enough rows. The interval that is shown holds the gap
between any two slices: each slice's interval is widened to the level of one among all (Bonferroni), the gap is at least
as large as from the highest lower end to the lowest upper end, and at most as from the highest upper end to the lowest
lower end. It errs on the wide side.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sluice.core.limits.families import wider
from sluice.core.limits.finding import Finding, each, unknown, worst_of
from sluice.core.limits.question import Question, unfit
from sluice.core.limits.words import between, short
from sluice.domain.evaluation import MetricValue
from sluice.domain.margin import measured, stated
from sluice.domain.metric import LEVEL
from sluice.domain.verdict import Verdict
from sluice.metrics import metric_named


def judge(asked: Question) -> Finding:
    """The gap between the best and the worst slice."""
    worst = worst_of(each(asked.values, lambda value: unfit(asked, value) or _usable(value)))
    if not worst.verdict.opens:
        return worst
    usable = sorted((value.value, value.slice) for value in asked.values if value.value is not None)
    if len(usable) < 2:
        return unknown("not-enough-evidence", "there is one slice only, a gap needs two", usable[0][1])
    (low, lowest), (high, highest) = usable[0], usable[-1]
    gap, exact, bound = high - low, measured(high) - measured(low), asked.number
    within = exact <= stated(bound)
    ends = interval(asked.values)
    least, most = ends or (None, None)
    return Finding(
        verdict=Verdict.PASS if within else Verdict.FAIL,
        code="pass" if within else "gap",
        said=f"the gap of {_shown(gap, exact, bound)}{between(least, most)} between {low:.4g} ({lowest}) and "
        f"{high:.4g} ({highest}) must be at most {bound:g}",
        observed=gap,
        ci_low=least,
        ci_high=most,
        ci_level=LEVEL if ends else None,
        interval_of="observed" if ends else "",
        n=min((value.n for value in asked.values if value.n is not None), default=None),
        badness=gap,
    )


def interval(values: Sequence[MetricValue]) -> tuple[float, float] | None:
    """An interval of the gap between best and worst slice; ``None`` where a slice has no interval around its value."""
    factor = wider(len(values))
    ends = [_ends(value, factor) for value in values]
    known = [pair for pair in ends if pair is not None]
    if len(known) < len(ends):
        return None
    lows, highs = [low for low, _ in known], [high for _, high in known]
    return max(0.0, max(lows) - min(highs)), max(highs) - min(lows)


def _ends(value: MetricValue, factor: float) -> tuple[float, float] | None:
    at, low, high = value.value, value.ci_low, value.ci_high
    if at is None or low is None or high is None or value.ci_level != LEVEL or not low <= at <= high:
        return None
    metric = metric_named(value.metric)
    low, high = at - (at - low) * factor, at + (high - at) * factor
    return (max(low, metric.low), min(high, metric.high)) if metric is not None else (low, high)


def _usable(value: MetricValue) -> Finding:
    return Finding(verdict=Verdict.PASS, code="pass", said="", slice=value.slice)


def _shown(gap: float, exact: Decimal, bound: float) -> str:
    brief = short(gap)
    return f"{exact.normalize():f}" if float(brief) == bound and exact != stated(bound) else brief
