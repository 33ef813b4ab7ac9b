"""Few cells out of many, so that effect sizes mean the same for every column and sampling noise stays small.

Cells are merged by what the reference, or both sides together, hold, never by how the sides differ: a merging that
looked for differences would find them in noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sluice.domain.distribution import Categorical, Counts, Missing, Numeric

NUMERIC_BINS = 10
"""Ten bins of equal reference mass, the convention that PSI's usual limits (0.1, 0.25) come from."""

CATEGORY_BINS = 20
"""The most frequent half of these keep a bin each; the other categories share the other half in the labels' order."""

ROWS_PER_BIN = 5
"""Small samples get fewer bins: about as many rows as this in each, on the smaller side."""


LEAST_EXPECTED = 2.0
"""Categories that the smaller side expects fewer rows of are never alone: they would be noise, or new by chance."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bins:
    """Counts of both sides in the same bins, none of them empty on both; ``n`` and ``m`` are their sums."""

    reference: Counts
    current: Counts

    @property
    def n(self) -> int:
        """Rows of the reference."""
        return int(self.reference.sum())

    @property
    def m(self) -> int:
        """Rows of the current data."""
        return int(self.current.sum())

    @property
    def noise(self) -> float:
        """``(bins - 1)(1/n + 1/m)``: what sampling alone adds to Σ(p - q)²/p, to first order; needs rows on both."""
        return (len(self.reference) - 1) * (1 / self.n + 1 / self.m)


def missing_counts(missing: Missing) -> tuple[int, int, int, int]:
    """Null, NaN, -inf, +inf: in this order wherever missing values stand as categories."""
    return missing.null, missing.nan, missing.negative_infinite, missing.positive_infinite


def finite(reference: Counts, current: Counts) -> Bins:
    """The cells as bins, those empty on both sides left out."""
    kept = (reference > 0) | (current > 0)
    return Bins(reference=reference[kept], current=current[kept])


def numeric_bins(numbers: Numeric, most: int = NUMERIC_BINS) -> Bins:
    """At most ``most`` bins of about equal reference mass, then the missing categories."""
    reference, current = merged(numbers, most)
    return _with_missing(reference, current, numbers)


def merged(numbers: Numeric, most: int = NUMERIC_BINS) -> tuple[Counts, Counts]:
    """Finite cells merged in order to about ``most`` bins of about equal reference mass.

    A cell that holds a whole bin's share of both sides is a bin of its own, and the others share what is left: a value
    that comes often does not hide the rest, nor are values that only the current data has lost in the last bin.
    """
    reference, current = numbers.reference, numbers.current
    n, m = int(reference.sum()), int(current.sum())
    if n + m == 0:
        return reference[:0], current[:0]
    share = (reference / max(n, 1) + current / max(m, 1)) / (2 if n and m else 1)
    heavy = share >= 1 / most
    left = float(share[~heavy].sum()) * (min(n, m) or max(n, m))
    wanted = int(min(max(left // ROWS_PER_BIN, 2), max(most - np.count_nonzero(heavy), 1)))
    guide = np.where(heavy, 0, reference)
    if not guide.any():
        guide = np.where(heavy, 0, current)
    middle = (np.cumsum(guide) - guide / 2) / max(int(guide.sum()), 1)
    group = np.minimum((middle * wanted).astype(np.int64), wanted - 1)
    begins = np.flatnonzero((np.diff(group, prepend=-1) > 0) | heavy | np.append(False, heavy[:-1]))
    return np.add.reduceat(reference, begins), np.add.reduceat(current, begins)


def category_bins(categories: Categorical, most: int = CATEGORY_BINS) -> Bins:
    """At most ``most`` bins: the most frequent categories, runs of the others, the rest; then the missing ones."""
    reference, current = categories.reference, categories.current
    total = reference + current
    order = _most_frequent_first(categories, total)
    smaller = min(reference.sum(), current.sum()) / max(int(total.sum()), 1)
    frequent = int(np.count_nonzero(total * smaller >= LEAST_EXPECTED))
    if frequent < len(order) or frequent > most:
        frequent = min(frequent, most // 2)
    alone, others = order[:frequent], in_label_order(categories, order[frequent:])
    reference, current = (
        np.concatenate((side[alone], *_in_runs(side[others], total[others], smaller, most - frequent)))
        for side in (reference, current)
    )
    rest = (categories.reference_rest, categories.current_rest)
    return _with_missing(np.append(reference, rest[0]), np.append(current, rest[1]), categories)


def _most_frequent_first(categories: Categorical, total: Counts) -> Counts:
    """Those that either side has; equally frequent ones by label, since who counted them first may tell the sides."""
    by_label = in_label_order(categories, np.flatnonzero(total))
    return by_label[np.argsort(-total[by_label], kind="stable")]


def _in_runs(side: Counts, total: Counts, smaller: float, most: int) -> list[Counts]:
    """Sums of runs that the smaller side expects enough rows in; nothing of nothing."""
    if not len(total):
        return []
    wanted = int(min(max(total.sum() * smaller // ROWS_PER_BIN, 1), most))
    return [np.add.reduceat(side, runs(total, wanted))]


def in_label_order(categories: Categorical, chosen: Counts) -> Counts:
    """The chosen categories by label: neighbours, such as numbers in sequence or names of one family, stay together."""
    indices: list[int] = chosen.tolist()
    return np.array(sorted(indices, key=categories.labels.__getitem__), dtype=np.int64)


def runs(weights: Counts, most: int) -> Counts:
    """Where runs of about equal weight begin, at most ``most`` of them."""
    middle = (np.cumsum(weights) - weights / 2) / max(int(weights.sum()), 1)
    group = np.minimum((middle * most).astype(np.int64), most - 1)
    return np.flatnonzero(np.diff(group, prepend=-1))


def all_bins(numbers: Numeric) -> Bins:
    """Every cell and every missing category, for what takes many cells."""
    return _with_missing(numbers.reference, numbers.current, numbers)


def _with_missing(reference: Counts, current: Counts, of: Numeric | Categorical) -> Bins:
    return finite(
        np.concatenate((reference, missing_counts(of.reference_missing))),
        np.concatenate((current, missing_counts(of.current_missing))),
    )
