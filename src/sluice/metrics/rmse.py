"""RMSE: the root of the mean squared error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Root of the weighted mean squared error, from 0, in the unit of the target."""
    import numpy as np

    return float(np.sqrt(np.average(np.square(y - p), weights=w)))


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values of the root of a mean, by the delta method; zeros where there is no error at all."""
    import numpy as np

    from sluice.domain import stats

    squares = np.square(y - p)
    root = float(np.sqrt(np.average(squares, weights=w)))
    return np.zeros(len(y)) if root == 0 else stats.mean_influence(squares, w) / (2 * root)


RMSE = Metric(
    name="rmse",
    tasks=("regression", "forecasting"),
    direction="lower",
    unit="target",
    low=0.0,
    needs=("prediction",),
    value=value,
    influence=influence,
    definition="Root of the mean squared difference between prediction and true value.",
    assumptions="Rows are independent; squared errors have a finite variance.",
    source="Willmott 1981, Physical Geography 2, 184-194. Interval: normal, delta method.",
)
