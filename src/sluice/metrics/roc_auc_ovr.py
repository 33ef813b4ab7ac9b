"""ROC AUC of every class against the rest, averaged over the classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, Undefined, weight_of
from sluice.domain.trials import rarest_class
from sluice.metrics.roc_auc import ROC_AUC

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Mean area over the classes, 0 to 1; raises ``Undefined`` where a class of ``p`` has no row, or every row.

    ``y`` holds positions among the columns of ``p``.
    """
    n_classes = p.shape[1]
    total = 0.0
    for position in range(n_classes):
        mine = (y == position).astype(float)
        if weight_of(mine, w) <= 0:
            raise Undefined(f"needs rows of every class; class {position + 1} of {n_classes} has none")
        if weight_of(1 - mine, w) <= 0:
            raise Undefined("needs two classes or more; all rows are of one")
        total += ROC_AUC.value(mine, p[:, position], w)
    return total / n_classes


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray | None:
    """The mean of each class's influence values; ``None`` where a class has only one row, or all but one."""
    import numpy as np

    found = np.zeros(len(y))
    for position in range(p.shape[1]):
        own = ROC_AUC.influence((y == position).astype(float), p[:, position], w)
        if own is None:
            return None
        found += own / p.shape[1]
    return found


ROC_AUC_OVR = Metric(
    name="roc_auc_ovr",
    tasks=("classification",),
    direction="higher",
    low=0.0,
    high=1.0,
    needs=("probabilities",),
    binary=False,
    value=value,
    influence=influence,
    trials=rarest_class,
    definition="ROC AUC of each class's probability, the class against the rest, averaged over the classes.",
    assumptions="Rows are independent; every class has rows.",
    source="Provost & Domingos 2000, CeDER working paper IS-00-04 (unweighted). Interval: DeLong et al. 1988, summed "
    "over the classes row by row.",
)
