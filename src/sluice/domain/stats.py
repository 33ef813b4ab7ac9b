"""Standard errors and confidence intervals, as pure functions over NumPy arrays.

A metric is taken as a function of the weighted empirical distribution; its *influence values*
(one per row, mean zero, weights included) give the standard error of the metric and, subtracted
row by row, of a difference between two models on the same rows. Source: Efron & Tibshirani 1993,
chapter 21 (infinitesimal jackknife); Hampel 1974.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from sluice.domain.metric import LEVEL, MIN_TRIALS

FloatArray = NDArray[np.float64]
Index = NDArray[np.intp]
Order = Index | slice

REPLICATES = 500
"""Bootstrap replicates; the 2.5 % quantile then rests on 12 replicates at each end."""

MIN_BOOTSTRAP_ROWS = 30
"""Fewer rows than this are not resampled: too few different samples can be drawn."""

RELATIVE_ZERO = 1e-12
"""A standard error below this, relative to the value's size, is rounding and counts as none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A two-sided confidence interval at ``LEVEL``, both ends in the unit of the value."""

    low: float
    high: float

    def clipped(self, low: float, high: float) -> Interval:
        """The interval, cut to the range that the value can have at all."""
        return Interval(low=min(max(self.low, low), high), high=max(min(self.high, high), low))

    def holding(self, value: float) -> Interval:
        """The interval, widened to hold ``value``: resampled values of a biased metric may all be on one side of it."""
        return Interval(low=min(self.low, value), high=max(self.high, value))


def quantile(level: float = LEVEL) -> float:
    """The normal quantile that cuts ``(1 - level) / 2`` off each tail (1.96 for 0.95)."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def student(freedom: float) -> float:
    """Student's quantile at ``LEVEL``, two-sided; below 3 degrees of freedom that of 3.

    Source: Abramowitz & Stegun 1964, 26.7.5; within 0.4 % at 3 degrees of freedom, 0.001 % from 20 on.
    """
    z, v = quantile(), max(freedom, 3.0)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / v ** (power + 1) for power, term in enumerate(terms))


def relative_weights(weight: FloatArray | None, n: int) -> FloatArray:
    """Weights scaled to mean one; ones where there are none."""
    if weight is None:
        return np.ones(n)
    return weight / weight.mean()


def effective_rows(weight: FloatArray) -> float:
    """How many equally weighted rows these weights are worth, 0 for none. Source: Kish 1965, section 11.7."""
    squares = float(np.square(weight).sum())
    return float(weight.sum()) ** 2 / squares if squares > 0 else 0.0


def ranked(scores: FloatArray) -> tuple[Order, Index]:
    """What puts rows by ascending score, and where each score begins among them, with the number of rows at the end.

    ``scores`` holds at least one row. One sort serves every row; a binary search for each takes several times as long,
    and rows that are in order already are not sorted again.
    """
    order: Order = slice(None)
    if not bool((scores[1:] >= scores[:-1]).all()):
        order = np.argsort(scores)
        scores = scores[order]
    begins = np.flatnonzero(scores[1:] != scores[:-1]) + 1
    return order, np.concatenate(([0], begins, [len(scores)]))


def by_level(
    levels: tuple[Order, Index], positive: FloatArray, weight: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    """Weight of the positive rows and of all rows at each different score, ascending; ``levels`` are ``ranked``'s."""
    order, edges = levels
    single = len(edges) == len(positive) + 1
    of_positive = positive[order] if single else np.add.reduceat(positive[order], edges[:-1])
    if weight is None:
        return of_positive, np.diff(edges).astype(np.float64)
    return of_positive, weight[order] if single else np.add.reduceat(weight[order], edges[:-1])


def at_rows(levels: tuple[Order, Index], values: FloatArray) -> FloatArray:
    """For every row, in the rows' own order, the value of its level; ``levels`` are ``ranked``'s."""
    order, edges = levels
    each = values if len(edges) - 1 == edges[-1] else np.repeat(values, np.diff(edges))
    if isinstance(order, slice):
        return each
    result = np.empty(len(each))
    result[order] = each
    return result


def ratio_influence(top: FloatArray, bottom: FloatArray, weight: FloatArray | None) -> FloatArray:
    """Influence values of ``sum(w * top) / sum(w * bottom)``, by the delta method; the bottom must not be zero."""
    if weight is None:
        mean_bottom = float(np.mean(bottom))
        return (top - float(np.mean(top)) / mean_bottom * bottom) / mean_bottom
    weights = relative_weights(weight, len(top))
    mean_bottom = float(np.mean(weights * bottom))
    ratio = float(np.mean(weights * top)) / mean_bottom
    return weights * (top - ratio * bottom) / mean_bottom


