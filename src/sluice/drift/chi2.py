"""χ² of homogeneity: whether two lists of counts over the same categories may come from one distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sluice.domain.distribution import Categorical, Counts, FloatArray
from sluice.domain.drift_method import Method
from sluice.drift.bins import LEAST_EXPECTED, ROWS_PER_BIN, Bins, finite, in_label_order, missing_counts, runs

if TYPE_CHECKING:
    from collections.abc import Sequence

EXACT_EXPECTED = 1_000
"""With two categories, up to this many expected rows in the smallest of the four cells the test is Fisher's."""

_MOST_RUNS = 20
_TOLERANCE = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """χ² with its degrees of freedom and p-value."""

    statistic: float
    df: int
    p_value: float


def homogeneity(bins: Bins) -> Tested:
    """Test two lists of counts; both sides need rows. Two categories: Fisher's exact test.

    More: the greater of two p-values, that of Pearson's statistic by its own first three moments given the margins, and
    that of the likelihood ratio with Williams' correction. Each errs where the other does not: the first by a factor of
    about two in far tails of very unequal samples, the second where few rows are expected.
    """
    if len(bins.reference) < 2:
        return Tested(statistic=0.0, df=0, p_value=1.0)
    statistic, df = _pearson(bins), len(bins.reference) - 1
    total = bins.reference + bins.current
    if df == 1 and int(total.min()) * min(bins.n, bins.m) <= EXACT_EXPECTED * (bins.n + bins.m):
        return Tested(statistic=statistic, df=1, p_value=_fisher(bins))
    p = max(_by_moments(statistic, total, bins.n), _by_likelihood(bins))
    return Tested(statistic=statistic, df=df, p_value=p)


def _pearson(bins: Bins) -> float:
    total, share = bins.reference + bins.current, bins.n / (bins.n + bins.m)
    return float(np.sum(np.square(bins.reference - total * share) / total) / (share * (1 - share)))


def _by_moments(statistic: float, total: Counts, n: int) -> float:
    """P(X² ≥ statistic) by Pearson's type III curve (a shifted χ²) with the mean, variance and skewness of X².

    A category's count is taken as binomial; that the counts add up to n costs one of the squares.
    """
    from scipy.special import chdtrc

    size, rows = len(total), int(total.sum())
    variance, third = _cumulants(total.astype(np.float64), n / rows)
    mean = (size - 1) * rows / (rows - 1)
    # Few rows in a category make the true variance smaller than that of χ²; never trust it to be much smaller.
    variance, third = max(variance, 0.4 * (size - 1)), max(third, 1e-9)
    df = 8 * variance**3 / third**2
    scale = math.sqrt(variance / (2 * df))
    return float(chdtrc(df, max((statistic - mean) / scale + df, 0.0)))


def _cumulants(total: FloatArray, share: float) -> tuple[float, float]:
    """Second and third cumulant of Pearson's statistic, from the moments of a binomial count up to the sixth."""
    pq = share * (1 - share)
    k2 = total * pq
    k3 = k2 * (1 - 2 * share)
    k4 = k2 * (1 - 6 * pq)
    k6 = k2 * (1 - 30 * pq + 120 * pq**2)
    second = (k4 + 3 * k2**2) / k2**2
    third = (k6 + 15 * k4 * k2 + 10 * k3**2 + 15 * k2**3) / k2**3
    return float(np.sum(second - 1)) - 2, float(np.sum(third - 3 * second + 2)) - 8


def _by_likelihood(bins: Bins) -> float:
    from scipy.special import chdtrc, xlogy

    total, rows, df = bins.reference + bins.current, bins.n + bins.m, len(bins.reference) - 1
    expected = total * (bins.n / rows), total * (bins.m / rows)
    ratio = 2 * sum(
        float(np.sum(xlogy(counts, counts / expect)))
        for counts, expect in zip((bins.reference, bins.current), expected, strict=True)
    )
    sides = rows / bins.n + rows / bins.m - 1
    williams = 1 + sides * (float(np.sum(rows / total)) - 1) / (6 * rows * df)
    return float(chdtrc(df, max(ratio, 0.0) / williams))


