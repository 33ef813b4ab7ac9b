"""MAE: the mean absolute error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Weighted mean absolute error, from 0, in the unit of the target."""
    import numpy as np

    return float(np.average(np.abs(y - p), weights=w))


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values of a mean."""
    import numpy as np

    from sluice.domain import stats

    return stats.mean_influence(np.abs(y - p), w)


MAE = Metric(
    name="mae",
    tasks=("regression", "forecasting"),
    direction="lower",
    unit="target",
    low=0.0,
    needs=("prediction",),
    value=value,
    influence=influence,
    definition="Mean absolute difference between prediction and true value.",
    assumptions="Rows are independent; errors have a finite variance.",
    source="Willmott & Matsuura 2005, Climate Research 30, 79-82. Interval: normal.",
)
