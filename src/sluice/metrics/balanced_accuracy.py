"""Balanced accuracy: the recall of every class, averaged over the classes that occur."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, Undefined
from sluice.domain.trials import rarest_class

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Mean recall over the true classes, 0 to 1; raises ``Undefined`` where there are fewer than two."""
    import numpy as np

    from sluice.domain import classes, stats

    truth, said, known = classes.coded(y, p)
    weights = stats.relative_weights(w, len(y))
    there = np.bincount(truth, weights=weights, minlength=len(known))
    if (there > 0).sum() < 2:
        raise Undefined("needs two true classes or more; all rows are of one")
    right = np.bincount(truth, weights=weights * (truth == said), minlength=len(known))
    return float((right[there > 0] / there[there > 0]).mean())


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values of a mean of ratios: a row moves the recall of its own class alone."""
    import numpy as np

    from sluice.domain import classes, stats

    truth, said, known = classes.coded(y, p)
    weights, right = stats.relative_weights(w, len(y)), truth == said
    there = np.bincount(truth, weights=weights, minlength=len(known))
    found = np.bincount(truth, weights=weights * right, minlength=len(known))
    # Rows of a class without weight change nothing, and would divide by zero.
    inverse = np.divide(1.0, there, out=np.zeros_like(there), where=there > 0)
    own = (right - (found * inverse)[truth]) * inverse[truth]
    return weights * own * len(y) / np.count_nonzero(there)


BALANCED_ACCURACY = Metric(
    name="balanced_accuracy",
    tasks=("classification",),
    direction="higher",
    low=0.0,
    high=1.0,
    needs=("prediction",),
    binary=False,
    counted=True,
    unasked=False,
    value=value,
    influence=influence,
    trials=rarest_class,
    definition="Recall of every class that occurs, averaged: each class counts the same, however rare.",
    assumptions="Rows are independent; two classes or more.",
    source="Brodersen et al. 2010, ICPR, 3121-3124. Interval: delta method, at Wilson's effective rows.",
)
