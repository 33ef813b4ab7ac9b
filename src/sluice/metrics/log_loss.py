"""Log loss: the mean negative logarithm of the probability given to what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, need_chances

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Mean log loss in nats, from 0; raises ``Undefined`` where a score is not a probability."""
    import numpy as np

    need_chances(p)
    return float(np.average(_losses(y, p), weights=w))


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values of a mean; probabilities of 0 and 1 are kept one rounding step away, as in ``value``."""
    from sluice.domain import stats

    return stats.mean_influence(_losses(y, p), w)


def _losses(y: Labels, p: Labels) -> FloatArray:
    import numpy as np

    step = np.finfo(p.dtype).eps
    given = np.asarray(y * p + (1 - y) * (1 - p), dtype=np.float64)
    return -np.log(np.clip(given, step, 1 - step))


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
