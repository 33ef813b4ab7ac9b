"""Pinball loss: how far predictions of a quantile are off, what is above counted otherwise than what is below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.domain.metric import Family, Labels, Metric
from sluice.domain.sums import mean_of

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray


def pinball(quantile: float) -> Metric:
    """The pinball loss of predictions that are meant to be this quantile of the target."""

    def losses(y: Labels, p: Labels) -> FloatArray:
        import numpy as np

        return np.maximum(quantile * (y - p), (quantile - 1) * (y - p))

    sums = mean_of(losses)
    return Metric(
        name=f"pinball@{quantile:.12g}",
        tasks=("regression", "forecasting"),
        direction="lower",
        unit="target",
        low=0.0,
        needs=("prediction",),
        value=sums.value,
        influence=sums.influence,
        sums=sums,
        definition=f"Mean of {quantile:.12g} · (true value - prediction) where the true value is above, of "
        f"{1 - quantile:.12g} · (prediction - true value) where it is below. Least for predictions of that quantile.",
        assumptions="Rows are independent; errors have a finite variance; the prediction is meant as this quantile.",
        source="Koenker & Bassett 1978, Econometrica 46, 33-50. Interval: normal.",
    )


# Which quantile a prediction is meant to be, its file does not say.
PINBALL = Family(name="pinball", parameter="quantile", unasked=False, make=pinball)
