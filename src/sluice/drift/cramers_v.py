"""Cramér's V: how strongly the value depends on the side that a row comes from, between 0 and 1."""

from __future__ import annotations

import math

import numpy as np

from sluice.domain.drift_method import Method
from sluice.drift.bins import Bins


def cramers_v(bins: Bins) -> float:
    """V as it would be with as many rows on either side, corrected for bias; 0 to 1. Needs rows on both sides.

    Of unequal samples the plain V shrinks with the smaller share, 100 rows against a million to nearly nothing; weighed
    equally it says the same of the same two distributions. For equal samples the two agree.
    """
    p, q = bins.reference / bins.n, bins.current / bins.m
    square = float(np.sum(np.square(p - q) / (2 * (p + q))))
    return math.sqrt(min(max(square - bins.noise / 4, 0.0) / (1 - _lost(bins)), 1.0))


def _lost(bins: Bins) -> float:
    """How much Bergsma's correction shortens the two sides' own dimension: (r - 1)²/(N - 1) with r = 2."""
    return min((1 / bins.n + 1 / bins.m) / 4, 0.5)


METHOD = Method(
    name="cramers_v",
    kind="effect",
    of=("numeric", "categorical", "vectors"),
    high=1.0,
    definition="√(χ²/N) of the table side × bin, over the same bins as PSI, both sides weighed equally.",
    correction="(bins - 1)(1/n + 1/m)/4 is subtracted from the square; for equal samples this is Bergsma's correction.",
    source="Cramér 1946; Bergsma 2013, Journal of the Korean Statistical Society 42, 323-328.",
)
