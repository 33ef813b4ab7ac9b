"""R²: the share of the target's variance that the predictions explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, Undefined
from sluice.domain.sums import Sums

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


VARIES = 1e-12
"""A variance of less, relative to the mean square from near the middle, is rounding."""


def _terms(y: Labels, p: Labels) -> tuple[FloatArray, FloatArray, FloatArray]:
    import numpy as np

    return np.square(y - p), y, np.square(y)


def _variance(means: FloatArray) -> float:
    return means[2] - means[1] ** 2


def _value(means: FloatArray) -> float:
    variance = _variance(means)
    if variance <= VARIES * means[2]:
        raise Undefined("needs a target that varies; it is the same in every row")
    return 1 - means[0] / variance


def _slopes(means: FloatArray) -> tuple[float, float, float]:
    variance = _variance(means)
    left = means[0] / variance**2
    return -1 / variance, -2 * means[1] * left, left


SUMS = Sums(terms=_terms, of=_value, slopes=_slopes, centred=True)


R2 = Metric(
    name="r2",
    tasks=("regression", "forecasting"),
    direction="higher",
    high=1.0,
    needs=("prediction",),
    value=SUMS.value,
    influence=SUMS.influence,
    sums=SUMS,
    definition="1 - SSE / SST: share of the target's variance that the predictions explain; negative below a constant.",
    assumptions="Rows are independent; squared errors and the squared target have a finite variance.",
    source="Draper & Smith 1998, Applied Regression Analysis, chapter 1. Interval: normal, delta method.",
)
