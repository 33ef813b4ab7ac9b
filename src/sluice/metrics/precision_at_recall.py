"""Precision at a recall: the largest precision that a threshold reaches whose recall is at least so much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Family, Labels, Metric, need_positives
from sluice.metrics.recall_at_precision import SHORT, no_influence, trials

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def precision_at_recall(recall: float) -> Metric:
    """The metric of one recall, over 0 and up to 1."""

    def many(y: Labels, p: Labels, draws: FloatArray) -> FloatArray:
        """The precision under every row of weights; NaN without positive rows."""
        import numpy as np

        from sluice.domain import stats

        order, edges = stats.ranked(p)
        positive = y[order]
        found = np.full(len(draws), np.nan)
        for index, drawn in enumerate(draws):
            weights = drawn[order]
            total = float(weights @ positive)
            if total > 0:
                found[index] = _best(weights, weights * positive, edges, total * (1 - recall * (1 - SHORT)))
        return found

    def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
        """Precision, 0 to 1, over all thresholds that find enough; raises ``Undefined`` without positive rows."""
        import numpy as np

        need_positives(y, w)
        return float(many(y, p, np.ones((1, len(y))) if w is None else w[None, :])[0])

    return Metric(
        name=f"precision_at_recall@{recall:.12g}",
        tasks=("classification",),
        direction="higher",
        low=0.0,
        high=1.0,
        needs=("score",),
        value=value,
        influence=no_influence,
        many=many,
        trials=trials,
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


PRECISION_AT_RECALL = Family(
    name="precision_at_recall",
    parameter="recall",
    low=0.01,
    high=1.0,
    usual=0.9,
    unasked=False,
    make=precision_at_recall,
)
