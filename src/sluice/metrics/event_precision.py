"""Precision of alarms: the share of them that an event follows in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Family, Labels, Metric, Undefined, weight_of
from sluice.metrics.event_recall import MAX_TOLERANCE_S, SOURCE, WHEN

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def event_precision(tolerance_s: float) -> Metric:
    """The precision of alarms that may be raised so many seconds before their event."""

    def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
        """Right alarms / alarms, 0 to 1; raises ``Undefined`` where there is no alarm."""
        from sluice.domain.alarms import warned

        found = warned(y, p, tolerance_s)
        if weight_of(found.alarms, w) <= 0:
            raise Undefined("needs alarms; no row is predicted to be one")
        return weight_of(found.right, w) / weight_of(found.alarms, w)

    def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
        """Influence values of a ratio: an alarm counts at the row where it is raised."""
        from sluice.domain import stats
        from sluice.domain.alarms import warned

        found = warned(y, p, tolerance_s)
        return stats.ratio_influence(found.right, found.alarms, w)

    def trials(y: Labels, p: Labels, w: FloatArray | None) -> float:
        """Alarms."""
        from sluice.domain import stats
        from sluice.domain.alarms import warned

        return stats.effective_rows(warned(y, p, tolerance_s).alarms * stats.relative_weights(w, len(y)))

    return Metric(
        name=f"event_precision@{tolerance_s:.12g}",
        tasks=("events",),
        direction="higher",
        low=0.0,
        high=1.0,
        needs=("prediction", "time", "group"),
        counted=True,
        value=value,
        influence=influence,
        trials=trials,
        definition="Alarms that count for an event / alarms. "
        f"{WHEN.format(tolerance=f'{tolerance_s:.12g}')} A second alarm for one event is a false one.",
        assumptions="Alarms are independent; an alarm weighs what its first row weighs.",
        source=f"{SOURCE} Interval: Wilson 1927.",
    )


EVENT_PRECISION = Family(
    name="event_precision", parameter="seconds", low=0, high=MAX_TOLERANCE_S, usual=3600, unasked=False,
    make=event_precision,
)  # fmt: skip
