"""Rows that are ranked within queries, as pure functions over NumPy arrays: what ranking metrics have in common.

Rows of equal scores stand in no order: every order of them counts alike, so that a metric gives its expected value.
Source: McSherry & Najork 2008, ECIR, 414-421.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sluice.domain.stats import FloatArray

_Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Queries:
    """Rows by query, best scores first, and within a query by ties: runs of rows of one score.

    ``order`` has the row positions; ``begins`` where each query begins among them, ``ties`` where each tie does, both
    with the number of rows at their end; ``names`` has the number of each query in the file. ``above`` is how many rows
    of its query stand before a tie, ``of`` the position of its query.
    """

    order: _Index
    begins: _Index
    ties: _Index
    names: _Index
    of: _Index
    above: _Index

    @property
    def sizes(self) -> _Index:
        """Rows in each tie."""
        return np.diff(self.ties)

    def among(self, first: int) -> _Index:
        """How many places of each tie are among the ``first`` of its query."""
        return np.minimum(self.above + self.sizes, first) - np.minimum(self.above, first)

    def in_ties(self, x: FloatArray) -> FloatArray:
        """The sum of ``x``, one value per row, over each tie."""
        return np.add.reduceat(x[self.order], self.ties[:-1])

    def in_queries(self, x: FloatArray) -> FloatArray:
        """The sum of ``x``, one value per tie, over each query."""
        return np.bincount(self.of, weights=x, minlength=len(self.begins) - 1).astype(np.float64, copy=False)


def ranked(score: FloatArray, query: FloatArray) -> Queries:
    """Rows of any order put in that of their queries and scores; there must be at least one.

    ``query`` has whole numbers from 0 on.
    """
    order = descending(score, query)
    ordered_queries, ordered_scores = query[order], score[order]
    other = ordered_queries[1:] != ordered_queries[:-1]
    begins = _edges(other)
    ties = _edges(other | (ordered_scores[1:] != ordered_scores[:-1]))
    of = np.searchsorted(begins, ties[:-1], side="right") - 1
    names = ordered_queries[begins[:-1]].astype(np.intp)
    return Queries(order=order, begins=begins, ties=ties, names=names, of=of, above=ties[:-1] - begins[of])


def descending(x: FloatArray, query: FloatArray | _Index) -> _Index:
    """Row positions by query, those of one query by descending ``x``; equal ones in any order."""
    by_x = np.argsort(-x)
    # One sort of whole numbers takes a third of a stable sort by two columns.
    keys = query[by_x].astype(np.int64) * len(x) + np.arange(len(x))
    keys.sort()
    return by_x[keys % len(x)]


def _edges(other: NDArray[np.bool_]) -> _Index:
    return np.concatenate(([0], np.flatnonzero(other) + 1, [len(other) + 1]))
