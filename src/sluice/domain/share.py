"""Metrics that are a share: of the rows that count, those for which something holds, both by their weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Undefined, weight_of
from sluice.domain.trials import Trials

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a share, from 0 to 1, its influence values and its trials are, for `Metric`.

    ``rows(y, p)`` marks with 1 the rows that hold, then those that count; the first are among the second. ``empty``
    says what is missing where none counts, in words that follow the metric's name.
    """

    rows: Callable[[Labels, Labels], tuple[Labels, Labels]]
    empty: str

    def value(self, y: Labels, p: Labels, w: FloatArray | None) -> float:
        """The share; raises ``Undefined`` where no row that weighs anything counts."""
        holds, counts = self.rows(y, p)
        total = weight_of(counts, w)
        if total <= 0:
            raise Undefined(self.empty)
        return weight_of(holds, w) / total

    def influence(self, y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
        """Influence values of the ratio of two sums."""
        from sluice.domain import stats

        return stats.ratio_influence(*self.rows(y, p), w)

    @property
    def trials(self) -> Trials:
        """The rows that count."""
        return Trials(kinds=lambda y, p: self.rows(y, p)[1] - 1)
