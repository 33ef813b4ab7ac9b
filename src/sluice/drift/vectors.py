"""A kernel two-sample test of vectors: what tells half of the rows apart is tried on the other half."""

from __future__ import annotations

import numpy as np

from sluice.domain.distribution import Categorical, FloatArray, Missing, Numeric, Vectors
from sluice.domain.drift_method import Method

MOST_ROWS = 2_000
"""Rows of each side that are looked at; half of them find the difference, half show whether it is there."""

LEAST_ROWS = 20
"""Fewer rows on a side and there is nothing to learn from half of them."""

SEED = 20_260_101
_SCALES = (0.5, 1.0, 2.0)
_MEDIAN_ROWS = 500
_DIGITS = 10

SAME = 1e-6
"""Vectors whose squared distance is below this share of the median one are the same, stored or computed anew."""

REPEATED = 0.5
"""Where no more than this share of a side's vectors are different ones, they are categories too."""

_SAME_DIGITS = 4


def witness(vectors: Vectors) -> Numeric | None:
    """How much each held-out row looks like the reference's learning half rather than the current one's, as numbers.

    The function is the witness of the maximum mean discrepancy of the learning halves, so that any difference of the
    two distributions, not of the means alone, shows; the held-out rows had no part in it, so that any test of these
    numbers keeps its level. A row is not held against itself: data often holds rows of its own reference, and each
    would know its twin on the other side. ``None`` with fewer than ``LEAST_ROWS`` on a side, or with vectors without
    dimensions.
    """
    if min(len(vectors.reference), len(vectors.current)) < LEAST_ROWS or vectors.reference.shape[1] == 0:
        return None
    rng = np.random.default_rng(SEED)
    (learn_a, try_a), (learn_b, try_b) = (_halves(side, rng) for side in _scaled(vectors))
    width = _median_distance(np.concatenate((learn_a[:_MEDIAN_ROWS], learn_b[:_MEDIAN_ROWS])))
    return _numeric(_score(try_a, learn_a, learn_b, width), _score(try_b, learn_a, learn_b, width))


def repeated(vectors: Vectors) -> Categorical | None:
    """Rows of both sides by what they hold, where vectors repeat so much that leaving twins out leaves little to learn.

    ``None`` where the vectors of both sides are mostly different ones, and where ``witness`` gives nothing.
    """
    if min(len(vectors.reference), len(vectors.current)) < LEAST_ROWS or vectors.reference.shape[1] == 0:
        return None
    sides = _scaled(vectors)
    # Numbers that were computed anew end in other digits; adding 0 makes one zero of two.
    rows = np.round(np.concatenate(sides), _SAME_DIGITS) + 0.0
    kinds, which = np.unique(rows, axis=0, return_inverse=True)
    counts = [np.bincount(part, minlength=len(kinds)) for part in np.split(which.ravel(), [len(sides[0])])]
    if all(np.count_nonzero(count) > REPEATED * count.sum() for count in counts):
        return None
    return Categorical(
        labels=tuple(map(str, range(len(kinds)))),
        reference=counts[0],
        current=counts[1],
        reference_missing=Missing(),
        current_missing=Missing(),
    )


def moved_dimensions(vectors: Vectors, most: int = 3) -> tuple[tuple[int, float], ...]:
    """The dimensions (from 0) whose means differ most, in standard deviations, those beyond chance alone, worst first.

    Beyond chance is beyond a normal quantile at 0.01, two-sided, divided by the number of dimensions.
    """
    from scipy.special import ndtri

    a, b = _scaled(vectors)
    if min(len(a), len(b)) < LEAST_ROWS or a.shape[1] == 0:
        return ()
    difference: FloatArray = np.abs(a.mean(axis=0) - b.mean(axis=0))
    error: FloatArray = np.sqrt(a.var(axis=0) / len(a) + b.var(axis=0) / len(b))
    dimensions = int(a.shape[1])
    limit = -float(ndtri(0.005 / dimensions))
    deviation: FloatArray = a.std(axis=0)
    deviation[deviation == 0] = 1.0
    effects: FloatArray = np.where(difference > limit * error, difference / deviation, 0.0)
    order: list[int] = np.argsort(-effects, kind="stable")[:most].tolist()
    return tuple((index, float(effects[index])) for index in order if effects[index] > 0)


def _scaled(vectors: Vectors) -> tuple[FloatArray, FloatArray]:
    """Rows, bounded in number, spread over the sample, and scaled so that no square of a large number overflows."""
    sides = [side[:: max(1, -(-len(side) // MOST_ROWS))] for side in (vectors.reference, vectors.current)]
    largest = max((float(np.abs(side).max()) for side in sides if side.size), default=0.0)
    return (sides[0] / largest, sides[1] / largest) if largest > 0 else (sides[0], sides[1])


def _halves(side: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    order = rng.permutation(len(side))
    return side[order[: len(side) // 2]], side[order[len(side) // 2 :]]


def _median_distance(rows: FloatArray) -> float:
    """Median squared distance of different rows, the usual width of the kernel; 1 where all rows are the same."""
    squares = _squares(rows, rows)
    positive: FloatArray = squares[squares > 0]
    return float(np.median(positive)) if len(positive) else 1.0


def _squares(left: FloatArray, right: FloatArray) -> FloatArray:
    lengths = np.square(left).sum(axis=1)[:, None] + np.square(right).sum(axis=1)[None, :]
    return np.maximum(lengths - 2 * left @ right.T, 0.0)


def _score(rows: FloatArray, learn_a: FloatArray, learn_b: FloatArray, width: float) -> FloatArray:
    means: list[FloatArray] = []
    for learn in (learn_a, learn_b):
        squares = _squares(rows, learn) / width
        others = squares > SAME
        likeness = np.sum([np.exp(-squares / scale) for scale in _SCALES], axis=0)
        means.append((likeness * others).sum(axis=1) / np.maximum(others.sum(axis=1), 1))
    # Rows that are equal must tie, whatever the order of the sums was.
    return np.round(means[0] - means[1], _DIGITS)


def _numeric(reference: FloatArray, current: FloatArray) -> Numeric:
    values, where = np.unique(np.concatenate((reference, current)), return_inverse=True)
    return Numeric(
        edges=values[1:],
        centres=values,
        reference=np.bincount(where[: len(reference)], minlength=len(values)),
        current=np.bincount(where[len(reference) :], minlength=len(values)),
        reference_missing=Missing(),
        current_missing=Missing(),
        exact=True,
    )


METHOD = Method(
    name="witness",
    kind="test",
    of=("vectors",),
    high=1.0,
    definition=(
        "Of at most 2,000 vectors a side, half give the witness function of the maximum mean discrepancy (Gaussian "
        "kernels around the median distance), the other half are tested by KS on its values; effect sizes are theirs. "
        "No vector is held against itself. Where no more than half are different ones, χ² of their counts stands "
        "beside it."
    ),
    correction="The tested half had no part in the function, so that p is exact as that of KS is. The seed is fixed.",
    source="Gretton et al. 2012, JMLR 13, 723-773; Kübler et al. 2022, A Witness Two-Sample Test, AISTATS.",
)
