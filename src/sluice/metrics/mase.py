"""MASE: the mean absolute error of a forecast, relative to that of a naive one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, Undefined

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """MAE / MAE of the naive forecast, from 0; raises ``Undefined`` where the naive forecast is never wrong."""
    import numpy as np

    ours, naive = (float(np.average(np.abs(y - p[:, side]), weights=w)) for side in (0, 1))
    if naive <= 0:
        raise Undefined("needs a naive forecast that is wrong somewhere; it is right in every row")
    return ours / naive


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values of a ratio of two means."""
    import numpy as np

    from sluice.domain import stats

    return stats.ratio_influence(np.abs(y - p[:, 0]), np.abs(y - p[:, 1]), w)


MASE = Metric(
    name="mase",
    tasks=("forecasting",),
    direction="lower",
    low=0.0,
    needs=("prediction", "naive"),
    value=value,
    influence=influence,
    definition="Mean absolute error of the forecast / that of the naive forecast on the same rows; "
    "below 1 the model is better than the naive forecast.",
    assumptions="Rows are independent; errors have a finite variance. The scale is the naive forecast's error on the "
    "evaluated rows, where the source takes it from the training data.",
    source="Hyndman & Koehler 2006, International Journal of Forecasting 22, 679-688. Interval: normal, delta method.",
)
