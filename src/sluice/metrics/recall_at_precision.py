"""Recall at a precision: the largest recall that a threshold reaches whose precision is at least so much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.best_threshold import CERTAIN, SHORT, BestThreshold, from_each
from sluice.domain.metric import Family, Labels, Metric
from sluice.domain.trials import positive_rows

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def recall_at_precision(precision: float) -> Metric:
    """The metric of one precision, over 0 and up to 1."""

    def best(weights: FloatArray, positive: FloatArray, edges: Labels) -> float:
        """The recall over all thresholds that are precise enough; 0 where there is none."""
        left = _first_enough(positive - precision * weights, edges, SHORT * float(weights.sum()))
        return float(positive[left:].sum()) / float(positive.sum())

    def near(weights: FloatArray, positive: FloatArray, edges: Labels) -> tuple[int, int]:
        """From the lowest threshold that may be precise enough to the lowest that surely is."""
        import numpy as np

        gains = positive - precision * weights
        gained, error = from_each(gains, edges), np.sqrt(from_each(np.square(gains), edges))
        maybe, surely = (np.flatnonzero(gained >= least * error) for least in (-CERTAIN, CERTAIN))
        none = len(edges) - 1
        return (int(maybe[0]) if len(maybe) else none), (int(surely[0]) if len(surely) else none)

    threshold = BestThreshold(best=best, near=near)
    return Metric(
        name=f"recall_at_precision@{precision:.12g}",
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
        definition=f"Largest recall over the thresholds whose precision is at least {precision:.12g}; 0 where there is "
        "none.",
        assumptions="Rows are independent; a higher score means class 1. The threshold is chosen on the same rows.",
        source="Flach & Kull 2015, NeurIPS 28, 838-846 (curve). Interval: bootstrap, the threshold chosen anew in "
        "every sample.",
    )


def _first_enough(gains: FloatArray, edges: Labels, rounding: float) -> int:
    """How many rows, by ascending score, the lowest threshold leaves out from which on gains outweigh losses.

    All rows of one score are taken or left: a threshold is one of ``edges``, the last of which leaves out every row.
    """
    import numpy as np

    below = np.cumsum(gains)
    limit = float(below[-1]) + rounding
    if limit >= 0:
        return 0
    at = edges[1:]
    enough = (below if len(at) == len(below) else below[at - 1]) <= limit
    return int(at[enough.argmax()]) if enough.any() else int(at[-1])


RECALL_AT_PRECISION = Family(name="recall_at_precision", parameter="precision", unasked=False, make=recall_at_precision)
