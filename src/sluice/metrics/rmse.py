"""RMSE: the root of the mean squared error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric
from sluice.domain.sums import Sums

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def _squares(y: Labels, p: Labels) -> tuple[FloatArray]:
    import numpy as np

    return (np.square(y - p),)


def _slopes(means: FloatArray) -> tuple[float]:
    """Of the root; 0 where there is no error at all."""
    return (0.5 * means[0] ** -0.5 if means[0] > 0 else 0.0,)


SUMS = Sums(terms=_squares, of=lambda means: means[0] ** 0.5, slopes=_slopes)


RMSE = Metric(
    name="rmse",
    tasks=("regression", "forecasting"),
    direction="lower",
    unit="target",
    low=0.0,
    needs=("prediction",),
    value=SUMS.value,
    influence=SUMS.influence,
    sums=SUMS,
    definition="Root of the mean squared difference between prediction and true value.",
    assumptions="Rows are independent; squared errors have a finite variance.",
    source="Willmott 1981, Physical Geography 2, 184-194. Interval: normal, delta method.",
)
