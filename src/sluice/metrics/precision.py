"""Precision: the share of true positives among the rows predicted positive."""

from __future__ import annotations

from sluice.domain.metric import Metric
from sluice.domain.share import Share

SHARE = Share(rows=lambda y, p: (y * p, p), empty="needs rows predicted positive; there are none")

PRECISION = Metric(
    name="precision",
    tasks=("classification",),
    direction="higher",
    low=0.0,
    high=1.0,
    needs=("prediction",),
    counted=True,
    value=SHARE.value,
    influence=SHARE.influence,
    trials=SHARE.trials,
    definition="TP / (TP + FP): share of true positives among the rows predicted positive.",
    assumptions="Rows are independent; class 1 is the positive one.",
    source="van Rijsbergen 1979, Information Retrieval, chapter 7. Interval: Wilson 1927.",
)
