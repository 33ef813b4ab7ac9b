"""Recall of events: the share of them that an alarm warned of in time."""

from __future__ import annotations

from sluice.domain.event_words import SOURCE, when
from sluice.domain.metric import Family, Labels, Metric
from sluice.domain.share import Share


def event_recall(tolerance_s: float) -> Metric:
    """The recall of events where alarms may be raised so many seconds before."""

    def rows(y: Labels, p: Labels) -> tuple[Labels, Labels]:
        from sluice.domain.alarms import warned

        found = warned(y, p, tolerance_s)
        return found.detected, found.events

    share = Share(rows=rows, empty="needs events; no row is one")
    return Metric(
        name=f"event_recall@{tolerance_s:.12g}",
        tasks=("events",),
        direction="higher",
        low=0.0,
        high=1.0,
        needs=("prediction", "time", "group"),
        counted=True,
        value=share.value,
        influence=share.influence,
        trials=share.trials,
        definition=f"Detected events / events. {when(tolerance_s)}",
        assumptions="Events are independent; an event weighs what its first row weighs.",
        source=f"{SOURCE} Interval: Wilson 1927.",
    )


EVENT_RECALL = Family(name="event_recall", parameter="seconds", unasked=False, make=event_recall)
