"""Width: how wide the predicted intervals are."""

from __future__ import annotations

from sluice.domain.metric import Metric
from sluice.domain.sums import mean_of

SUMS = mean_of(lambda y, p: p[:, 1] - p[:, 0])


INTERVAL_WIDTH = Metric(
    name="interval_width",
    tasks=("regression", "forecasting"),
    direction="lower",
    unit="target",
    low=0.0,
    needs=("low", "high"),
    value=SUMS.value,
    influence=SUMS.influence,
    sums=SUMS,
    definition="Mean width of the predicted intervals. Narrow is better only among intervals of one coverage.",
    assumptions="Rows are independent; widths have a finite variance.",
    source="Gneiting, Balabdaoui & Raftery 2007, J. R. Stat. Soc. B 69, 243-268 (sharpness). Interval: normal.",
)
