"""The population stability index: how much two distributions over the same few bins differ."""

from __future__ import annotations

import numpy as np

from sluice.domain.drift_method import Method
from sluice.drift.bins import Bins

PRIOR = 0.5
"""Added to every count, so that an empty bin counts as half a row and not as an infinite ratio (Jeffreys' prior)."""


def psi(bins: Bins) -> float:
    """Σ (p - q) ln(p / q), less what sampling alone adds; 0 where nothing differs, without an upper end.

    Needs rows on both sides; one bin gives 0.
    """
    p, q = smoothed(bins)
    return float(np.sum((p - q) * np.log(p / q))) - bins.noise


def smoothed(bins: Bins) -> tuple[np.ndarray, np.ndarray]:
    """Shares of both sides, none of them zero."""
    size = len(bins.reference)
    return (
        (bins.reference + PRIOR) / (bins.n + PRIOR * size),
        (bins.current + PRIOR) / (bins.m + PRIOR * size),
    )


METHOD = Method(
    name="psi",
    kind="effect",
    of=("numeric", "categorical", "vectors"),
    high=float("inf"),
    definition=(
        "Σ (p - q) ln(p / q) over at most 10 bins of equal reference mass (at most 20 of categories); missing values "
        "are bins of their own; half a row is added to every bin."
    ),
    correction="(bins - 1)(1/n + 1/m) is subtracted: without drift, n·m/(n + m) times the index is χ² with bins - 1.",
    source="Siddiqi 2006, Credit Risk Scorecards; Yurdakul 2018, Statistical Properties of Population Stability Index.",
)
