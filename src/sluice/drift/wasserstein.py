"""Wasserstein-1 (earth mover's) distance between numbers, in standard deviations of the reference."""

from __future__ import annotations

import math

import numpy as np

from sluice.domain.distribution import Counts, FloatArray, Numeric
from sluice.domain.drift_method import Method

_LARGEST = 1e9
"""An effect beyond this says no more than "nothing in common", and stays a finite number."""


def distance(centres: FloatArray, reference: Counts, current: Counts) -> float:
    """∫ |F - G| over the centres' range, in their unit; ``centres`` ascend and both sides have rows."""
    difference = np.cumsum(reference) / reference.sum() - np.cumsum(current) / current.sum()
    return float(np.sum(np.abs(difference[:-1]) * np.diff(centres)))


def wasserstein(numbers: Numeric) -> float:
    """The distance of the finite values over the reference's standard deviation, less what sampling adds; from 0.

    Where the reference is constant, the deviation of both sides together takes its place. Both sides need finite rows.
    """
    held = (numbers.reference > 0) | (numbers.current > 0)
    reference, current = numbers.reference[held], numbers.current[held]
    centres = _unit(numbers.centres[held])
    n, m = int(reference.sum()), int(current.sum())
    deviation = _deviation(centres, reference) or _deviation(centres, reference / n + current / m)
    if deviation == 0.0:
        return 0.0
    pooled = np.cumsum(reference + current)[:-1] / (n + m)
    # E|Z| of the difference of two shares of the same size, between every two neighbouring centres.
    noise = float(np.sum(np.sqrt(2 / math.pi * pooled * (1 - pooled) * (1 / n + 1 / m)) * np.diff(centres)))
    square = distance(centres, reference, current) ** 2 - noise**2
    return min(math.sqrt(max(square, 0.0)) / deviation, _LARGEST)


def _unit(centres: FloatArray) -> FloatArray:
    """The centres scaled to lie within -1 to 1, so that no square of a large number overflows."""
    largest = float(np.abs(centres).max())
    return centres / largest if largest > 0 else centres


def _deviation(centres: FloatArray, weights: FloatArray | Counts) -> float:
    shares = weights / weights.sum()
    centred = centres - float(shares @ centres)
    return math.sqrt(float(shares @ np.square(centred)))


METHOD = Method(
    name="wasserstein",
    kind="effect",
    of=("numeric", "vectors"),
    high=float("inf"),
    definition="∫ |F - G| dx over the finite values, divided by the reference's standard deviation.",
    correction="The square of its mean without drift, ∫ √(2 H(1 - H)(1/n + 1/m)/π) dx, is subtracted from the square.",
    source="Vallender 1974, Theory of Probability and its Applications 18, 784-786; del Barrio et al. 1999.",
)
