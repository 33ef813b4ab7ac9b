"""Random rows for metrics of numbers, rankings and events: true values, what a metric needs, and weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sluice.domain.metric import Metric
from sluice.domain.predictions import Predictions

Array = NDArray[np.float64]

PER_QUERY = 12
"""Mean rows of a query."""


def rows(task: str, n: int, rng: np.random.Generator) -> Predictions:
    """Rows of regression, forecasting, ranking or events; ties and rows in no order where they are possible."""
    if task == "ranking":
        return ranked(n, rng)
    return watched(n, rng) if task == "events" else forecast(n, rng)


def forecast(n: int, rng: np.random.Generator) -> Predictions:
    """Numbers around 5, forecasts that are a little off, naive ones that are more so, intervals that hold most."""
    y = 5 + rng.normal(size=n)
    prediction, width = y + rng.normal(scale=0.7, size=n), rng.gamma(4.0, 0.3, size=n)
    return Predictions(
        y=y,
        prediction=prediction,
        naive=y + rng.normal(scale=1.1, size=n),
        low=prediction - width,
        high=prediction + width,
    )


def ranked(n: int, rng: np.random.Generator) -> Predictions:
    """Queries of different sizes, some without a relevant row; scores that know something, rounded into ties."""
    query = rng.integers(0, max(1, n // PER_QUERY), n).astype(np.int32)
    y = rng.choice((0.0, 1.0, 2.0, 3.0), size=n, p=(0.7, 0.15, 0.1, 0.05))
    return Predictions(y=y, query=query, score=np.round(0.5 * y + rng.normal(size=n), 1))


def watched(n: int, rng: np.random.Generator) -> Predictions:
    """Series of a row every quarter of an hour; events of one to three rows, alarms before most, and false ones."""
    group = np.sort(rng.integers(0, max(1, n // 50), n)).astype(np.int32)
    starts = np.flatnonzero(rng.random(n) < 0.12)
    y, prediction = np.zeros(n), (rng.random(n) < 0.03).astype(np.float64)
    for start in starts:
        y[start : start + rng.integers(1, 4)] = 1
        if rng.random() < 0.8:
            prediction[max(0, start - rng.integers(0, 8))] = 1
    order = rng.permutation(n)
    return Predictions(
        y=y[order], prediction=prediction[order], time=900 * order.astype(np.float64), group=group[order]
    )


def needed(metric: Metric, drawn: Predictions) -> Array:
    """The columns that a metric needs, as it takes them."""
    columns = [np.asarray(getattr(drawn, need), dtype=np.float64) for need in metric.needs]
    return columns[0] if len(columns) == 1 else np.column_stack(columns)


def units(metric: Metric, p: Array) -> NDArray[np.intp]:
    """For every row the number of the observation that it belongs to: its query where that is one, else itself."""
    if metric.unit_rows == "row":
        return np.arange(len(p))
    return np.unique(p[:, metric.needs.index("query")], return_inverse=True)[1]


def weights(metric: Metric, p: Array, rng: np.random.Generator) -> Array:
    """Weights of rows, the same for all rows of one observation."""
    of = units(metric, p)
    return rng.gamma(2.0, size=int(of.max()) + 1)[of]
