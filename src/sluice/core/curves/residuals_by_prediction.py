"""Residuals against predictions: whether a model misses to one side where it predicts little, or much."""

from __future__ import annotations

import numpy as np

from sluice.core.curves.shape import Drawn, Rows, Sides, line
from sluice.domain import stats
from sluice.domain.curves import Line
from sluice.domain.stats import FloatArray

MOST_BINS = 20
MIN_ROWS = 30
"""A bin of fewer rows shows chance rather than the model."""


def points(rows: Rows, sides: Sides) -> Line:
    """A point for each bin of about as many rows: mean prediction, mean residual, and the interval of that."""
    bins = _bins(rows.p)
    n, weight = np.bincount(bins), np.bincount(bins, rows.weights)
    there = np.flatnonzero(weight > 0)
    residual, weights = rows.y - rows.p, rows.weights
    predicted, missed = (np.bincount(bins, weights * each)[there] / weight[there] for each in (rows.p, residual))
    means = np.zeros(len(n))
    means[there] = missed
    squares = np.bincount(bins, (weights * (residual - means[bins])) ** 2)[there]
    low, high = _ends(missed, squares / weight[there] ** 2, n[there])
    return line(np.maximum.accumulate(predicted), missed, (low, high), n[there])


def _bins(p: FloatArray) -> stats.Index:
    """For every row the number of its bin; equal predictions are in one bin."""
    n_bins = max(1, min(MOST_BINS, len(p) // MIN_ROWS))
    at = [round(len(p) * cut / n_bins) for cut in range(1, n_bins)]
    cuts = np.unique(np.partition(p, at)[at]) if at else p[:0]
    return np.searchsorted(cuts, p, side="right")


def _ends(mean: FloatArray, squares: FloatArray, n: stats.Index) -> tuple[FloatArray, FloatArray]:
    """The ends of Student's interval for every mean; NaN for one row."""
    known = n > 1
    error = np.sqrt(np.divide(squares * n, n - 1, out=np.full(len(n), np.nan), where=known))
    reach = np.array([stats.student(count - 1) for count in n.tolist()]) * error
    return mean - reach, mean + reach


RESIDUALS_BY_PREDICTION = Drawn(
    kind="residuals_by_prediction",
    tasks=("regression", "forecasting"),
    definition=f"Mean residual, true minus predicted (y, with its interval), against the mean prediction (x), in at "
    f"most {MOST_BINS} bins of equally many rows.",
    source="Cox & Snell 1968, JRSS B 30, 248-275. Interval: Student's t of the weighted mean.",
    line=points,
)
