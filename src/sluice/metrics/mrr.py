"""MRR: how near the top the first relevant row of each query stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric
from sluice.domain.query_mean import QueryMean

if TYPE_CHECKING:
    from sluice.domain.queries import Queries
    from sluice.domain.stats import FloatArray


def _of_queries(queries: Queries, y: FloatArray) -> FloatArray:
    import numpy as np

    relevant = queries.in_ties((y > 0).astype(np.float64))
    with_some = np.flatnonzero(relevant > 0)
    # Ties stand in the order of their queries: the first of each query is the one that decides.
    decided, at = np.unique(queries.of[with_some], return_index=True)
    ties = with_some[at]
    result = np.zeros(len(queries.begins) - 1)
    result[decided] = _expected(queries.above[ties], queries.sizes[ties], relevant[ties])
    return result


def _expected(above: Labels, size: Labels, relevant: FloatArray) -> FloatArray:
    """Expected 1 / place of the first of ``relevant`` rows among ``size`` in any order, ``above`` rows before them.

    It is at place ``above + j`` with the chance C(size - j, relevant - 1) / C(size, relevant).
    """
    from typing import Any

    import numpy as np
    from scipy import special

    gammaln: Any = special.gammaln
    result = 1 / (above + 1.0)
    open_ = np.flatnonzero(relevant < size)
    terms = (size[open_] - relevant[open_] + 1).astype(np.intp)
    begins = np.append(np.intp(0), np.cumsum(terms))
    j = np.arange(int(begins[-1])) - np.repeat(begins[:-1], terms) + 1
    g, r, a = (np.repeat(x[open_], terms) for x in (size, relevant, above))
    # The divisor C(size, relevant) is the same in every term, as is one factor of C(size - j, relevant - 1).
    chance: FloatArray = gammaln(g - j + 1) - gammaln(g - j - r + 2)
    if len(open_):
        chance = np.exp(chance - np.repeat(np.maximum.reduceat(chance, begins[:-1]), terms))
        result[open_] = np.add.reduceat(chance / (a + j), begins[:-1]) / np.add.reduceat(chance, begins[:-1])
    return result


MEAN = QueryMean(of_queries=_of_queries)

MRR = Metric(
    name="mrr",
    tasks=("ranking",),
    direction="higher",
    low=0.0,
    high=1.0,
    needs=("score", "query"),
    unit_rows="query",
    value=MEAN.value,
    influence=MEAN.influence,
    trials=MEAN.trials,
    definition="Mean of 1 / place of a query's first relevant row (a true value above 0) by descending score, over the "
    "queries that have one. Equal scores share their places.",
    assumptions="Queries are independent.",
    source="Voorhees 1999, TREC-8 Question Answering Track Report, 77-82; ties: McSherry & Najork 2008, ECIR, 414-421. "
    "Interval: Wilson 1927 at effective queries.",
)
