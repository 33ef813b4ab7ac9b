"""Rows of which only the sum counts, put together: a million rows are then drawn anew as fast as a few thousand.

Drawn each by itself, rows of one weight are in sum drawn as often as a Poisson number of the mean of their count; rows
of different weight weigh in sum about as much as so many rows as they are worth (Kish 1965, section 11.7), which have
the same mean and variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sluice.domain.metric import Labels, Metric
from sluice.domain.stats import FloatArray, relative_weights


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Side:
    """What a metric takes of one model."""

    y: Labels
    p: Labels
    weight: FloatArray | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Condensed:
    """Fewer rows in place of many, the same on every side; each is drawn as often as ``copies`` rows together are."""

    sides: tuple[Side, ...]
    copies: FloatArray


def condensed(metric: Metric, sides: tuple[Side, ...]) -> Condensed | None:
    """The rows of one or two models that said something of the same ones; ``None`` where each counts by itself."""
    first, weight = sides[0], sides[0].weight
    if metric.outer is None or not all(_equal(weight, side.weight) for side in sides):
        return None
    # Relative ones, whose squares are numbers whatever the weights are.
    weights = relative_weights(weight, len(first.y))
    outer = np.array([metric.outer(side.y, side.p, weights) for side in sides])
    alone = np.flatnonzero((outer == 0).any(axis=0))
    together = np.flatnonzero((outer != 0).all(axis=0))
    # A cell is a class and, on every side, below or above.
    cells = first.y[together].astype(np.intp)
    for of_side in outer:
        cells = 2 * cells + (of_side[together] > 0)
    total, squares = (np.bincount(cells, weights=x[together]) for x in (weights, np.square(weights)))
    there = np.flatnonzero(squares)
    each = np.concatenate((squares[there] / total[there], weights[alone]))
    copies = np.concatenate((np.square(total[there]) / squares[there], np.ones(len(alone))))
    # Any row of a cell stands for it: what it is beside its class, the scores of its sides say.
    member = np.zeros(len(total), dtype=np.intp)
    member[cells] = together
    rows = np.concatenate((member[there], alone))
    ends = np.array((0.0, np.inf, -np.inf))
    kept = tuple(
        Side(y=side.y[rows], p=np.where(mine[rows] == 0, side.p[rows], ends[mine[rows]]), weight=each)
        for side, mine in zip(sides, outer, strict=True)
    )
    return Condensed(sides=kept, copies=copies)


def _equal(left: FloatArray | None, right: FloatArray | None) -> bool:
    return left is right or (left is not None and right is not None and np.array_equal(left, right))
