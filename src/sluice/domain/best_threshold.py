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


@dataclass(frozen=True, slots=True, kw_only=True)
class BestThreshold:
    """What such a value and its resampled ones are, for `Metric`.

    ``best(weights, positive, edges)`` is the value of rows by ascending score, some of them positive (1, others 0). A
    threshold is one of ``edges``: it takes the rows from there on, so that those of one score are taken or left
    together.
    """

    best: Callable[[FloatArray, FloatArray, Labels], float]

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
        # Row by row: what belongs to one stays in the processor's cache.
        for index, drawn in enumerate(draws):
            weights = drawn[order]
            if weights @ positive > 0:
                found[index] = self.best(weights, positive, edges)
        return found
