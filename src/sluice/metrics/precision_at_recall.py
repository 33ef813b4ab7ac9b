"""Precision at a recall: the largest precision that a threshold reaches whose recall is at least so much."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sluice.domain.best_threshold import CERTAIN, SHORT, BestThreshold, from_each
from sluice.domain.metric import Family, Labels, Metric
from sluice.domain.trials import positive_rows

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def precision_at_recall(recall: float) -> Metric:
    """The metric of one recall, over 0 and up to 1."""

    def best(weights: FloatArray, positive: FloatArray, edges: Labels) -> float:
        """The precision over all thresholds that find enough; the one that takes every row does."""
        spare = float(positive.sum()) * (1 - recall * (1 - SHORT))
        return _best(weights, positive, edges, spare)

    threshold = BestThreshold(best=best, near=partial(_near, recall))
    return Metric(
        name=f"precision_at_recall@{recall:.12g}",
        tasks=("classification",),
        direction="higher",
        low=0.0,
        high=1.0,
        needs=("score",),
        value=threshold.value,
        influence=threshold.influence,
        many=threshold.many,
        outer=threshold.outer,
        trials=positive_rows,
        definition=f"Largest precision over the thresholds whose recall is at least {recall:.12g}.",
        assumptions="Rows are independent; a higher score means class 1. The threshold is chosen on the same rows.",
        source="Flach & Kull 2015, NeurIPS 28, 838-846 (curve). Interval: bootstrap, the threshold chosen anew in "
        "every sample.",
    )


def _best(weights: FloatArray, positive: FloatArray, edges: Labels, spare: float) -> float:
    """The best precision of a threshold below which positive rows of at most ``spare`` weight lie, by ascending score.

    All rows of one score are taken or left: a threshold is one of ``edges``.
    """
    import numpy as np

    lost = np.cumsum(positive)
    # So many of the lowest rows may be left out; none is, at the least.
    most = int(np.searchsorted(lost, spare, side="right"))
    left = np.cumsum(weights[:most])
    all_positive, every = float(lost[-1]), float(weights.sum())
    best = all_positive / every
    at = edges[1 : np.searchsorted(edges, most, side="right")] - 1
    if len(at):
        whole = len(at) == most
        kept = (all_positive - (lost[:most] if whole else lost[at])) / (every - (left if whole else left[at]))
        best = max(best, float(kept.max()))
    return min(best, 1.0)


def _near(recall: float, weights: FloatArray, positive: FloatArray, edges: Labels) -> tuple[int, int]:
    """The thresholds that may find enough, and may be as precise as the best of those that surely do."""
    import numpy as np

    found, squares = from_each(positive, edges), from_each(np.square(positive), edges)
    more = found - recall * found[0]
    error = np.sqrt(squares * (1 - recall) ** 2 + (squares[0] - squares) * recall**2)
    maybe, surely = more >= -CERTAIN * error, more >= CERTAIN * error
    # Whatever is drawn, all positive rows are found where every row is taken.
    maybe[0] = surely[0] = True
    taken = from_each(weights, edges)
    precision = np.divide(found, taken, out=np.zeros_like(found), where=taken > 0)
    # The weighted squares of what each row taken is off by: 1 - precision if positive, else precision.
    off = squares * (1 - 2 * precision) + from_each(np.square(weights), edges) * np.square(precision)
    reach = CERTAIN * np.divide(np.sqrt(np.maximum(off, 0)), taken, out=np.zeros_like(found), where=taken > 0)
    chosen = np.flatnonzero(maybe & (precision + reach >= (precision - reach)[surely].max()))
    return int(chosen[0]), int(chosen[-1])


PRECISION_AT_RECALL = Family(name="precision_at_recall", parameter="recall", unasked=False, make=precision_at_recall)
