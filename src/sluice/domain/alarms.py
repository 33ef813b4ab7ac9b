"""Alarms matched with the events that they warn of, as pure functions over NumPy arrays.

Consecutive rows of one series whose true value is 1 are one event, which begins at the first of them; consecutive rows
whose prediction is 1 are one alarm, raised at the first. An alarm warns of an event where it is raised from the
tolerance before the event begins until the event's last row. One alarm warns of one event at most, and one event counts
one alarm: events in the order of time each take the earliest alarm that is left. That finds as many pairs as there are.
Source: Salfner, Lenk & Malek 2010, ACM Computing Surveys 42 (an alarm and the time within which its event must
follow); Mesaros, Heittola & Virtanen 2016, Applied Sciences 6, 162 (events matched one to one within a tolerance).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sluice.domain.stats import FloatArray

ROUNDING_S = 1e-6
"""An alarm so little earlier than the tolerance allows is in time: seconds since 1970 are no more exact."""

_Index = NDArray[np.intp]
_Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Warned:
    """The rows at which events begin and alarms are raised, and which belong together.

    ``events`` and ``alarms`` mark rows with 1, others with 0; ``detected`` marks the events that an alarm warned of,
    ``right`` those alarms. ``lead_s`` is the time from the alarm until the event begins at the rows of ``detected``,
    else 0; it is negative where the alarm was raised after the beginning.
    """

    events: FloatArray
    alarms: FloatArray
    detected: FloatArray
    right: FloatArray
    lead_s: FloatArray


def warned(y: FloatArray, p: FloatArray, tolerance_s: float) -> Warned:
    """Events and alarms of rows in any order; ``p`` has the prediction, the time in seconds and the series.

    No two rows of one series may have the same time.
    """
    prediction, time, series = p.T
    order = _in_time(time, series)
    time_of, series_of = time[order], series[order]
    joined = np.concatenate(([False], series_of[1:] == series_of[:-1]))
    first_e, last_e = _runs(y[order] == 1, joined)
    first_a, _ = _runs(prediction[order] == 1, joined)
    opens = _before(
        time_of[first_e] - tolerance_s - ROUNDING_S, series_of[first_e], time_of[first_a], series_of[first_a]
    )
    closes = np.searchsorted(first_a, last_e, side="right")
    event, alarm = _pairs(opens, closes)
    lead_s = np.zeros(len(y))
    lead_s[order[first_e[event]]] = np.minimum(time_of[first_e[event]] - time_of[first_a[alarm]], tolerance_s)
    return Warned(
        events=_marked(order[first_e], len(y)),
        alarms=_marked(order[first_a], len(y)),
        detected=_marked(order[first_e[event]], len(y)),
        right=_marked(order[first_a[alarm]], len(y)),
        lead_s=lead_s,
    )


def _in_time(time: FloatArray, series: FloatArray) -> _Index:
    later = (series[1:] > series[:-1]) | ((series[1:] == series[:-1]) & (time[1:] > time[:-1]))
    return np.arange(len(time)) if later.all() else np.lexsort((time, series))


def _runs(marked: _Marks, joined: _Marks) -> tuple[_Index, _Index]:
    """First and last position of every run of marked rows; ``joined`` says which rows follow one of their series."""
    continues = joined & marked & np.concatenate(([False], marked[:-1]))
    ends = marked & ~np.concatenate((continues[1:], [False]))
    return np.flatnonzero(marked & ~continues), np.flatnonzero(ends)


def _before(time: FloatArray, series: FloatArray, alarm_time: FloatArray, alarm_series: FloatArray) -> _Index:
    """How many alarms come before each moment of a series, earlier series first."""
    times, all_series = np.concatenate((time, alarm_time)), np.concatenate((series, alarm_series))
    is_alarm = np.repeat((0, 1), (len(time), len(alarm_time)))
    order = np.lexsort((is_alarm, times, all_series))
    counts = np.empty(len(order), dtype=np.intp)
    counts[order] = np.cumsum(is_alarm[order])
    return counts[: len(time)]


def _pairs(opens: _Index, closes: _Index) -> tuple[_Index, _Index]:
    """Positions of the events and of the alarms that belong together.

    Event by event, since what one takes another cannot; of a million rows that is a tenth of a second at the most.
    """
    events: list[int] = []
    alarms: list[int] = []
    free = 0
    for event, (first, end) in enumerate(zip(opens.tolist(), closes.tolist(), strict=True)):
        alarm = first if first > free else free
        if alarm < end:
            events.append(event)
            alarms.append(alarm)
            free = alarm + 1
    return np.array(events, dtype=np.intp), np.array(alarms, dtype=np.intp)


def _marked(rows: _Index, n: int) -> FloatArray:
    marks = np.zeros(n)
    marks[rows] = 1
    return marks
