"""Metrics of numbers, rankings and events by their definitions: scikit-learn's where it has them, else plain loops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

theirs: Any = import_module("sklearn.metrics")

TOLERANCE_S = 3600
"""The tolerance of the events' metrics here: the usual one of their families."""


def mape(y: Array, p: Array, w: Array) -> float:
    return theirs.mean_absolute_percentage_error(y, p, sample_weight=w)


def pinball(y: Array, p: Array, w: Array) -> float:
    return theirs.mean_pinball_loss(y, p, sample_weight=w, alpha=0.9)


def mase(y: Array, p: Array, w: Array) -> float:
    ours, naive = (theirs.mean_absolute_error(y, side, sample_weight=w) for side in p.T)
    return ours / naive


def interval_coverage(y: Array, p: Array, w: Array) -> float:
    inside = [weight for truth, (low, high), weight in zip(y, p, w, strict=True) if low <= truth <= high]
    return sum(inside) / float(w.sum())


def interval_width(y: Array, p: Array, w: Array) -> float:
    assert len(y) == len(p)
    return float(np.average(p[:, 1] - p[:, 0], weights=w))


def _queries(y: Array, p: Array, w: Array) -> Iterator[tuple[Array, Array, float]]:
    """True values, scores and weight of every query with a relevant row."""
    for query in np.unique(p[:, 1]):
        rows = p[:, 1] == query
        if (y[rows] > 0).any():
            yield y[rows], p[rows, 0], float(w[rows][0])


def _mean(of_query: Callable[[Array, Array], float], y: Array, p: Array, w: Array) -> float:
    found = [(of_query(truth, score), weight) for truth, score, weight in _queries(y, p, w)]
    return float(np.average([value for value, _ in found], weights=[weight for _, weight in found]))


def ndcg(y: Array, p: Array, w: Array) -> float:
    def one(truth: Array, score: Array) -> float:
        # scikit-learn refuses a list of one row, whose order cannot be wrong.
        return theirs.ndcg_score([truth], [score], k=10) if len(truth) > 1 else 1.0

    return _mean(one, y, p, w)


def recall_at_10(y: Array, p: Array, w: Array) -> float:
    def one(truth: Array, score: Array) -> float:
        relevant = np.flatnonzero(truth > 0)
        chances = [((10 - (score > score[row]).sum()) / (score == score[row]).sum()).clip(0, 1) for row in relevant]
        return float(np.mean(chances))

    return _mean(one, y, p, w)


def mrr(y: Array, p: Array, w: Array) -> float:
    def one(truth: Array, score: Array) -> float:
        best = score[truth > 0].max()
        above, tied = int((score > best).sum()), int((score == best).sum())
        relevant = int((truth[score == best] > 0).sum())
        # The first of the relevant rows is the j-th of those that are tied.
        chances = [comb(tied - j, relevant - 1) / comb(tied, relevant) for j in range(1, tied + 1)]
        return sum(chance / (above + j) for j, chance in enumerate(chances, start=1))

    return _mean(one, y, p, w)


def runs(marked: Array, time: Array) -> list[tuple[int, int]]:
    """First and last row of every run of marked rows of one series, in the order of time."""
    order, found = np.argsort(time), list[tuple[int, int]]()
    for place, row in enumerate(order):
        if marked[row] and place > 0 and marked[order[place - 1]]:
            found[-1] = (found[-1][0], int(row))
        elif marked[row]:
            found.append((int(row), int(row)))
    return found


def matched(y: Array, p: Array, tolerance_s: float) -> tuple[list[int], list[int], list[tuple[int, int]]]:
    """First rows of all events, of all alarms, and of the pairs of an event and its alarm."""
    events, alarms, pairs = list[int](), list[int](), list[tuple[int, int]]()
    time = p[:, 1]
    for series in np.unique(p[:, 2]):
        rows = np.flatnonzero(p[:, 2] == series)
        own_events, own_alarms = runs(y[rows], time[rows]), runs(p[rows, 0], time[rows])
        left = [int(rows[first]) for first, _ in own_alarms]
        events += [int(rows[first]) for first, _ in own_events]
        alarms += left
        left = left.copy()
        for first, last in own_events:
            begin, end = time[rows[first]], time[rows[last]]
            found = next((alarm for alarm in left if begin - tolerance_s <= time[alarm] <= end), None)
            if found is not None:
                left.remove(found)
                pairs.append((int(rows[first]), found))
    return events, alarms, pairs


def event_recall(y: Array, p: Array, w: Array) -> float:
    events, _, pairs = matched(y, p, TOLERANCE_S)
    return float(w[[event for event, _ in pairs]].sum() / w[events].sum())


def event_precision(y: Array, p: Array, w: Array) -> float:
    _, alarms, pairs = matched(y, p, TOLERANCE_S)
    return float(w[[alarm for _, alarm in pairs]].sum() / w[alarms].sum())


def lead_time(y: Array, p: Array, w: Array) -> float:
    _, _, pairs = matched(y, p, TOLERANCE_S)
    detected = [event for event, _ in pairs]
    return float(np.average([p[event, 1] - p[alarm, 1] for event, alarm in pairs], weights=w[detected]))


ORACLES: dict[str, Callable[[Array, Array, Array], float]] = {
    **{one.__name__: one for one in (mape, pinball, mase, interval_coverage, interval_width)},
    **{one.__name__: one for one in (ndcg, mrr, event_recall, event_precision, lead_time)},
    "recall@10": recall_at_10,
}
