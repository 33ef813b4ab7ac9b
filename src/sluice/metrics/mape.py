"""MAPE: the mean absolute error, relative to the true value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, Undefined
from sluice.domain.sums import Sums

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def _terms(y: Labels, p: Labels) -> tuple[FloatArray, FloatArray]:
    """|y - p| / |y| of every row, and where ``y`` is 0 (there the first is 0): rows without weight may be so."""
    import numpy as np

    zero = y == 0
    return np.divide(np.abs(y - p), np.abs(y), out=np.zeros(len(y)), where=~zero), zero.astype(np.float64)


def _value(means: FloatArray) -> float:
    if means[1] > 0:
        raise Undefined(f"needs true values other than 0, by which it divides; {100 * means[1]:.3g} % are 0")
    return means[0]


SUMS = Sums(terms=_terms, of=_value, slopes=lambda _: (1.0, 0.0))


MAPE = Metric(
    name="mape",
    tasks=("regression", "forecasting"),
    direction="lower",
    unit="share",
    low=0.0,
    needs=("prediction",),
    unasked=False,
    value=SUMS.value,
    influence=SUMS.influence,
    sums=SUMS,
    definition="Mean of |true value - prediction| / |true value|, as a share: 0.1 is 10 %. "
    "There is none where a true value is 0.",
    assumptions="Rows are independent; relative errors have a finite variance. "
    "Favours predictions that are too low: their error cannot exceed the true value.",
    source="Makridakis 1993, International Journal of Forecasting 9, 527-529. Interval: normal.",
)
