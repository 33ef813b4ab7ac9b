"""Log loss over the probabilities of several classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric
from sluice.domain.sums import mean_of

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def _losses(y: Labels, p: Labels) -> FloatArray:
    """Each row's loss; probabilities of 0 and 1 are kept one rounding step away, as scikit-learn does.

    ``y`` holds positions among the columns of ``p``, whose rows sum to 1: ``predictions.checked`` sees to that.
    """
    import numpy as np

    step = np.finfo(p.dtype).eps
    given = p[np.arange(len(y)), y]
    return -np.log(np.clip(given, step, 1 - step))


SUMS = mean_of(_losses)


LOG_LOSS_MULTICLASS = Metric(
    name="log_loss_multiclass",
    tasks=("classification",),
    direction="lower",
    unit="nats",
    low=0.0,
    needs=("probabilities",),
    binary=False,
    value=SUMS.value,
    influence=SUMS.influence,
    sums=SUMS,
    definition="Mean of -ln(probability given to the true class), over the probabilities of all classes.",
    assumptions="Rows are independent; the probabilities of a row sum to 1.",
    source="Good 1952, J. R. Stat. Soc. B 14, 107-114. Interval: normal.",
)
