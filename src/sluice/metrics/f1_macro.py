"""Macro F1: the F1 of every class against the rest, averaged over the classes that occur."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric
from sluice.domain.trials import rarest_class

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Mean of 2 TP / (2 TP + FP + FN) over the classes that are true or predicted anywhere, 0 to 1."""
    import numpy as np

    from sluice.domain import classes, stats

    truth, said, known = classes.coded(y, p)
    weights = stats.relative_weights(w, len(y))
    top = np.bincount(said, weights=2.0 * weights * (truth == said), minlength=len(known))
    true, predicted = (np.bincount(codes, weights=weights, minlength=len(known)) for codes in (truth, said))
    bottom = true + predicted
    return float((top[bottom > 0] / bottom[bottom > 0]).mean())


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values of a mean of ratios: a row moves the F1 of its true and of its predicted class."""
    import numpy as np

    from sluice.domain import classes, stats

    truth, said, known = classes.coded(y, p)
    weights, right = stats.relative_weights(w, len(y)), truth == said
    top = np.bincount(said, weights=2.0 * weights * right, minlength=len(known))
    true, predicted = (np.bincount(codes, weights=weights, minlength=len(known)) for codes in (truth, said))
    bottom = true + predicted
    inverse = np.divide(1.0, bottom, out=np.zeros_like(top), where=bottom > 0)
    score = top * inverse
    own = 2.0 * right * inverse[said] - (score * inverse)[said] - (score * inverse)[truth]
    return weights * own * len(y) / np.count_nonzero(inverse)


F1_MACRO = Metric(
    name="f1_macro",
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
    definition="F1 of every class against the rest, averaged over the classes that are true or predicted in any row.",
    assumptions="Rows are independent. A class that is predicted and never true counts as 0.",
    source="Sokolova & Lapalme 2009, Inf. Process. Manag. 45, 427-437. Interval: delta method, at Wilson's effective "
    "rows.",
)
