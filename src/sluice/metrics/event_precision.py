"""Precision of alarms: the share of them that an event follows in time."""

from __future__ import annotations

from sluice.domain.event_words import SOURCE, when
from sluice.domain.metric import Family, Labels, Metric
from sluice.domain.share import Share


def event_precision(tolerance_s: float) -> Metric:
    """The precision of alarms that may be raised so many seconds before their event."""

    def rows(y: Labels, p: Labels) -> tuple[Labels, Labels]:
        from sluice.domain.alarms import warned

        found = warned(y, p, tolerance_s)
        return found.right, found.alarms

    share = Share(rows=rows, empty="needs alarms; no row is predicted to be one")
    return Metric(
        name=f"event_precision@{tolerance_s:.12g}",
        tasks=("events",),
        direction="higher",
        low=0.0,
        high=1.0,
        needs=("prediction", "time", "group"),
        counted=True,
        value=share.value,
        influence=share.influence,
        trials=share.trials,
        definition="Alarms that count for an event / alarms. "
        f"{when(tolerance_s)} A second alarm for one event is a false one.",
        assumptions="Alarms are independent; an alarm weighs what its first row weighs.",
        source=f"{SOURCE} Interval: Wilson 1927.",
    )


EVENT_PRECISION = Family(name="event_precision", parameter="seconds", unasked=False, make=event_precision)
