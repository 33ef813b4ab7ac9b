"""Rows counted by their classes: what metrics of classes need of any number of rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sluice.domain.classes import coded
from sluice.domain.predictions import Column
from sluice.domain.stats import FloatArray

MAX_CELLS = 100_000
"""More combinations of classes are not counted: a class for nearly every row is a number or a key."""

_DENSE = 1 << 20
"""So many combinations that could be are counted in place, without a sort."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """Every combination of classes that occurs, in ``columns`` (the true class, then each model's), and its rows.

    ``n`` is how many rows have it, ``weight`` and ``squares`` are sums of their weights and of the squares of these.
    """

    columns: tuple[Column, ...]
    n: NDArray[np.int64]
    weight: FloatArray
    squares: FloatArray

    def __add__(self, other: Cells) -> Cells:
        """The cells of both sets of rows together."""
        columns = tuple(np.concatenate(pair) for pair in zip(self.columns, other.columns, strict=True))
        n, weight, squares = (
            np.concatenate([getattr(self, name), getattr(other, name)]) for name in ("n", "weight", "squares")
        )
        place, at = _places(columns)
        return Cells(
            columns=tuple(column[at] for column in columns),
            n=_sums(place, n).astype(np.int64),
            weight=_sums(place, weight),
            squares=_sums(place, squares),
        )

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.n.sum())

    @property
    def effective_rows(self) -> float:
        """How many equally weighted rows these are worth."""
        squares = float(self.squares.sum())
        return float(self.weight.sum()) ** 2 / squares if squares > 0 else 0.0

    def error(self, along: FloatArray) -> float:
        """The standard error of a value on which a row of each cell has so much influence per weight; for two rows."""
        spread = float((self.squares * np.square(along)).sum())
        return math.sqrt(spread * self.rows / (self.rows - 1)) / float(self.weight.sum())


def counted(columns: tuple[Column, ...], weight: FloatArray | None) -> Cells:
    """The cells of some rows; their weights count as ones where there are none."""
    place, at = _places(columns)
    n = np.bincount(place)
    return Cells(
        columns=tuple(column[at] for column in columns),
        n=n.astype(np.int64),
        weight=n.astype(np.float64) if weight is None else _sums(place, weight),
        squares=n.astype(np.float64) if weight is None else _sums(place, np.square(weight)),
    )


def _sums(place: NDArray[np.intp], values: NDArray[Any]) -> FloatArray:
    return np.bincount(place, weights=values).astype(np.float64, copy=False)


def _places(columns: tuple[Column, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For every row the number of its combination, from 0 on, and for every combination one row that has it."""
    n = len(columns[0])
    first, others, known = coded(columns[0], np.concatenate(columns[1:]))
    place = first
    for column in others.reshape(-1, n):
        place = place * len(known) + column
    if len(known) ** len(columns) > _DENSE:
        _, at, place = np.unique(place, return_index=True, return_inverse=True)
        return place, at
    row = np.full(len(known) ** len(columns), -1, dtype=np.intp)
    row[place] = np.arange(n)
    there = row >= 0
    return (np.cumsum(there) - 1)[place], row[there]
