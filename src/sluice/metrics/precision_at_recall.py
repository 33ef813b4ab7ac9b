"""Precision at a recall: the largest precision that a threshold reaches whose recall is at least so much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Family, Labels, Metric, need_positives
from sluice.metrics.recall_at_precision import SHORT, no_influence, swept, trials

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def precision_at_recall(recall: float) -> Metric:
    """The metric of one recall, over 0 and up to 1."""

    def many(y: Labels, p: Labels, draws: FloatArray) -> FloatArray:
        """The precision under every row of weights; NaN without positive rows."""
        import numpy as np

        found, above = swept(y, p, draws)
        positives = found[:, -1:]
        enough = (found >= recall * (1 - SHORT) * positives) & (above > 0)
        best = np.where(enough, found / np.where(above > 0, above, 1.0), 0.0).max(axis=1)
        return np.where(positives[:, 0] > 0, best, np.nan)

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


PRECISION_AT_RECALL = Family(
    name="precision_at_recall",
    parameter="recall",
    low=0.01,
    high=1.0,
    usual=0.9,
    unasked=False,
    make=precision_at_recall,
)
