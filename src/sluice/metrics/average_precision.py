"""Average precision: the precision at every positive row's score, averaged over the positive rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, need_positives
from sluice.domain.trials import positive_rows

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Area under the precision-recall steps, 0 to 1; raises ``Undefined`` where no row is positive."""
    import numpy as np

    from sluice.domain import stats

    need_positives(y, w)
    positive, every = stats.by_level(stats.ranked(p), y if w is None else y * w, w)
    reached, positive_reached = np.cumsum(every[::-1]), np.cumsum(positive[::-1])
    precision = np.divide(positive_reached, reached, out=np.zeros_like(reached), where=reached > 0)
    return min(float((positive[::-1] * precision).sum() / positive_reached[-1]), 1.0)


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values, by differentiating the functional.

    With ``pi`` the share of positives, ``B(s)`` the share of rows and ``T(s)`` of positive rows that
    score at least ``s``, average precision is ``E[y T(s) / B(s)] / pi``. A row at ``(s, y)`` changes the mean
    and ``pi`` (first term), and ``T`` and ``B`` at every score up to ``s`` (``through_top``, ``through_all``).
    """
    import numpy as np

    from sluice.domain import stats

    n = len(y)
    weights, levels = None if w is None else stats.relative_weights(w, n), stats.ranked(p)
    here_of_both = stats.by_level(levels, y if weights is None else y * weights, weights)
    positive_here, here = (found / n for found in here_of_both)
    reached = np.cumsum(here[::-1])[::-1]
    positive_reached = np.cumsum(positive_here[::-1])[::-1]
    # Levels that only rows without weight reach change nothing, and would divide by zero.
    inverse = np.divide(1.0, reached, out=np.zeros_like(reached), where=reached > 0)
    precision = positive_reached * inverse
    share = positive_here.sum()
    average = float((positive_here * precision).sum()) / share
    through_top = np.cumsum(positive_here * inverse) / share
    through_all = np.cumsum(positive_here * precision * inverse) / share
    of_positive = stats.at_rows(levels, (precision - average) / share + through_top - through_all)
    result: FloatArray = np.where(y == 1, of_positive, stats.at_rows(levels, -through_all))
    return result if weights is None else result * weights


AVERAGE_PRECISION = Metric(
    name="average_precision",
    tasks=("classification",),
    direction="higher",
    low=0.0,
    high=1.0,
    needs=("score",),
    value=value,
    influence=influence,
    trials=positive_rows,
    definition="Precision at the score of every positive row, averaged over the positive rows (steps, not trapezoids).",
    assumptions="Rows are independent; a higher score means class 1. Depends on the share of positives.",
    source="Boyd, Eng & Page 2013, ECML PKDD, 451-466 (interval at effective rows); influence values derived here.",
)
