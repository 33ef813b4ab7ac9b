"""The calibration curve: the share of positive rows that probabilities of each size meet."""

from __future__ import annotations

import numpy as np

from sluice.core.curves.shape import Drawn, Rows, Sides, line
from sluice.domain import stats
from sluice.domain.curves import Line
from sluice.domain.metric import need_chances
from sluice.metrics.ece import N_BINS


def points(rows: Rows, sides: Sides) -> Line:
    """A point for each bin that holds rows, with Wilson's interval; raises ``Undefined`` where a score is no chance.

    The bins are those of the metric ``ece``: of equal width, each closed at its upper end.
    """
    need_chances(rows.p)
    weights = rows.weights
    bins = np.searchsorted(np.linspace(0, 1, N_BINS + 1)[1:-1], rows.p)
    n = np.bincount(bins, minlength=N_BINS)
    weight, chance, positive, squares = (
        np.bincount(bins, each, N_BINS) for each in (weights, weights * rows.p, weights * rows.y, weights**2)
    )
    there = weight > 0
    mean, share = chance[there] / weight[there], positive[there] / weight[there]
    # Rounding may carry a mean beyond its range, and out of order with the next bin's.
    mean, share = np.maximum.accumulate(mean.clip(0, 1)), share.clip(0, 1)
    effective = np.divide(weight[there] ** 2, squares[there], out=np.ones(len(mean)), where=squares[there] > 0)
    found = [stats.wilson(*one) for one in zip(share.tolist(), effective.tolist(), strict=True)]
    ends = (np.array([one.low for one in found]), np.array([one.high for one in found]))
    return line(mean, share, ends, n[there])


CALIBRATION = Drawn(
    kind="calibration",
    tasks=("classification",),
    definition=f"Share of positive rows (y, with its interval) against the mean probability (x) in {N_BINS} bins of "
    "equal width: a calibrated model lies on the diagonal.",
    source="DeGroot & Fienberg 1983, The Statistician 32, 12-22. Interval: Wilson 1927, at Kish's effective rows.",
    line=points,
)
