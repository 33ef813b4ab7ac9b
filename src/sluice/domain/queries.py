"""Rows that are ranked within queries, as pure functions over NumPy arrays: what ranking metrics have in common.

A metric gives each query a number; its value is their mean over the queries that have a relevant row (a true value
above 0). Rows of equal scores stand in no order: every order of them counts alike, so that a metric gives its expected
value. Source: McSherry & Najork 2008, ECIR, 414-421.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sluice.domain import stats
from sluice.domain.metric import Undefined
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


PerQuery = Callable[[Queries, FloatArray], FloatArray]
"""The metric of every query, by the true values of all rows; of no account where a query has no relevant row."""


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


def mean(metric: PerQuery, y: FloatArray, p: FloatArray, w: FloatArray | None) -> float:
    """The metric's weighted mean over queries; ``p`` has the scores and the queries.

    Raises ``Undefined`` where no query (that weighs anything) has a relevant row, and where the rows of one query
    differ in weight.
    """
    queries = ranked(p[:, 0], p[:, 1])
    weights = _weights(y, p, w)[queries.names]
    return float(np.average(_values(metric, queries, y, weights), weights=weights))


def influence(metric: PerQuery, y: FloatArray, p: FloatArray, w: FloatArray | None) -> FloatArray:
    """Influence values of that mean: a query's own, in equal parts on its rows."""
    queries = ranked(p[:, 0], p[:, 1])
    weights = _weights(y, p, w)[queries.names]
    values = _values(metric, queries, y, weights)
    sizes = np.diff(queries.begins)
    own = weights * (values - np.average(values, weights=weights)) / weights.sum() * len(y) / sizes
    result = np.empty(len(y))
    result[queries.order] = np.repeat(own, sizes)
    return result


def trials(y: FloatArray, p: FloatArray, w: FloatArray | None) -> float:
    """How many queries the mean rests on, weights taken into account."""
    return stats.effective_rows(_weights(y, p, w))


def _weights(y: FloatArray, p: FloatArray, w: FloatArray | None) -> FloatArray:
    """The weight of every query, by its number; 0 where it has no relevant row."""
    query = p[:, 1].astype(np.intp)
    weights = np.bincount(query, weights=y > 0) > 0
    if w is not None:
        of_query = np.zeros(len(weights))
        of_query[query] = w
        if (of_query[query] != w).any():
            raise Undefined("needs one weight for all rows of a query; the rows of some differ in weight")
        weights = weights * of_query
    if weights.sum() <= 0:
        raise Undefined("needs queries with a relevant row (a true value above 0); there are none")
    return weights.astype(np.float64)


def _values(metric: PerQuery, queries: Queries, y: FloatArray, weights: FloatArray) -> FloatArray:
    return np.where(weights > 0, metric(queries, y), 0.0)
