"""Of how many rows a value between 0 and 1 is a rate, for `Metric.trials`: which of them count, by their weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sluice.domain.metric import Labels

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """The number of rows of the rarest kind that occurs.

    ``kinds(y, p)`` gives the kind of every row, from 0 on, and -1 for a row that does not count; ``None`` where all
    rows are of one kind.
    """

    kinds: Callable[[Labels, Labels], Labels | None]

    def __call__(self, y: Labels, p: Labels, w: FloatArray | None) -> float:
        """How many equally weighted rows these are worth."""
        import numpy as np

        from sluice.domain import stats

        if w is None:
            return self.among(y, p)
        weights, kinds = stats.relative_weights(w, len(y)), self.kinds(y, p)
        if kinds is None:
            return stats.effective_rows(weights)
        if kinds.max() > 1:
            return self.among(y, p, weights, np.square(weights))
        # One kind after the other takes a fifth of the time of counting all together.
        found = [stats.effective_rows((kinds == kind) * weights) for kind in range(int(kinds.max()) + 1)]
        return min((one for one in found if one > 0), default=0.0)

    def among(self, y: Labels, p: Labels, sums: FloatArray | None = None, squares: FloatArray | None = None) -> float:
        """The same where a row stands for several: by the sums of their weights and of the squares of these."""
        import numpy as np

        kinds = self.kinds(y, p)
        if kinds is None:
            of_kind, of_squares = (np.array([len(y) if one is None else one.sum()]) for one in (sums, squares))
        else:
            at = np.asarray(kinds).astype(np.intp) + 1
            of_kind = np.bincount(at, weights=sums)[1:]
            of_squares = of_kind if squares is None else np.bincount(at, weights=squares)[1:]
        there = of_squares > 0
        return float((np.square(of_kind[there], dtype=np.float64) / of_squares[there]).min()) if there.any() else 0.0


def _of_class(y: Labels, p: Labels) -> Labels:
    from sluice.domain import classes

    return classes.coded(y, y)[0]


every_row = Trials(kinds=lambda y, p: None)
"""All rows."""

positive_rows = Trials(kinds=lambda y, p: y - 1)
"""Positive rows."""

rarer_class = Trials(kinds=lambda y, p: y)
"""Rows of the rarer of two classes. Source: Birnbaum & Klose 1957 (bound of the variance of a ROC AUC)."""

rarest_class = Trials(kinds=_of_class)
"""Rows of the rarest class that occurs, of any number of classes, numbered or named."""
