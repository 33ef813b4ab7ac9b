"""NDCG: how much of the relevance stands near the top of each query, against the best order of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Family, Metric
from sluice.domain.query_mean import QueryMean

if TYPE_CHECKING:
    from sluice.domain.queries import Queries
    from sluice.domain.stats import FloatArray


def ndcg(first: float) -> Metric:
    """The NDCG among the first so many rows of a query."""
    k = int(first)

    def of_queries(queries: Queries, y: FloatArray) -> FloatArray:
        import numpy as np

        places = min(k, int(np.diff(queries.begins).max()))
        # discounts[i] is the discount of the first i places together.
        discounts = np.concatenate(([0.0], np.cumsum(1 / np.log2(np.arange(2, places + 2)))))
        ends = np.minimum(queries.above + queries.sizes, places)
        through = discounts[ends] - discounts[np.minimum(queries.above, places)]
        gained = queries.in_queries(queries.in_ties(y) / queries.sizes * through)
        best = _best(queries, y, discounts)
        return np.divide(gained, best, out=np.zeros(len(best)), where=best > 0)

    mean = QueryMean(of_queries=of_queries)
    return Metric(
        name=f"ndcg@{k}",
        tasks=("ranking",),
        direction="higher",
        low=0.0,
        high=1.0,
        needs=("score", "query"),
        unit_rows="query",
        value=mean.value,
        influence=mean.influence,
        trials=mean.trials,
        definition=f"Sum of (true value / log2(1 + place)) over the first {k} rows of a query by descending score, "
        "divided by that of the best order; mean over the queries that have a relevant row (a true value above 0). "
        "Equal scores share their places.",
        assumptions="Queries are independent; the true value is the gain itself, as scikit-learn has it: "
        "write 2^relevance - 1 for the steeper one.",
        source="Järvelin & Kekäläinen 2002, ACM TOIS 20, 422-446; ties: McSherry & Najork 2008, ECIR, 414-421. "
        "Interval: Wilson 1927 at effective queries.",
    )


def _best(queries: Queries, y: FloatArray, discounts: FloatArray) -> FloatArray:
    """The sum of discounted gains that the best order of each query has."""
    import numpy as np

    from sluice.domain.queries import descending

    sizes = np.diff(queries.begins)
    of = np.repeat(np.arange(len(sizes)), sizes)
    gains = y[queries.order]
    # What gains nothing stands last in the best order, and adds nothing.
    of, gains = of[gains > 0], gains[gains > 0]
    order = descending(gains, of)
    of, gains = of[order], gains[order]
    place = np.arange(len(of)) - np.searchsorted(of, np.arange(len(sizes)))[of]
    counted = place < len(discounts) - 1
    discounted = gains[counted] * np.diff(discounts)[place[counted]]
    return np.bincount(of[counted], weights=discounted, minlength=len(sizes)).astype(np.float64, copy=False)


NDCG = Family(name="ndcg", parameter="k", make=ndcg)
