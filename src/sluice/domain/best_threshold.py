"""Metrics that are what the best threshold reaches, chosen among all scores of the same rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, need_positives

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray

SHORT = 1e-12
"""How far a share may fall short of the demanded one: rounding, relative to the weight of all rows."""

CERTAIN = 6.0
"""So many standard errors from where it would change, nothing changes in a resampled set: two in a billion do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BestThreshold:
    """What such a value and its resampled ones are, for `Metric`.

    ``best(weights, positive, edges)`` is the value of rows by ascending score; ``positive`` is their weight where they
    are positive, else 0. A threshold is one of ``edges``: it takes the rows from there on, so that those of one score
    are taken or left together. ``near(weights, positive, edges)`` is the first and the last position in ``edges`` of
    the thresholds that any set of these rows, drawn anew, may choose: all others are ``CERTAIN`` standard errors from
    being chosen.
    """

    best: Callable[[FloatArray, FloatArray, Labels], float]
    near: Callable[[FloatArray, FloatArray, Labels], tuple[int, int]]

    def value(self, y: Labels, p: Labels, w: FloatArray | None) -> float:
        """The value, 0 to 1; raises ``Undefined`` without positive rows."""
        import numpy as np

        need_positives(y, w)
        return float(self.many(y, p, np.ones((1, len(y))) if w is None else w[None, :])[0])

    def influence(self, y: Labels, p: Labels, w: FloatArray | None) -> None:
        """None: a best threshold is no smooth function of the rows, so the interval is bootstrapped."""

    def many(self, y: Labels, p: Labels, draws: FloatArray) -> FloatArray:
        """The value under every row of weights; NaN without positive rows."""
        import numpy as np

        from sluice.domain import stats

        order, edges = stats.ranked(p)
        positive = y[order]
        found = np.full(len(draws), np.nan)
        # Row by row, and not by `@`: what belongs to one stays in the cache, and no threads wait for one another.
        for index, drawn in enumerate(draws):
            weights = drawn[order]
            of_positive = weights * positive
            if of_positive.any():
                found[index] = self.best(weights, of_positive, edges)
        return found

    def outer(self, y: Labels, p: Labels, w: FloatArray | None) -> Labels:
        """-1 for the rows that lie below all thresholds that may be chosen, 1 for those above, 0 for those between."""
        import numpy as np

        from sluice.domain import stats

        order, edges = stats.ranked(p)
        weights = (np.ones(len(y)) if w is None else w)[order]
        first, last = self.near(weights, weights * y[order], edges)
        ranks = np.arange(len(y))
        result = np.empty(len(y), dtype=np.int8)
        result[order] = (ranks >= edges[last]).astype(np.int8) - (ranks < edges[first])
        return result


def from_each(x: FloatArray, edges: Labels) -> FloatArray:
    """The sum of ``x`` over the rows that each threshold takes; the last one, which takes none, is left out."""
    import numpy as np

    # Summed from the top, so that what is exactly nothing there stays so.
    result: FloatArray = np.cumsum(x[::-1])[::-1][edges[:-1]]
    return result
