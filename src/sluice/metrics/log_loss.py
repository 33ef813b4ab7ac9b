"""Log loss: the mean negative logarithm of the probability given to what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, Undefined

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Mean log loss in nats, from 0; raises ``Undefined`` where a score is not a probability."""
    from sklearn.metrics import log_loss

    if p.min() < 0 or p.max() > 1:
        raise Undefined(f"needs probabilities from 0 to 1; the scores run from {p.min():.6g} to {p.max():.6g}")
    return float(log_loss(y, p, sample_weight=w, labels=[0, 1]))


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values of a mean; probabilities of 0 and 1 are kept one rounding step away, as in ``value``."""
    import numpy as np

    from sluice.domain import stats

    step = np.finfo(p.dtype).eps
    given = np.clip(y * p + (1 - y) * (1 - p), step, 1 - step)
    return stats.mean_influence(-np.log(given), w)


LOG_LOSS = Metric(
    name="log_loss",
    tasks=("classification",),
    direction="lower",
    unit="nats",
    low=0.0,
    needs=("score",),
    value=value,
    influence=influence,
    definition="Mean of -ln(probability given to the true class).",
    assumptions="Rows are independent; the score is the probability of class 1.",
    source="Good 1952, J. R. Stat. Soc. B 14, 107-114. Interval: normal.",
)
