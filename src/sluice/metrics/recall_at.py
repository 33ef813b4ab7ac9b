"""Recall of a ranking: the share of a query's relevant rows that stand near its top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Family, Metric
from sluice.domain.query_mean import QueryMean

if TYPE_CHECKING:
    from sluice.domain.queries import Queries
    from sluice.domain.stats import FloatArray


def recall_at(first: float) -> Metric:
    """The recall among the first so many rows of a query."""
    k = int(first)

    def of_queries(queries: Queries, y: FloatArray) -> FloatArray:
        import numpy as np

        relevant = queries.in_ties((y > 0).astype(np.float64))
        found, there = queries.in_queries(relevant * queries.among(k) / queries.sizes), queries.in_queries(relevant)
        return np.divide(found, there, out=np.zeros(len(found)), where=there > 0)

    mean = QueryMean(of_queries=of_queries)
    return Metric(
        name=f"recall@{k}",
        tasks=("ranking",),
        direction="higher",
        low=0.0,
        high=1.0,
        needs=("score", "query"),
        unit_rows="query",
        value=mean.value,
        influence=mean.influence,
        trials=mean.trials,
        definition=f"Share of a query's relevant rows (a true value above 0) that are among its first {k} by "
        "descending score; mean over the queries that have a relevant row. Equal scores share their places.",
        assumptions="Queries are independent.",
        source="Manning, Raghavan & Schütze 2008, Introduction to Information Retrieval, section 8.4; ties: "
        "McSherry & Najork 2008, ECIR, 414-421. Interval: Wilson 1927 at effective queries.",
    )


RECALL_AT = Family(name="recall", parameter="k", make=recall_at)
