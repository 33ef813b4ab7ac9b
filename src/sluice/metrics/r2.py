"""R²: the share of the target's variance that the predictions explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, Undefined

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """1 - SSE / SST, at most 1; raises ``Undefined`` where the target does not vary."""
    import numpy as np

    counted = y if w is None else y[w > 0]
    if counted.min() == counted.max():
        raise Undefined("needs a target that varies; it is the same in every row")
    spread = np.average(np.square(y - np.average(y, weights=w)), weights=w)
    return float(1 - np.average(np.square(y - p), weights=w) / spread)


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values of 1 - SSE / SST, by the delta method (the mean's own influence on SST vanishes)."""
    import numpy as np

    from sluice.domain import stats

    return -stats.ratio_influence(np.square(y - p), np.square(y - np.average(y, weights=w)), w)


R2 = Metric(
    name="r2",
    tasks=("regression", "forecasting"),
    direction="higher",
    high=1.0,
    needs=("prediction",),
    value=value,
    influence=influence,
    definition="1 - SSE / SST: share of the target's variance that the predictions explain; negative below a constant.",
    assumptions="Rows are independent; squared errors and the squared target have a finite variance.",
    source="Draper & Smith 1998, Applied Regression Analysis, chapter 1. Interval: normal, delta method.",
)
