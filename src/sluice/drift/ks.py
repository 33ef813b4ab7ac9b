"""Kolmogorov-Smirnov: the greatest distance between two distribution functions, with its p-value."""

from __future__ import annotations

import math

import numpy as np

from sluice.domain.distribution import Counts, Numeric
from sluice.domain.drift_method import Method

EXACT_ROWS = 2_500
"""Up to so many rows of both sides the distribution is worked out exactly, ties included: 20 milliseconds at most."""

_WORTHWHILE = (1e-9, 0.05)
"""Only between these limiting p-values: above it nothing is at stake, below it nothing is in doubt."""

_MEAN_LIMIT = math.sqrt(math.pi / 2) * math.log(2)
_TOLERANCE = 1e-12
_ROUNDING = 1e-12
"""One minus a sum of many shares is not known more precisely."""


def statistic(reference: Counts, current: Counts) -> float:
    """The greatest |F - G| over the cells' ends; 0 to 1. Both sides need rows."""
    difference = np.cumsum(reference) / reference.sum() - np.cumsum(current) / current.sum()
    return float(np.abs(difference).max())


def error_bound(numbers: Numeric) -> float:
    """By how much the statistic of the values themselves may exceed that of their cells; 0 where nothing was lost.

    Inside a cell the difference of the distribution functions can at most rise by one side's share before the other
    side's share brings it down.
    """
    if numbers.exact:
        return 0.0
    f, g = numbers.reference / numbers.reference.sum(), numbers.current / numbers.current.sum()
    before = np.cumsum(f - g) - (f - g)
    inside = float(np.maximum(np.abs(before + f), np.abs(before - g)).max())
    return max(inside - statistic(numbers.reference, numbers.current), 0.0)


def p_value(reference: Counts, current: Counts) -> float:
    """The chance of a statistic at least as great without drift: exact for small samples, else its limit.

    Exact means given the values that tie: those of all rows together, dealt to the two sides at random. The limit holds
    its level for continuous values and is conservative with ties.
    """
    n, m = int(reference.sum()), int(current.sum())
    observed = statistic(reference, current)
    if observed <= 0.0:
        return 1.0
    limiting = limiting_p(observed * math.sqrt(n * m / (n + m)))
    low, high = _WORTHWHILE
    if n + m <= EXACT_ROWS and low < limiting < high:
        return exact_p(reference, current)
    return limiting


def limiting_p(x: float) -> float:
    """P(sup |B| ≥ x) of a Brownian bridge; 0 to 1."""
    from scipy.special import kolmogorov

    return float(kolmogorov(x))


def exact_p(reference: Counts, current: Counts) -> float:
    """The share of all ways to deal the rows to the two sides whose statistic is at least as great; 0 to 1.

    One step per row in the order of the values, which carries on the chance that i of the rows so far are the
    reference's and that no end of a tie has shown so great a difference yet, for every i.
    """
    n, m = int(reference.sum()), int(current.sum())
    limit = statistic(reference, current) - _TOLERANCE
    ends = np.zeros(n + m + 1, dtype=np.bool_)
    ends[np.cumsum(reference + current)] = True
    # One place further on, so that the chance of fewer than no rows, none, has its place as well.
    inside = np.zeros(n + 2)
    inside[1] = 1.0
    count = np.arange(n + 1, dtype=np.float64)
    low, high = 0, 0
    for step in range(1, n + m + 1):
        first, last = max(low, step - m), min(high + 1, n)
        here = count[first : last + 1]
        come = inside[first : last + 1] * (n + 1 - here)
        come += inside[first + 1 : last + 2] * (m + 1 - step + here)
        inside[low + 1 : first + 1] = 0.0
        inside[first + 1 : last + 2] = come / (n + m + 1 - step)
        low, high = first, last
        if ends[step]:
            # |i/n - (step - i)/m| < limit for the i between these two.
            middle, reach = step * n / (n + m), limit * n * m / (n + m)
            kept_low, kept_high = math.floor(middle - reach) + 1, math.ceil(middle + reach) - 1
            first, last = max(low, kept_low), min(high, kept_high)
            if first > last:
                return 1.0
            inside[low + 1 : first + 1] = 0.0
            inside[last + 2 : high + 2] = 0.0
            low, high = first, last
    return min(max(1.0 - float(inside[n + 1]), _ROUNDING), 1.0)


def effect(numbers: Numeric) -> float:
    """The statistic, less what sampling alone gives: its mean without drift, squared, off its square; 0 to 1."""
    n, m = int(numbers.reference.sum()), int(numbers.current.sum())
    noise = _MEAN_LIMIT**2 * (1 / n + 1 / m)
    return math.sqrt(max(statistic(numbers.reference, numbers.current) ** 2 - noise, 0.0))


METHOD = Method(
    name="ks",
    kind="test",
    of=("numeric", "vectors"),
    high=1.0,
    definition=(
        "The greatest difference of the two distribution functions, over the ends of the cells; as an effect size too."
    ),
    correction=(
        "p: exact given the ties up to 2,500 rows of both sides, else Kolmogorov's limit. Effect: the square of the "
        "mean without drift, (0.8687)²(1/n + 1/m), is subtracted from the square."
    ),
    source="Smirnov 1939; Hodges 1958, Arkiv för Matematik 3, 469-486; Schröer & Trenkler 1995, CSDA 20, 185-202.",
)
