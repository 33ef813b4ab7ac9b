"""Random rows for every metric, by what it needs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from support import drawn

from sluice.domain.metric import Metric
from sluice.metrics import FAMILIES, METRICS

Array = NDArray[Any]

N_CLASSES = 3
EVERY: dict[str, Metric] = {**METRICS, **{one.name: one for one in (f.make(f.usual) for f in FAMILIES.values())}}
"""Every metric, with one of each family."""


def sample(metric: Metric, n: int, seed: int, weighted: bool = False) -> tuple[Array, Array, Array | None]:
    """True values, what the metric needs, and weights where they are asked for; scores are rounded, to have ties."""
    rng = np.random.default_rng(seed)
    weight = rng.gamma(2.0, size=n) if weighted else None
    if "classification" not in metric.tasks:
        rows = drawn.rows(metric.tasks[0], n, rng)
        p = drawn.needed(metric, rows)
        return rows.y, p, drawn.weights(metric, p, rng) if weighted else None
    if metric.needs == ("probabilities",):
        return *_probabilities(rng, n), weight
    if not metric.binary:
        truth, chances = _probabilities(rng, n)
        return truth.astype(float), chances.argmax(axis=1).astype(float), weight
    y = (rng.random(n) < 0.35).astype(float)
    score = np.round(1 / (1 + np.exp(0.8 - 1.4 * y - rng.normal(size=n))), 2).clip(0.01, 0.99)
    return y, (score if metric.needs == ("score",) else (score >= 0.5).astype(float)), weight


def _probabilities(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    y = rng.choice(N_CLASSES, size=n, p=[0.5, 0.3, 0.2])
    raw = np.exp(1.3 * (y[:, None] == np.arange(N_CLASSES)) + rng.normal(size=(n, N_CLASSES)))
    # Whole percents: ties, and a sum of 1.
    hundredths = np.floor(100 * raw / raw.sum(axis=1, keepdims=True)).clip(1, 97)
    hundredths[:, -1] = 100 - hundredths[:, :-1].sum(axis=1)
    return y, hundredths / 100
