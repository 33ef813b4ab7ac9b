"""Metrics that are a smooth function of a few means over the rows, so that sums of the rows are all they need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sluice.domain.metric import Labels

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What such a metric and its influence values are, for `Metric`, in memory as over any number of rows.

    ``terms(y, p)`` gives numbers of every row, one array for each mean. ``of(means)`` is the value (it may raise
    ``Undefined``), ``slopes(means)`` are its derivatives by the means. ``require(p)`` raises ``Undefined`` for what
    has no terms. Where it is the same to the metric where zero lies, ``centred`` has true and predicted values counted
    from near the middle of the true ones: squares of large numbers that differ little have no digits left.
    """

    terms: Callable[[Labels, Labels], tuple[FloatArray, ...]]
    of: Callable[[FloatArray], float]
    slopes: Callable[[FloatArray], tuple[float, ...]]
    require: Callable[[Labels], None] | None = None
    centred: bool = False

    def value(self, y: Labels, p: Labels, w: FloatArray | None) -> float:
        """The metric of these rows; raises ``Undefined``."""
        if self.require is not None:
            self.require(p)
        return float(self.of(self._means(self._terms(y, p, w), w)))

    def influence(self, y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
        """Influence values, by the delta method."""
        import numpy as np

        from sluice.domain import stats

        terms = self._terms(y, p, w)
        means = self._means(terms, w)
        result = np.zeros(len(y))
        for term, mean, slope in zip(terms, means, self.slopes(means), strict=True):
            if slope:
                result += slope * (term - mean)
        return result if w is None else result * stats.relative_weights(w, len(y))

    def at(self, y: Labels, p: Labels, middle: float) -> tuple[FloatArray, ...]:
        """The terms of some of the rows; ``middle`` is near the middle of the true values of all."""
        return self.terms(y - middle, p - middle) if self.centred else self.terms(y, p)

    def _terms(self, y: Labels, p: Labels, w: FloatArray | None) -> tuple[FloatArray, ...]:
        import numpy as np

        return self.at(y, p, float(np.average(y, weights=w)) if self.centred else 0.0)

    @staticmethod
    def _means(terms: tuple[FloatArray, ...], w: FloatArray | None) -> FloatArray:
        import numpy as np

        return np.array([np.average(term, weights=w) for term in terms])


def mean_of(losses: Callable[[Labels, Labels], FloatArray], require: Callable[[Labels], None] | None = None) -> Sums:
    """A metric that is the mean of one number of every row."""
    return Sums(terms=lambda y, p: (losses(y, p),), of=lambda means: means[0], slopes=lambda _: (1.0,), require=require)
