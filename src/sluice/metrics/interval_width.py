"""Width: how wide the predicted intervals are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Weighted mean of high - low, from 0, in the unit of the target."""
    import numpy as np

    return float(np.average(p[:, 1] - p[:, 0], weights=w))


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values of a mean."""
    from sluice.domain import stats

    return stats.mean_influence(p[:, 1] - p[:, 0], w)


INTERVAL_WIDTH = Metric(
    name="interval_width",
    tasks=("regression", "forecasting"),
    direction="lower",
    unit="target",
    low=0.0,
    needs=("low", "high"),
    value=value,
    influence=influence,
    definition="Mean width of the predicted intervals. Narrow is better only among intervals of one coverage.",
    assumptions="Rows are independent; widths have a finite variance.",
    source="Gneiting, Balabdaoui & Raftery 2007, J. R. Stat. Soc. B 69, 243-268 (sharpness). Interval: normal.",
)
