"""Matthews correlation: how true and predicted classes go together, of two classes or more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, Undefined

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """The correlation, -1 to 1; raises ``Undefined`` where all rows are of one class, true or predicted."""
    import numpy as np

    from sluice.domain import classes, stats

    truth, said, known = classes.coded(y, p)
    weights = stats.relative_weights(w, len(y))
    true, predicted = (classes.shares(codes, weights, len(known)) for codes in (truth, said))
    for share, words in ((true, "true"), (predicted, "predicted")):
        if (share > 0).sum() < 2:
            raise Undefined(f"needs two {words} classes or more; all rows are of one")
    right = float(np.average(truth == said, weights=weights))
    spread = float((1 - true @ true) * (1 - predicted @ predicted))
    return float(right - true @ predicted) / spread**0.5


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values by the delta method, of the correlation as a function of the classes' shares."""
    import numpy as np

    from sluice.domain import classes, stats

    truth, said, known = classes.coded(y, p)
    weights = stats.relative_weights(w, len(y))
    true, predicted = (classes.shares(codes, weights, len(known)) for codes in (truth, said))
    right = truth == said
    of_true, of_predicted = 1 - float(true @ true), 1 - float(predicted @ predicted)
    covariance = float(np.average(right, weights=weights)) - float(true @ predicted)
    # What one more row does to each of the three terms, up to constants that the centring takes away.
    moved = right - true[said] - predicted[truth]
    moved = moved + covariance * (true[truth] / of_true + predicted[said] / of_predicted)
    moved = moved / (of_true * of_predicted) ** 0.5
    return weights * (moved - float(np.average(moved, weights=weights)))


MATTHEWS = Metric(
    name="matthews",
    tasks=("classification",),
    direction="higher",
    low=-1.0,
    high=1.0,
    needs=("prediction",),
    binary=False,
    unasked=False,
    value=value,
    influence=influence,
    definition="Correlation of true and predicted classes: 1 where all are right, 0 as by chance. With more than two "
    "classes Gorodkin's R_K.",
    assumptions="Rows are independent; two classes or more, both true and predicted.",
    source="Matthews 1975, BBA 405, 442-451; Gorodkin 2004, Comput. Biol. Chem. 28, 367-374. Interval: normal, delta "
    "method.",
)
