"""What a curve is made of and by: rows of both models in, points out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sluice.domain import stats
from sluice.domain.config import Task
from sluice.domain.curves import MAX_POINTS, CurveKind, Line
from sluice.domain.metric import Undefined
from sluice.domain.predictions import Index
from sluice.domain.stats import FloatArray

DIGITS = 7
"""Significant digits of a stored point: a thousandth of a pixel of any picture, at half the size of the evidence."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """True values (1 for the class at hand, 0 for the rest, where there are classes), what was predicted, weights."""

    y: FloatArray
    p: FloatArray
    weight: FloatArray | None = None

    @property
    def weights(self) -> FloatArray:
        """The weight of every row, 1 on average."""
        return stats.relative_weights(self.weight, len(self.y))


Sides = tuple[Rows, "Rows | None"]
"""The candidate's rows, and the baseline's where there are any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One kind of curve. ``line(rows, sides)`` gives one side's points and raises ``Undefined`` where it has none.

    ``sides`` are both, for what must be common to them, such as the bins of a histogram.
    """

    kind: CurveKind
    tasks: tuple[Task, ...]
    definition: str
    source: str
    line: Callable[[Rows, Sides], Line]


def line(
    x: FloatArray, y: FloatArray, ends: tuple[FloatArray, FloatArray] | None = None, n: Index | None = None
) -> Line:
    """Points as they are stored; an end that is no finite number is none. Raises ``Undefined`` for what has no place.

    Rows whose weights or numbers lie at the far ends of what a number can hold may come to that.
    """
    if not len(x) or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise Undefined("its numbers are too large, or weigh too little, to be drawn")
    low, high = (_rounded(end) for end in ends) if ends is not None else ((), ())
    counts = () if n is None else tuple(int(count) for count in n)
    return Line(x=_plain(x), y=_plain(y), low=low, high=high, n=counts)


def _plain(values: FloatArray) -> tuple[float, ...]:
    return tuple(float(f"{value:.{DIGITS}g}") for value in values.tolist())


def _rounded(values: FloatArray) -> tuple[float | None, ...]:
    return tuple(float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in values.tolist())


def passed(rows: Rows) -> tuple[FloatArray, FloatArray]:
    """Weight of positive rows, and of the others, that score at least each different score; the highest score first.

    Each is summed by itself: taken off the sum of both, the lighter one would be lost to rounding.
    """
    weight = np.ones(len(rows.y)) if rows.weight is None else rows.weight
    positive, negative = stats.by_level(stats.ranked(rows.p), rows.y * weight, (1.0 - rows.y) * weight)
    return np.cumsum(positive[::-1]), np.cumsum(negative[::-1])


def thinned(way: FloatArray, most: int = MAX_POINTS) -> Index:
    """Positions of at most ``most`` points out of many, the first and the last among them.

    ``way`` ascends: how far along the curve each point lies. Kept is, for each of equal steps of it, the first point
    that has come so far: between two kept ones lies no more than one step, or one jump of the curve's own.
    """
    if len(way) <= most:
        return np.arange(len(way))
    # Two places for each step at most: the ends are kept whatever the steps are.
    marks = np.linspace(float(way[0]), float(way[-1]), most - 1)
    return np.unique(np.concatenate(([0], np.searchsorted(way, marks[1:-1]), [len(way) - 1])))
