"""Selection rate: the share of the rows that are predicted positive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, weight_of
from sluice.domain.trials import every_row

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """(TP + FP) / rows, 0 to 1; the true classes do not count."""
    return weight_of(p, w) / (len(p) if w is None else float(w.sum()))


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values of the mean of the predicted classes."""
    from sluice.domain import stats

    return stats.mean_influence(p, w)


SELECTION_RATE = Metric(
    name="selection_rate",
    tasks=("classification",),
    direction="higher",
    low=0.0,
    high=1.0,
    needs=("prediction",),
    counted=True,
    unasked=False,
    value=value,
    influence=influence,
    trials=every_row,
    definition="(TP + FP) / rows: share of the rows that are predicted positive. `demographic_parity` compares it "
    "between slices; by itself, neither more nor less is better, and a comparison takes more as better.",
    assumptions="Rows are independent; class 1 is the positive one.",
    source="Agarwal et al. 2018, ICML, definition 1. Interval: Wilson 1927.",
)
