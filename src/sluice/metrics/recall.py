"""Recall: the share of the positive rows that are predicted positive."""

from __future__ import annotations

from sluice.domain.metric import Metric
from sluice.domain.share import Share

SHARE = Share(rows=lambda y, p: (y * p, y), empty="needs positive rows; no row is positive")

RECALL = Metric(
    name="recall",
    tasks=("classification",),
    direction="higher",
    low=0.0,
    high=1.0,
    needs=("prediction",),
    counted=True,
    among=lambda y: y == 1,
    value=SHARE.value,
    influence=SHARE.influence,
    trials=SHARE.trials,
    definition="TP / (TP + FN): share of the positive rows that are predicted positive.",
    assumptions="Rows are independent; class 1 is the positive one.",
    source="van Rijsbergen 1979, Information Retrieval, chapter 7. Interval: Wilson 1927.",
)
