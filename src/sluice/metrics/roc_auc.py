"""ROC AUC: the chance that a positive row scores above a negative one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, need_both_classes
from sluice.domain.trials import rarer_class

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Area under the ROC curve, 0 to 1, ties counted half; raises ``Undefined`` where one class is missing."""
    import numpy as np

    from sluice.domain import stats

    need_both_classes(y, w)
    positive, every = stats.by_level(stats.ranked(p), y if w is None else y * w, w)
    negative = every - positive
    below = np.cumsum(negative) - negative / 2
    return min(float((positive * below).sum() / (positive.sum() * negative.sum())), 1.0)


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray | None:
    """DeLong's placements, centred: without weights the standard error is DeLong's; ``None`` for a class of one row."""
    import numpy as np

    from sluice.domain import stats

    n, positive = len(y), y == 1
    size = int(np.count_nonzero(positive))
    if not 2 <= size <= n - 2:
        return None
    weights, levels = None if w is None else stats.relative_weights(w, n), stats.ranked(p)
    of_positive, every = stats.by_level(levels, y if weights is None else y * weights, weights)
    of_negative = every - of_positive
    # A negative row's placement is the share of positive rows above it: one minus that below, and centred anyway.
    of_class = (
        stats.at_rows(levels, _centred(of_positive, of_negative, size, n)),
        stats.at_rows(levels, _centred(of_negative, of_positive, n - size, -n)),
    )
    result: FloatArray = np.where(positive, *of_class)
    return result if weights is None else result * weights


def _centred(own: FloatArray, others: FloatArray, size: int, rows: int) -> FloatArray:
    """At each level the share of the other class below it, less the mean over one's own, by what one's own weigh."""
    import numpy as np

    placed = np.cumsum(others)
    below = float(placed[-1])
    placed -= others / 2
    total = float(own.sum())
    placed -= float((own * placed).sum()) / total
    # DeLong divides by (size - 1) within each class, the common formula by (n - 1) over all rows.
    placed *= rows / total / below * math.sqrt(size / (size - 1) * (abs(rows) - 1) / abs(rows))
    return placed


ROC_AUC = Metric(
    name="roc_auc",
    tasks=("classification",),
    direction="higher",
    low=0.0,
    high=1.0,
    needs=("score",),
    value=value,
    influence=influence,
    trials=rarer_class,
    definition="Area under the ROC curve: chance that a positive row scores above a negative one, ties counted half.",
    assumptions="Rows are independent; a higher score means class 1.",
    source="DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44, 837-845.",
)
