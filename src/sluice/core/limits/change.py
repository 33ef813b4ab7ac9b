"""How much worse a candidate is than its baseline, once the evidence of it holds together.

Nobody vouches for a comparison: its difference must be candidate minus baseline, its interval one of the level that is
asked for and around the difference, its numbers within the metric's range, its rows enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from sluice.core.limits.finding import Finding, each, unknown, wrong
from sluice.core.limits.question import Question, too_few, unusable
from sluice.core.limits.words import CONFIDENCE
from sluice.core.metric_files import POINT
from sluice.domain.evaluation import Comparison, MetricValue
from sluice.domain.margin import margin, measured
from sluice.domain.metric import LEVEL, Metric, outside

CONSISTENT = 1e-9
"""How far a stated difference may be from the exact one, relative to the size of its terms: rounding, no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A comparison that holds together; ``worse`` and its interval are positive where the candidate is the worse one.

    ``least`` and ``most`` are ``None`` for two plain numbers. ``exact`` is ``worse`` in decimal numbers.
    """

    compared: Comparison
    value: MetricValue
    worse: float
    exact: Decimal
    least: float | None = None
    most: float | None = None


def changes(asked: Question, judged: Callable[[Change], Finding]) -> list[Finding]:
    """A finding for every slice: ``judged`` of its change, or why there is none to judge."""
    if told := misdirected(asked.limit, asked.known):
        return [wrong("direction", told)]
    by_slice: dict[str, Comparison] = {}
    for found in asked.comparisons:
        if found.slice in by_slice:
            return [wrong("evidence", "the evidence states the comparison twice", found.slice)]
        by_slice[found.slice] = found
    known = {value.slice for value in asked.values}
    stray = next((slice_ for slice_ in by_slice if slice_ not in known), None)
    if stray is not None:
        return [unknown("missing-evidence", "there is a comparison but no value", stray)]

    def one(value: MetricValue) -> Finding:
        found = unusable(asked, value) or _change(asked, value, by_slice.get(value.slice))
        return found if isinstance(found, Finding) else judged(found)

    return each(asked.values, one)


def margin_of(asked: Question, change: Change) -> Decimal | Finding:
    """The margin in the metric's unit.

    A share of the baseline's value means something only where that value is surely not 0: its interval, of the
    candidate's width and the difference's together, must hold values of one sign.
    """
    written = margin(asked.bound)
    baseline = change.compared.baseline
    if written is None or baseline is None:
        # What the decoder refuses: no policy that it has read gets here.
        raise AssertionError(f"`{asked.limit}` is neither a number nor a share")
    # What serving takes is above 0 by its nature, however wide its interval is.
    if written.relative and (doubt := _no_share(change, baseline)) and not (asked.served and baseline > 0):
        return unknown("not-enough-evidence", f"{doubt}, so no share of it can be told", change.compared.slice)
    return written.of(baseline)


def _no_share(change: Change, baseline: float) -> str:
    if baseline == 0:
        return "the baseline's value is 0"
    value, worse = change.value, change.worse
    if change.least is None or change.most is None:
        return ""
    if value.value is None or value.ci_low is None or value.ci_high is None or value.ci_level != LEVEL:
        return "the interval of the baseline's value is not known"
    # The wider side of either interval on both sides: which side of the difference is worse does not matter here.
    half = max(abs(value.value - value.ci_low), abs(value.ci_high - value.value))
    reach = math.hypot(half, max(abs(worse - change.least), abs(change.most - worse)))
    return "" if reach < abs(baseline) else "the baseline's value may be 0 or of the other sign"


def misdirected(limit: str, metric: Metric | None) -> str:
    """Why a limit on a difference means nothing for a metric; empty where it does."""
    if metric is None:
        return "whether more or less is better is not known: say it in `evaluation.directions`, or use `min` or `max`"
    if limit == "max_drop" and metric.direction == "lower":
        return "lower is better, so that a drop does no harm; use `max_rise`"
    if limit == "max_rise" and metric.direction == "higher":
        return "higher is better, so that a rise does no harm; use `max_drop`"
    return ""


def _change(asked: Question, value: MetricValue, compared: Comparison | None) -> Change | Finding:
    if compared is None:
        return unknown("no-baseline", "there is no baseline to compare with", value.slice)
    if compared.candidate is None or compared.baseline is None or compared.difference is None:
        code = "not-enough-evidence" if compared.candidate is None else "no-baseline"
        return unknown(code, compared.reason or "there is no baseline to compare with", value.slice)
    metric = asked.known
    if metric is None:
        return wrong("direction", "whether more or less is better is not known", value.slice)
    if told := outside(metric, compared.candidate) or outside(metric, compared.baseline):
        return wrong("range", told, value.slice)
    actual = compared.candidate - compared.baseline
    if not abs(compared.difference - actual) <= CONSISTENT * max(1.0, abs(compared.candidate), abs(compared.baseline)):
        return wrong("evidence", "the stated difference is not candidate minus baseline", value.slice)
    sign = -1 if metric.direction == "higher" else 1
    exact = sign * (measured(compared.candidate) - measured(compared.baseline))
    worse = sign * compared.difference
    if compared.method == POINT and asked.plain:
        return Change(compared=compared, value=value, worse=worse, exact=exact)
    ends = _ends(asked, compared)
    if isinstance(ends, Finding):
        return ends
    least, most = sorted(sign * end for end in ends)
    return Change(compared=compared, value=value, worse=worse, exact=exact, least=least, most=most)


def _ends(asked: Question, compared: Comparison) -> tuple[float, float] | Finding:
    low, high, difference = compared.ci_low, compared.ci_high, compared.difference
    if compared.method == POINT:
        said = "the policy has it measured, and the evidence compares plain numbers"
        return unknown("missing-evidence", said, compared.slice)
    if low is None or high is None or difference is None or compared.ci_level is None:
        said = compared.reason or "the difference has no interval"
        return unknown("not-enough-evidence", said, compared.slice)
    slack = CONSISTENT * max(1.0, abs(difference))
    if compared.ci_level != LEVEL or not low - slack <= difference <= high + slack:
        return wrong("evidence", f"the interval is not one of {CONFIDENCE} around the difference", compared.slice)
    return too_few(asked, compared.n, compared.slice, needed=True) or (low, high)
