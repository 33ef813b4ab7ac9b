"""Log loss over the probabilities of several classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Labels, Metric

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def value(y: Labels, p: Labels, w: FloatArray | None) -> float:
    """Mean log loss in nats, from 0.

    ``y`` holds positions among the columns of ``p``, whose rows sum to 1: ``predictions.checked`` sees to that.
    """
    import numpy as np

    return float(np.average(_losses(y, p), weights=w))


def influence(y: Labels, p: Labels, w: FloatArray | None) -> FloatArray:
    """Influence values of a mean."""
    from sluice.domain import stats

    return stats.mean_influence(_losses(y, p), w)


def _losses(y: Labels, p: Labels) -> FloatArray:
    """Each row's loss; probabilities of 0 and 1 are kept one rounding step away, as scikit-learn does."""
    import numpy as np

    step = np.finfo(p.dtype).eps
    given = p[np.arange(len(y)), y]
    return -np.log(np.clip(given, step, 1 - step))


LOG_LOSS_MULTICLASS = Metric(
    name="log_loss_multiclass",
    tasks=("classification",),
    direction="lower",
    unit="nats",
    low=0.0,
    needs=("probabilities",),
    binary=False,
    value=value,
    influence=influence,
    definition="Mean of -ln(probability given to the true class), over the probabilities of all classes.",
    assumptions="Rows are independent; the probabilities of a row sum to 1.",
    source="Good 1952, J. R. Stat. Soc. B 14, 107-114. Interval: normal.",
)
