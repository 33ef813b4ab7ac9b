"""F1: the harmonic mean of precision and recall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, need_positives, weight_of
from sluice.domain.trials import positive_rows

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """2 TP / (2 TP + FP + FN), 0 to 1; raises ``Undefined`` where no row is positive."""
    need_positives(y, w)
    return 2 * weight_of(y * p, w) / (weight_of(y, w) + weight_of(p, w))


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values of the ratio 2 TP / (2 TP + FP + FN)."""
    from sluice.domain import stats

    return stats.ratio_influence(2 * y * p, y + p, w)


F1 = Metric(
    name="f1",
    tasks=("classification",),
    direction="higher",
    low=0.0,
    high=1.0,
    needs=("prediction",),
    counted=True,
    value=value,
    influence=influence,
    trials=positive_rows,
    definition="2 TP / (2 TP + FP + FN): harmonic mean of precision and recall.",
    assumptions="Rows are independent; class 1 is the positive one.",
    source="van Rijsbergen 1979, Information Retrieval, chapter 7. Interval: delta method, at Wilson's effective rows.",
)
