"""Log loss: the mean negative logarithm of the probability given to what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric, need_chances
from sluice.domain.sums import mean_of

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def _losses(y: Labels, p: Labels) -> FloatArray:
    """Each row's loss; probabilities of 0 and 1 are kept one rounding step away, as scikit-learn does."""
    import numpy as np

    step = np.finfo(p.dtype).eps
    given = np.asarray(y * p + (1 - y) * (1 - p), dtype=np.float64)
    return -np.log(np.clip(given, step, 1 - step))


SUMS = mean_of(_losses, need_chances)


LOG_LOSS = Metric(
    name="log_loss",
    tasks=("classification",),
    direction="lower",
    unit="nats",
    low=0.0,
    needs=("score",),
    value=SUMS.value,
    influence=SUMS.influence,
    sums=SUMS,
    definition="Mean of -ln(probability given to the true class).",
    assumptions="Rows are independent; the score is the probability of class 1.",
    source="Good 1952, J. R. Stat. Soc. B 14, 107-114. Interval: normal.",
)
