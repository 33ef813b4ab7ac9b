"""Jensen-Shannon: how far two distributions lie from their mean, a distance from 0 to 1 (disjoint)."""

from __future__ import annotations

import math

import numpy as np

from sluice.domain.distribution import FloatArray
from sluice.domain.drift_method import Method
from sluice.drift.bins import Bins


def distance(p: FloatArray, q: FloatArray) -> float:
    """The distance (base 2, 0 to 1) between two lists of shares, each of sum one."""
    return math.sqrt(max(_divergence(p, q), 0.0))


def jensen_shannon(bins: Bins) -> float:
    """The distance, less what sampling alone adds to its square; 0 to 1. Needs rows on both sides."""
    divergence = _divergence(bins.reference / bins.n, bins.current / bins.m)
    return math.sqrt(min(max(divergence - bins.noise / (8 * math.log(2)), 0.0), 1.0))


def _divergence(p: FloatArray, q: FloatArray) -> float:
    middle = (p + q) / 2
    return (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2


def _relative_entropy(p: FloatArray, q: FloatArray) -> float:
    held = p > 0
    return float(np.sum(p[held] * np.log2(p[held] / q[held])))


METHOD = Method(
    name="jensen_shannon",
    kind="effect",
    of=("numeric", "categorical", "vectors"),
    high=1.0,
    definition="Square root of the Jensen-Shannon divergence (base 2) over the same bins as PSI.",
    correction="(bins - 1)(1/n + 1/m) / (8 ln 2) is subtracted from the square, its first-order mean without drift.",
    source="Lin 1991, IEEE Trans. Inf. Theory 37, 145-151; Endres & Schindelin 2003, ibid. 49, 1858-1860.",
)
