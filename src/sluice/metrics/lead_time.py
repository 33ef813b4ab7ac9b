"""Lead time: how long before a detected event its alarm was raised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.event_words import SOURCE, when
from sluice.domain.metric import Family, Labels, Metric, Undefined, weight_of

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def lead_time(tolerance_s: float) -> Metric:
    """The mean lead time of events whose alarm may be raised so many seconds before."""

    def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
        """Weighted mean in seconds, at most the tolerance; raises ``Undefined`` where no event is detected."""
        from sluice.domain.alarms import warned

        found = warned(y, p, tolerance_s)
        if weight_of(found.detected, w) <= 0:
            raise Undefined("needs events that an alarm warned of; there are none")
        return weight_of(found.lead_s, w) / weight_of(found.detected, w)

    def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
        """Influence values of a ratio: an event counts at the row where it begins."""
        from sluice.domain import stats
        from sluice.domain.alarms import warned

        found = warned(y, p, tolerance_s)
        return stats.ratio_influence(found.lead_s, found.detected, w)

    return Metric(
        name=f"lead_time@{tolerance_s:.12g}",
        tasks=("events",),
        direction="higher",
        unit="s",
        high=tolerance_s,
        needs=("prediction", "time", "group"),
        value=value,
        influence=influence,
        definition="Mean time from the alarm until the event begins, in seconds, over the detected events; negative "
        f"where the alarm came after the beginning. {when(tolerance_s)} "
        "Gate `event_recall` beside it: events without an alarm have no lead time.",
        assumptions="Events are independent; lead times have a finite variance; an event weighs what its first row "
        "weighs.",
        source=f"{SOURCE} Interval: normal, delta method.",
    )


LEAD_TIME = Family(name="lead_time", parameter="seconds", unasked=False, make=lead_time)
