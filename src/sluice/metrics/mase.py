"""MASE: the mean absolute error of a forecast, relative to that of a naive one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, Undefined
from sluice.domain.sums import Sums

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def _errors(y: Labels, p: Labels) -> tuple[FloatArray, FloatArray]:
    """Of the forecast, and of the naive one."""
    import numpy as np

    return np.abs(y - p[:, 0]), np.abs(y - p[:, 1])


def _value(means: FloatArray) -> float:
    ours, naive = means
    if naive <= 0:
        raise Undefined("needs a naive forecast that is wrong somewhere; it is right in every row")
    return ours / naive


SUMS = Sums(terms=_errors, of=_value, slopes=lambda means: (1 / means[1], -means[0] / means[1] ** 2))


MASE = Metric(
    name="mase",
    tasks=("forecasting",),
    direction="lower",
    low=0.0,
    needs=("prediction", "naive"),
    value=SUMS.value,
    influence=SUMS.influence,
    sums=SUMS,
    definition="Mean absolute error of the forecast / that of the naive forecast on the same rows; "
    "below 1 the model is better than the naive forecast.",
    assumptions="Rows are independent; errors have a finite variance. The scale is the naive forecast's error on the "
    "evaluated rows, where the source takes it from the training data.",
    source="Hyndman & Koehler 2006, International Journal of Forecasting 22, 679-688. Interval: normal, delta method.",
)
