"""Expected calibration error: how far probabilities are from the shares of positive rows that they meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, need_chances
from sluice.domain.sums import Sums
from sluice.domain.trials import every_row

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray

N_BINS = 15
"""Bins of equal width over 0 to 1, each closed at its upper end, as Guo et al. take them."""

ROUNDING = 1e-12
"""Smaller means of differences between 0 and 1 are none."""


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Mean distance over the bins, by their weight, 0 to 1; raises ``Undefined`` where a score is no probability."""
    import numpy as np

    need_chances(p)
    weights = np.ones(len(y)) if w is None else w
    return float(np.abs(_gaps(y, p, weights)).sum() / weights.sum())


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values of a mean of y - p, each bin's with the sign that it has in sum."""
    import numpy as np

    from sluice.domain import stats

    weights = np.ones(len(y)) if w is None else w
    signs = np.array(_signs(_gaps(y, p, weights) / weights.sum()))
    return stats.mean_influence(signs[_bins(p)] * (y - p), w)


def _gaps(y: Labels, p: Labels, weights: FloatArray) -> FloatArray:
    """The weighted sum of y - p in every bin."""
    import numpy as np

    return np.bincount(_bins(p), weights=weights * (y - p), minlength=N_BINS).astype(np.float64)


def _bins(p: FloatArray) -> Labels:
    import numpy as np

    edges: FloatArray = np.linspace(0, 1, N_BINS + 1)
    return np.searchsorted(edges[1:-1], p)


def _by_bin(y: Labels, p: Labels) -> tuple[FloatArray, ...]:
    """y - p of the rows of each bin, 0 of all others: the sums that the value is made of."""
    bins, gaps = _bins(p), y - p
    return tuple(gaps * (bins == bin_) for bin_ in range(N_BINS))


def _distance(means: FloatArray) -> float:
    import numpy as np

    return float(np.abs(means).sum())


def _signs(means: FloatArray) -> tuple[float, ...]:
    """Of the bins' shares of the value; a bin that is met exactly, but for rounding, has none."""
    import numpy as np

    return tuple(np.where(np.abs(means) > ROUNDING, np.sign(means), 0.0))


# For rows that are not in memory at once; those that are need no array for each bin.
SUMS = Sums(terms=_by_bin, of=_distance, slopes=_signs, require=need_chances)

ECE = Metric(
    name="ece",
    tasks=("classification",),
    direction="lower",
    low=0.0,
    high=1.0,
    needs=("score",),
    unasked=False,
    value=value,
    influence=influence,
    sums=SUMS,
    trials=every_row,
    definition=f"Expected calibration error: over {N_BINS} bins of equal width, the distance between the mean "
    "probability and the share of positive rows, averaged by the rows in the bin.",
    assumptions="Rows are independent; the score is the probability of class 1. Chance alone adds about "
    "0.8 sqrt(bins · p (1 - p) / rows) to the value of a calibrated model, and the interval is of the value with that.",
    source="Naeini, Cooper & Hauskrecht 2015, AAAI, 2901-2907; Guo et al. 2017, ICML, 1321-1330. Interval: delta "
    "method, at Wilson's effective rows.",
)
