"""ROC AUC: the chance that a positive row scores above a negative one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, need_both_classes

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Area under the ROC curve, 0 to 1, ties counted half; raises ``Undefined`` where one class is missing."""
    from sklearn.metrics import roc_auc_score

    need_both_classes(y, w)
    return float(roc_auc_score(y, p, sample_weight=w))


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray | None:
    """DeLong's placements, centred: without weights the standard error is DeLong's; ``None`` for a class of one row."""
    import numpy as np

    from sluice.domain import stats

    n, positive = len(y), y == 1
    if not 2 <= positive.sum() <= n - 2:
        return None
    weights = stats.relative_weights(w, n)
    order, edges = stats.ranked(p)
    result = np.zeros(n)
    # A negative row's placement is the share of positive rows above it: one minus that below, and centred anyway.
    for mine, sign in ((positive, 1.0), (~positive, -1.0)):
        placed = sign * _placements(order, edges, weights * ~mine)[mine]
        own, size = weights[mine], int(mine.sum())
        centred = own * (placed - np.average(placed, weights=own)) / own.sum() * n
        # DeLong divides by (size - 1) within each class, the common formula by (n - 1) over all rows.
        result[mine] = centred * np.sqrt(size / (size - 1) * (n - 1) / n)
    return result


def _placements(order: Labels, edges: Labels, weights: FloatArray) -> FloatArray:
    """For each row, the share of ``weights`` on rows of lower scores, those of the same score counted half."""
    import numpy as np

    cumulated = np.concatenate(([0.0], np.cumsum(weights[order])))
    below, upto = cumulated[edges[:-1]], cumulated[edges[1:]]
    shares = np.empty(len(order))
    shares[order] = np.repeat((below + upto) / 2 / cumulated[-1], np.diff(edges))
    return shares


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
