"""Precision: the share of true positives among the rows predicted positive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, Undefined, weight_of

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """TP / (TP + FP), 0 to 1; raises ``Undefined`` where no row is predicted positive."""
    predicted = weight_of(p, w)
    if predicted <= 0:
        raise Undefined("needs rows predicted positive; there are none")
    return weight_of(y * p, w) / predicted


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values of the ratio TP / (TP + FP)."""
    from sluice.domain import stats

    return stats.ratio_influence(y * p, p, w)


def trials(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Rows predicted positive."""
    from sluice.domain import stats

    return stats.effective_rows(p * stats.relative_weights(w, len(y)))


PRECISION = Metric(
    name="precision",
    tasks=("classification",),
    direction="higher",
    low=0.0,
    high=1.0,
    needs=("prediction",),
    counted=True,
    value=value,
    influence=influence,
    trials=trials,
    definition="TP / (TP + FP): share of true positives among the rows predicted positive.",
    assumptions="Rows are independent; class 1 is the positive one.",
    source="van Rijsbergen 1979, Information Retrieval, chapter 7. Interval: Wilson 1927.",
)
