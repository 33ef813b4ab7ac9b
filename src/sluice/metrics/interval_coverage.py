"""Coverage: the share of the rows whose true value lies within the predicted interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric
from sluice.domain.sums import mean_of
from sluice.domain.trials import every_row

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def _covered(y: Labels, p: Labels) -> FloatArray:
    import numpy as np

    return ((p[:, 0] <= y) & (y <= p[:, 1])).astype(np.float64)


SUMS = mean_of(_covered)


INTERVAL_COVERAGE = Metric(
    name="interval_coverage",
    tasks=("regression", "forecasting"),
    direction="higher",
    unit="share",
    low=0.0,
    high=1.0,
    needs=("low", "high"),
    counted=True,
    value=SUMS.value,
    influence=SUMS.influence,
    sums=SUMS,
    trials=every_row,
    definition="Share of the rows whose true value lies within the predicted interval, both ends included. "
    "Wide intervals always cover: gate `interval_width` beside it, and coverage from both sides.",
    assumptions="Rows are independent.",
    source="Christoffersen 1998, International Economic Review 39, 841-862. Interval: Wilson 1927.",
)
