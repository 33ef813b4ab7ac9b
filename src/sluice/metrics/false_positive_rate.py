"""False positive rate: the share of the negative rows that are predicted positive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, Undefined, weight_of

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """FP / (FP + TN), 0 to 1; raises ``Undefined`` where no row is negative."""
    negative = weight_of(1 - y, w)
    if negative <= 0:
        raise Undefined("needs negative rows; no row is negative")
    return weight_of((1 - y) * p, w) / negative


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values of the ratio FP / (FP + TN)."""
    from sluice.domain import stats

    return stats.ratio_influence((1 - y) * p, 1 - y, w)


def trials(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Negative rows."""
    from sluice.domain import stats

    return stats.effective_rows((1 - y) * stats.relative_weights(w, len(y)))


FALSE_POSITIVE_RATE = Metric(
    name="false_positive_rate",
    tasks=("classification",),
    direction="lower",
    low=0.0,
    high=1.0,
    needs=("prediction",),
    counted=True,
    unasked=False,
    value=value,
    influence=influence,
    trials=trials,
    definition="FP / (FP + TN): share of the negative rows that are predicted positive. `equalized_odds` compares it "
    "between slices.",
    assumptions="Rows are independent; class 1 is the positive one.",
    source="Hardt, Price & Srebro 2016, NeurIPS, definition 2.1. Interval: Wilson 1927.",
)
