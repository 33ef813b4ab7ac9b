"""What rows come to for metrics that are functions of means: sums that add up, whatever parts the rows come in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sluice.domain.stats import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """Weighted means of k terms of some rows, and what the spread of a function of these means is made of.

    ``weight`` and ``squares`` are the sums of the weights and of their squares. ``first`` (k) and ``second`` (k, k)
    are the sums, by the squared weights, of the terms' distances from their means and of the products of these: from
    the means, since sums of large squares have no digits left. Source of adding: Chan, Golub & LeVeque 1983, The
    American Statistician 37, 242-247, here for squared weights.
    """

    rows: int
    weight: float
    squares: float
    means: FloatArray
    first: FloatArray
    second: FloatArray

    def __add__(self, other: Moments) -> Moments:
        """The moments of both sets of rows together."""
        weight = self.weight + other.weight
        share = other.weight / weight if weight > 0 else 0.0
        means = self.means + share * (other.means - self.means)
        left, right = self._around(means), other._around(means)
        return Moments(
            rows=self.rows + other.rows,
            weight=weight,
            squares=self.squares + other.squares,
            means=means,
            first=left[0] + right[0],
            second=left[1] + right[1],
        )

    def _around(self, means: FloatArray) -> tuple[FloatArray, FloatArray]:
        """``first`` and ``second``, of distances from other means."""
        moved = self.means - means
        crossed = np.outer(self.first, moved)
        second = self.second + crossed + crossed.T + self.squares * np.outer(moved, moved)
        return self.first + self.squares * moved, second

    def error(self, along: FloatArray) -> float:
        """The standard error, by the delta method, of what has these derivatives by the means; for two rows or more."""
        spread = max(float(along @ self.second @ along), 0.0)
        return math.sqrt(spread * self.rows / (self.rows - 1)) / self.weight

    @property
    def effective_rows(self) -> float:
        """How many equally weighted rows these are worth."""
        return self.weight**2 / self.squares if self.squares > 0 else 0.0


def moments(terms: Sequence[FloatArray], weight: FloatArray | None) -> Moments:
    """The moments of some rows, one array for each term; their weights count as ones where there are none."""
    n = len(terms[0])
    total = float(n if weight is None else weight.sum())
    if total <= 0:
        nothing = np.zeros(len(terms))
        return Moments(rows=n, weight=0.0, squares=0.0, means=nothing, first=nothing, second=np.outer(nothing, nothing))
    means = np.array([np.average(term, weights=weight) for term in terms])
    apart = np.stack([term - mean for term, mean in zip(terms, means, strict=True)])
    squares = None if weight is None else np.square(weight)
    weighed = apart if squares is None else apart * squares
    return Moments(
        rows=n,
        weight=total,
        squares=float(n if squares is None else squares.sum()),
        means=means,
        first=weighed.sum(axis=1),
        second=weighed @ apart.T,
    )
