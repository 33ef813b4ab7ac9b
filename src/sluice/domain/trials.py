"""Of how many rows a value between 0 and 1 is a rate, for `Metric.trials`: which of them count, by their weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def every_row(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """All rows."""
    from sluice.domain import stats

    return stats.effective_rows(stats.relative_weights(w, len(y)))


def positive_rows(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Positive rows."""
    from sluice.domain import stats

    return stats.effective_rows(y * stats.relative_weights(w, len(y)))


def rarer_class(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Rows of the rarer of two classes. Source: Birnbaum & Klose 1957 (bound of the variance of a ROC AUC)."""
    from sluice.domain import stats

    weights = stats.relative_weights(w, len(y))
    return min(stats.effective_rows(y * weights), stats.effective_rows((1 - y) * weights))


def rarest_class(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Rows of the rarest class that occurs, of any number of classes, numbered or named."""
    import numpy as np

    from sluice.domain import classes, stats

    truth, _, known = classes.coded(y, y)
    weights = stats.relative_weights(w, len(y))
    total = np.bincount(truth, weights=weights, minlength=len(known))
    squares = np.bincount(truth, weights=np.square(weights), minlength=len(known))
    there = total > 0
    return float((np.square(total[there]) / squares[there]).min())