def _fisher(bins: Bins) -> float:
    """Two-sided p-value of a 2 × 2 table: all tables with these margins that are no likelier than this one."""
    from scipy.special import gammaln

    total = bins.reference + bins.current
    # Of the four cells, the one that fewest rows are expected in: its tables are soon no longer possible.
    rarer = int(np.argmin(total))
    side, rows = (bins.reference, bins.n) if bins.n <= bins.m else (bins.current, bins.m)
    seen, kind, others = int(side[rarer]), int(total[rarer]), int(total.sum() - total[rarer])
    low, high = max(0, rows - others), min(kind, rows)
    # Far beyond both what is expected (at most EXACT_EXPECTED) and what was seen, no table has any weight.
    x = np.arange(low, min(high, max(4 * EXACT_EXPECTED, 2 * seen)) + 1, dtype=np.float64)
    logs = -(gammaln(x + 1) + gammaln(kind - x + 1) + gammaln(rows - x + 1) + gammaln(others - rows + x + 1))
    weights = np.exp(logs - logs.max())
    alike = weights <= weights[seen - low] * (1 + _TOLERANCE)
    return min(float(weights[alike].sum() / weights.sum()), 1.0)


def cells(categories: Categorical) -> Bins:
    """The categories that the smaller side expects enough rows of, runs of the others, the rest and the missing ones.

    What is merged depends on both sides' sum alone, so that the test keeps its level.
    """
    reference, current = categories.reference, categories.current
    extra = (categories.reference_rest, *missing_counts(categories.reference_missing))
    other = (categories.current_rest, *missing_counts(categories.current_missing))
    n, m = int(reference.sum()) + sum(extra), int(current.sum()) + sum(other)
    smaller = min(n, m) / max(n + m, 1)
    total = reference + current
    enough = total * smaller >= LEAST_EXPECTED
    sparse = in_label_order(categories, np.flatnonzero(~enough & (total > 0)))
    parts = [(reference[enough], current[enough]), (np.array(extra), np.array(other))]
    if len(sparse):
        most = int(min(max(total[sparse].sum() * smaller // ROWS_PER_BIN, 1), _MOST_RUNS))
        begins = runs(total[sparse], most)
        parts.append((np.add.reduceat(reference[sparse], begins), np.add.reduceat(current[sparse], begins)))
    return enough_each(_joined(parts))


def _joined(parts: Sequence[tuple[Counts, Counts]]) -> Bins:
    return finite(np.concatenate([left for left, _ in parts]), np.concatenate([right for _, right in parts]))


def enough_each(bins: Bins) -> Bins:
    """The bins with the sparse ones merged, and that sum with the smallest other one where it is sparse as well."""
    total = bins.reference + bins.current
    if len(total) <= 2:
        return bins
    expected = total * (min(bins.n, bins.m) / max(bins.n + bins.m, 1))
    order = np.argsort(expected, kind="stable")
    sparse = int(np.count_nonzero(expected < LEAST_EXPECTED))
    if sparse == 0:
        return bins
    if expected[order[:sparse]].sum() < LEAST_EXPECTED:
        sparse += 1
    if sparse >= len(order):
        return _halves(bins, order)
    merged, kept = order[:sparse], order[sparse:]
    return Bins(
        reference=np.append(bins.reference[kept], bins.reference[merged].sum()),
        current=np.append(bins.current[kept], bins.current[merged].sum()),
    )


def _halves(bins: Bins, order: Counts) -> Bins:
    """The largest bin against all others: two categories, which Fisher's test takes however few rows there are."""
    largest, others = order[-1], order[:-1]
    return Bins(
        reference=np.array([bins.reference[largest], bins.reference[others].sum()]),
        current=np.array([bins.current[largest], bins.current[others].sum()]),
    )


METHOD = Method(
    name="chi2",
    kind="test",
    of=("numeric", "categorical", "vectors"),
    high=float("inf"),
    definition=(
        "Pearson's Σ (observed - expected)²/expected of the table side × category, categories of fewer than 2 expected "
        "rows merged; of numbers, beside KS, over PSI's bins where more than a tenth of the values are the same."
    ),
    correction=(
        "p: Fisher's exact test for two categories, else the greater of Pearson's by its three first moments and the "
        "likelihood ratio's with Williams' correction, so that far tails keep their level with few rows."
    ),
    source="Pearson 1900; Fisher 1922; Haldane 1940, Biometrika 31, 346-355; Williams 1976, Biometrika 63, 33-37.",
)
