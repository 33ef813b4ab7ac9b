"""What was measured as evidence states it: values and comparisons with their intervals, or why there are none."""

from __future__ import annotations

from sluice.core.reach import Measured
from sluice.domain.evaluation import Comparison, MetricValue
from sluice.domain.metric import LEVEL
from sluice.domain.stats import Interval


def value_of(measured: Measured, found: Interval | str, label: str) -> MetricValue:
    """A metric on the slice of that label, with its interval or why there is none."""
    metric = measured.metric
    low, high, level, reason = _ends(found)
    return MetricValue(
        metric=metric.name,
        slice=label,
        value=measured.value,
        ci_low=low,
        ci_high=high,
        ci_level=level,
        n=measured.n,
        trials=measured.rests_on,
        unit=metric.unit,
        direction=metric.direction,
        reason=f"no interval: {reason}" if reason and measured.value is not None else reason,
        reason_code=measured.reason_code,
    )


def comparison_of(
    ours: Measured, theirs: Measured, found: Interval | str, label: str, *, method: str, p_value: float | None
) -> Comparison:
    """Candidate against baseline on the slice of that label; ``p_value`` counts where there is an interval."""
    low, high, level, reason = _ends(found)
    both = None if ours.value is None or theirs.value is None else ours.value - theirs.value
    return Comparison(
        metric=ours.metric.name,
        slice=label,
        candidate=ours.value,
        baseline=theirs.value,
        difference=both,
        ci_low=low,
        ci_high=high,
        ci_level=level,
        p_value=None if isinstance(found, str) else p_value,
        n=min(ours.n, theirs.n),
        method=method,
        direction=ours.metric.direction,
        reason=f"no interval: {reason}" if reason and both is not None else reason,
    )


def _ends(found: Interval | str) -> tuple[float | None, float | None, float | None, str]:
    """Low end, high end, level and reason of an interval or of the want of one."""
    return (None, None, None, found) if isinstance(found, str) else (found.low, found.high, LEVEL, "")