def mean_influence(x: FloatArray, weight: FloatArray | None) -> FloatArray:
    """Influence values of the weighted mean of ``x``."""
    if weight is None:
        return x - float(np.mean(x))
    return ratio_influence(x, np.ones(len(x)), weight)


def standard_error(influence: FloatArray) -> float:
    """Standard error of the value that these influence values belong to; 0 for fewer than two rows."""
    n = len(influence)
    return float(np.std(influence, ddof=1)) / math.sqrt(n) if n > 1 else 0.0


def is_zero(error: float, value: float) -> bool:
    """Whether a standard error is nothing but rounding."""
    return error <= RELATIVE_ZERO * max(1.0, abs(value))


def normal(value: float, error: float) -> Interval:
    """The normal interval ``value ± z · error``."""
    reach = quantile() * error
    return Interval(low=value - reach, high=value + reach)


def wilson(proportion: float, n: float) -> Interval:
    """The score interval of a proportion out of ``n`` (effective) rows, within 0 to 1.

    Raises ``ValueError`` for ``n`` of zero or less. Source: Wilson 1927; for effective rows, Korn & Graubard 1998.
    """
    if n <= 0:
        raise ValueError("a proportion needs at least one row")
    z2 = quantile() ** 2
    centre = (proportion + z2 / (2 * n)) / (1 + z2 / n)
    reach = quantile() * math.sqrt(proportion * (1 - proportion) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # Rounding may leave an end on the wrong side of a proportion of exactly 0 or 1.
    return Interval(low=min(max(centre - reach, 0.0), proportion), high=max(min(centre + reach, 1.0), proportion))


def bounded(value: float, error: float, trials: float) -> Interval:
    """The interval of a value between 0 and 1: Wilson's, at the number of rows that explains the standard error.

    ``trials`` is how many rows the value is a rate over; it stands in where the standard error is
    zero, so that a perfect model on few rows does not look certain (with 50 of 50 right the interval
    starts at 0.93), and bounds the rows where it is under ``MIN_TRIALS``. For a plain proportion the
    result is Wilson's interval itself.
    """
    spread = value * (1 - value)
    if is_zero(error, value) or spread <= 0:
        return wilson(value, trials)
    explained = spread / error**2
    return wilson(value, min(explained, trials) if trials < MIN_TRIALS else explained)


def unseen(trials: float) -> float:
    """The largest rate of an event that ``trials`` rows without one do not rule out (3.7 / trials).

    Source: Clopper & Pearson 1934 for no event; Hanley & Lippman-Hand 1983 ("rule of three") for one side.
    """
    return 1 - ((1 - LEVEL) / 2) ** (1 / trials)


def matched(difference: float, error: float, trials: float) -> Interval:
    """The interval of a difference between two rates counted on the same rows.

    One half row is added to either kind of disagreement, so that few disagreements (or none) do not
    look certain. Source: Agresti & Min 2005, Statistics in Medicine 24, 729-740.
    """
    return normal(difference, math.sqrt(error**2 + 1 / trials**2))


def independent(a: tuple[float, Interval], b: tuple[float, Interval]) -> Interval:
    """The interval of ``a - b`` from two independent values and their intervals.

    For normal intervals this is ``sqrt(se_a² + se_b²)``. Source: Zou & Donner 2008 (MOVER); for rates, Newcombe 1998.
    """
    (value_a, of_a), (value_b, of_b) = a, b
    difference = value_a - value_b
    return Interval(
        low=difference - math.hypot(value_a - of_a.low, of_b.high - value_b),
        high=difference + math.hypot(of_a.high - value_a, value_b - of_b.low),
    )


def generator(seed: str, *names: str) -> np.random.Generator:
    """A random generator that depends on the text alone: the same evidence is resampled in the same way."""
    digest = hashlib.sha256("\0".join((seed, *names)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def resample(rng: np.random.Generator, n: int) -> FloatArray:
    """One bootstrap sample of ``n`` rows, as weights: how often each row was drawn."""
    return np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64)


def percentiles(replicates: FloatArray, rows: float = math.inf) -> Interval:
    """The percentile interval of bootstrap replicates of a value that rests on so many independent rows.

    Its quantiles lie further out than those of ``LEVEL``, by what replicates of few rows vary too little. Source: Efron
    & Tibshirani 1993, chapter 13; expanded: Hesterberg 2015, The American Statistician 69, 371-386, section 3.
    """
    free = max(rows, 2.0) - 1
    tail = NormalDist().cdf(-student(free) * math.sqrt(1 + 1 / free))
    low, high = np.quantile(replicates, (tail, 1 - tail))
    return Interval(low=float(low), high=float(high))
