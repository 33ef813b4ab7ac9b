"""Specificity: the share of the negative rows that are predicted negative."""

from __future__ import annotations

from sluice.domain.metric import Metric
from sluice.domain.share import Share

SHARE = Share(rows=lambda y, p: ((1 - y) * (1 - p), 1 - y), empty="needs negative rows; no row is negative")

SPECIFICITY = Metric(
    name="specificity",
    tasks=("classification",),
    direction="higher",
    low=0.0,
    high=1.0,
    needs=("prediction",),
    counted=True,
    unasked=False,
    value=SHARE.value,
    influence=SHARE.influence,
    trials=SHARE.trials,
    definition="TN / (TN + FP): share of the negative rows that are predicted negative; 1 - false positive rate.",
    assumptions="Rows are independent; class 1 is the positive one.",
    source="Yerushalmy 1947, Public Health Reports 62, 1432-1449. Interval: Wilson 1927.",
)
