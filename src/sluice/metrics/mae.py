"""MAE: the mean absolute error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric
from sluice.domain.sums import mean_of

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def _errors(y: Labels, p: Labels) -> FloatArray:
    import numpy as np

    return np.abs(y - p)


SUMS = mean_of(_errors)


MAE = Metric(
    name="mae",
    tasks=("regression", "forecasting"),
    direction="lower",
    unit="target",
    low=0.0,
    needs=("prediction",),
    value=SUMS.value,
    influence=SUMS.influence,
    sums=SUMS,
    definition="Mean absolute difference between prediction and true value.",
    assumptions="Rows are independent; errors have a finite variance.",
    source="Willmott & Matsuura 2005, Climate Research 30, 79-82. Interval: normal.",
)
