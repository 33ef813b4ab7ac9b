"""Recall: the share of the positive rows that are predicted positive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, need_positives, weight_of

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """TP / (TP + FN), 0 to 1; raises ``Undefined`` where no row is positive."""
    need_positives(y, w)
    return weight_of(y * p, w) / weight_of(y, w)


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values of the ratio TP / (TP + FN)."""
    from sluice.domain import stats

    return stats.ratio_influence(y * p, y, w)


def trials(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Positive rows."""
    from sluice.domain import stats

    return stats.effective_rows(y * stats.relative_weights(w, len(y)))


RECALL = Metric(
    name="recall",
    tasks=("classification",),
    direction="higher",
    low=0.0,
    high=1.0,
    needs=("prediction",),
    counted=True,
    among=lambda y: y == 1,
    value=value,
    influence=influence,
    trials=trials,
    definition="TP / (TP + FN): share of the positive rows that are predicted positive.",
    assumptions="Rows are independent; class 1 is the positive one.",
    source="van Rijsbergen 1979, Information Retrieval, chapter 7. Interval: Wilson 1927.",
)
