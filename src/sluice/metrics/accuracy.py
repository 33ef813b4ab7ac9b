"""Accuracy: the share of rows whose predicted class is the true one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric
from sluice.domain.trials import every_row

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Weighted share of right predictions, 0 to 1."""
    import numpy as np

    return float(np.average(y == p, weights=w))


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values of a mean."""
    from sluice.domain import stats

    return stats.mean_influence((y == p).astype(float), w)


ACCURACY = Metric(
    name="accuracy",
    tasks=("classification",),
    direction="higher",
    low=0.0,
    high=1.0,
    needs=("prediction",),
    binary=False,
    counted=True,
    among=lambda y: y == y,
    value=value,
    influence=influence,
    trials=every_row,
    definition="Share of rows whose predicted class is the true class.",
    assumptions="Rows are independent.",
    source="Interval: Wilson 1927, J. Am. Stat. Assoc. 22, 209-212.",
)
