"""Brier score: the mean squared difference between the probability and what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, need_chances
from sluice.domain.sums import mean_of
from sluice.domain.trials import every_row

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def _squares(y: Labels, p: Labels) -> FloatArray:
    import numpy as np

    return np.square(y - p)


SUMS = mean_of(_squares, need_chances)


BRIER = Metric(
    name="brier",
    tasks=("classification",),
    direction="lower",
    low=0.0,
    high=1.0,
    needs=("score",),
    unasked=False,
    value=SUMS.value,
    influence=SUMS.influence,
    sums=SUMS,
    trials=every_row,
    definition="Mean of (probability of class 1 - true class)².",
    assumptions="Rows are independent; the score is the probability of class 1.",
    source="Brier 1950, Monthly Weather Review 78, 1-3. Interval: of a mean, at Wilson's effective rows.",
)
