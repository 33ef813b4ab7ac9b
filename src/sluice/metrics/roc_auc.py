"""ROC AUC: the chance that a positive row scores above a negative one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, need_both_classes

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
    return min(float(np.dot(positive, below) / (positive.sum() * negative.sum())), 1.0)


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray | None:
    """DeLong's placements, centred: without weights the standard error is DeLong's; ``None`` for a class of one row."""
    import numpy as np

    from sluice.domain import stats

    n, positive = len(y), y == 1
    if not 2 <= positive.sum() <= n - 2:
        return None
    weights, levels = stats.relative_weights(w, n), stats.ranked(p)
    of_positive, every = stats.by_level(levels, y * weights, weights)
    of_negative = every - of_positive
    result = np.empty(n)
    # A negative row's placement is the share of positive rows above it: one minus that below, and centred anyway.
    for mine, own, others, sign in (
        (positive, of_positive, of_negative, 1.0),
        (~positive, of_negative, of_positive, -1.0),
    ):
        total, size = float(own.sum()), int(mine.sum())
        placed = (np.cumsum(others) - others / 2) / others.sum()
        # DeLong divides by (size - 1) within each class, the common formula by (n - 1) over all rows.
        scale = sign * n / total * np.sqrt(size / (size - 1) * (n - 1) / n)
        centred = stats.at_rows(levels, scale * (placed - float(np.dot(own, placed)) / total))
        np.multiply(centred, weights, out=result, where=mine)
    return result


def trials(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Rows of the rarer class. Source: Birnbaum & Klose 1957 (bound of the variance)."""
    from sluice.domain import stats

    weights = stats.relative_weights(w, len(y))
    return min(stats.effective_rows(y * weights), stats.effective_rows((1 - y) * weights))


ROC_AUC = Metric(
    name="roc_auc",
    tasks=("classification",),
    direction="higher",
    low=0.0,
    high=1.0,
    needs=("score",),
    value=value,
    influence=influence,
    trials=trials,
    definition="Area under the ROC curve: chance that a positive row scores above a negative one, ties counted half.",
    assumptions="Rows are independent; a higher score means class 1.",
    source="DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44, 837-845.",
)
