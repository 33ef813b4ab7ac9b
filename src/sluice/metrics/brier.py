"""Brier score: the mean squared difference between the probability and what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, need_chances
from sluice.domain.trials import every_row

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Mean squared error of the probabilities, 0 to 1; raises ``Undefined`` where a score is not a probability."""
    import numpy as np

    need_chances(p)
    return float(np.average(np.square(y - p), weights=w))


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values of a mean."""
    import numpy as np

    from sluice.domain import stats

    return stats.mean_influence(np.square(y - p), w)


BRIER = Metric(
    name="brier",
    tasks=("classification",),
    direction="lower",
    low=0.0,
    high=1.0,
    needs=("score",),
    unasked=False,
    value=value,
    influence=influence,
    trials=every_row,
    definition="Mean of (probability of class 1 - true class)².",
    assumptions="Rows are independent; the score is the probability of class 1.",
    source="Brier 1950, Monthly Weather Review 78, 1-3. Interval: of a mean, at Wilson's effective rows.",
)
