"""Metrics that are a mean over queries: each query that has a relevant row counts once, by its weight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Undefined

if TYPE_CHECKING:
    from sluice.domain.queries import Queries
    from sluice.domain.stats import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryMean:
    """What such a mean, its influence values and its trials are, for `Metric`, whose ``p`` has scores and queries.

    ``of_queries(queries, y)`` is the metric of every query, by the true values of all rows; what it says of a query
    without a relevant row (a true value above 0) is of no account.
    """

    of_queries: Callable[[Queries, FloatArray], FloatArray]

    def value(self, y: Labels, p: Labels, w: FloatArray | None) -> float:
        """The weighted mean.

        Raises ``Undefined`` where no query (that weighs anything) has a relevant row, and where the rows of one query
        differ in weight.
        """
        import numpy as np

        _, values, weights = self._ranked(y, p, w)
        return float(np.average(values, weights=weights))

    def influence(self, y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
        """Influence values of that mean: a query's own, in equal parts on its rows."""
        import numpy as np

        queries, values, weights = self._ranked(y, p, w)
        sizes = np.diff(queries.begins)
        own = weights * (values - np.average(values, weights=weights)) / weights.sum() * len(y) / sizes
        result = np.empty(len(y))
        result[queries.order] = np.repeat(own, sizes)
        return result

    def trials(self, y: Labels, p: Labels, w: FloatArray | None) -> float:
        """How many queries the mean rests on."""
        from sluice.domain import stats

        return stats.effective_rows(_weights(y, p, w))

    def _ranked(self, y: Labels, p: Labels, w: FloatArray | None) -> tuple[Queries, FloatArray, FloatArray]:
        """The queries, and the metric and the weight of each."""
        import numpy as np

        from sluice.domain.queries import ranked

        queries = ranked(p[:, 0], p[:, 1])
        weights = _weights(y, p, w)[queries.names]
        return queries, np.where(weights > 0, self.of_queries(queries, y), 0.0), weights


def _weights(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """The weight of every query, by its number; 0 where it has no relevant row."""
    import numpy as np

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
