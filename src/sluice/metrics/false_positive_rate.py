"""False positive rate: the share of the negative rows that are predicted positive."""

from __future__ import annotations

from sluice.domain.metric import Metric
from sluice.domain.share import Share

SHARE = Share(rows=lambda y, p: ((1 - y) * p, 1 - y), empty="needs negative rows; no row is negative")

FALSE_POSITIVE_RATE = Metric(
    name="false_positive_rate",
    tasks=("classification",),
    direction="lower",
    low=0.0,
    high=1.0,
    needs=("prediction",),
    counted=True,
    unasked=False,
    value=SHARE.value,
    influence=SHARE.influence,
    trials=SHARE.trials,
    definition="FP / (FP + TN): share of the negative rows that are predicted positive. `equalized_odds` compares it "
    "between slices.",
    assumptions="Rows are independent; class 1 is the positive one.",
    source="Hardt, Price & Srebro 2016, NeurIPS, definition 2.1. Interval: Wilson 1927.",
)
