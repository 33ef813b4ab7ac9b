"""Specificity: the share of the negative rows that are predicted negative."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, Undefined, weight_of

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """TN / (TN + FP), 0 to 1; raises ``Undefined`` where no row is negative."""
    negative = weight_of(1 - y, w)
    if negative <= 0:
        raise Undefined("needs negative rows; no row is negative")
    return weight_of((1 - y) * (1 - p), w) / negative


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values of the ratio TN / (TN + FP)."""
    from sluice.domain import stats

    return stats.ratio_influence((1 - y) * (1 - p), 1 - y, w)


def trials(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Negative rows."""
    from sluice.domain import stats

    return stats.effective_rows((1 - y) * stats.relative_weights(w, len(y)))


SPECIFICITY = Metric(
    name="specificity",
    tasks=("classification",),
    direction="higher",
    low=0.0,
    high=1.0,
    needs=("prediction",),
    counted=True,
    unasked=False,
    value=value,
    influence=influence,
    trials=trials,
    definition="TN / (TN + FP): share of the negative rows that are predicted negative; 1 - false positive rate.",
    assumptions="Rows are independent; class 1 is the positive one.",
    source="Yerushalmy 1947, Public Health Reports 62, 1432-1449. Interval: Wilson 1927.",
)
