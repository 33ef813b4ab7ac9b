"""Recall at a precision: the largest recall that a threshold reaches whose precision is at least so much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Family, Labels, Metric, need_positives

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray

SHORT = 1e-12
"""How far a share may fall short of the demanded one: rounding, relative to the weight of all rows."""


def recall_at_precision(precision: float) -> Metric:
    """The metric of one precision, over 0 and up to 1."""

    def many(y: Labels, p: Labels, draws: FloatArray) -> FloatArray:
        """The recall under every row of weights; 0 where no threshold is precise enough, NaN without positive rows."""
        import numpy as np

        from sluice.domain import stats

        order, edges = stats.ranked(p)
        positive = y[order]
        found = np.full(len(draws), np.nan)
        # Row by row: what belongs to one stays in the processor's cache.
        for index, drawn in enumerate(draws):
            weights = drawn[order]
            total = float(weights @ positive)
            if total > 0:
                left = _first_enough(weights * (positive - precision), edges, SHORT * float(weights.sum()))
                found[index] = float(weights[left:] @ positive[left:]) / total
        return found

    def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
        """Recall, 0 to 1, over all thresholds that are precise enough; raises ``Undefined`` without positive rows."""
        import numpy as np

        need_positives(y, w)
        return float(many(y, p, np.ones((1, len(y))) if w is None else w[None, :])[0])

    return Metric(
        name=f"recall_at_precision@{precision:.12g}",
        tasks=("classification",),
        direction="higher",
        low=0.0,
        high=1.0,
        needs=("score",),
        value=value,
        influence=no_influence,
        many=many,
        trials=trials,
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


def no_influence(y: Labels, p: Labels, w: FloatArray | None) -> None:
    """None: a best threshold is no smooth function of the rows, so the interval is bootstrapped."""


def trials(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Positive rows."""
    from sluice.domain import stats

    return stats.effective_rows(y * stats.relative_weights(w, len(y)))


RECALL_AT_PRECISION = Family(
    name="recall_at_precision",
    parameter="precision",
    low=0.01,
    high=1.0,
    usual=0.9,
    unasked=False,
    make=recall_at_precision,
)
