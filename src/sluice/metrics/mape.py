"""MAPE: the mean absolute error, relative to the true value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, Undefined

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Weighted mean of |y - p| / |y|, from 0 (0.1 is 10 %); raises ``Undefined`` where a true value is 0."""
    import numpy as np

    zeros = int(((y == 0) if w is None else (y == 0) & (w > 0)).sum())
    if zeros:
        raise Undefined(f"needs true values other than 0, by which it divides; there are {zeros}")
    return float(np.average(_shares(y, p), weights=w))


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values of a mean."""
    from sluice.domain import stats

    return stats.mean_influence(_shares(y, p), w)


def _shares(y: Labels, p: Labels) -> FloatArray:
    """|y - p| / |y| for every row; 0 where ``y`` is 0, which only rows without weight are."""
    import numpy as np

    return np.divide(np.abs(y - p), np.abs(y), out=np.zeros(len(y)), where=y != 0)


MAPE = Metric(
    name="mape",
    tasks=("regression", "forecasting"),
    direction="lower",
    unit="share",
    low=0.0,
    needs=("prediction",),
    unasked=False,
    value=value,
    influence=influence,
    definition="Mean of |true value - prediction| / |true value|, as a share: 0.1 is 10 %. "
    "There is none where a true value is 0.",
    assumptions="Rows are independent; relative errors have a finite variance. "
    "Favours predictions that are too low: their error cannot exceed the true value.",
    source="Makridakis 1993, International Journal of Forecasting 9, 527-529. Interval: normal.",
)
