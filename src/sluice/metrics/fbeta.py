"""F-beta: precision and recall in one number, recall counted beta times as much as precision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Family, Labels, Metric, need_positives, weight_of
from sluice.domain.trials import positive_rows

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def fbeta(beta: float) -> Metric:
    """The metric of one beta, over 0; that of 1 is F1."""
    square = beta * beta

    def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
        """(1 + b²) TP / ((1 + b²) TP + b² FN + FP), 0 to 1; raises ``Undefined`` where no row is positive."""
        need_positives(y, w)
        return (1 + square) * weight_of(y * p, w) / (square * weight_of(y, w) + weight_of(p, w))

    def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
        """Influence values of the ratio, whose bottom is b² (TP + FN) + (TP + FP)."""
        from sluice.domain import stats

        return stats.ratio_influence((1 + square) * y * p, square * y + p, w)

    return Metric(
        name=f"fbeta@{beta:.12g}",
        tasks=("classification",),
        direction="higher",
        low=0.0,
        high=1.0,
        needs=("prediction",),
        counted=True,
        value=value,
        influence=influence,
        trials=positive_rows,
        definition=f"(1 + b²) TP / ((1 + b²) TP + b² FN + FP) with b = {beta:.12g}: recall counts b times as much as "
        "precision.",
        assumptions="Rows are independent; class 1 is the positive one.",
        source="van Rijsbergen 1979, Information Retrieval, chapter 7. Interval: delta method, at Wilson's effective "
        "rows.",
    )


FBETA = Family(name="fbeta", parameter="beta", unasked=False, make=fbeta)
