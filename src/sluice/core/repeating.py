"""Whether two trainings of one commit predict the same, row by row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sluice.core.pairing import pair
from sluice.domain.config import Task
from sluice.domain.predictions import Predictions
from sluice.domain.training import Repeat

_SAID = ("score", "prediction", "probabilities", "low", "high", "naive")
_OF_CLASSES: tuple[Task, ...] = ("classification", "events")


def repeated(first: Predictions, second: Predictions, task: Task) -> Repeat:
    """How the predictions of a second training differ; where they are of other rows, all of them do."""
    joined = pair(first, second)
    if joined.candidate is None or joined.baseline is None or not len(joined.candidate) == first.n == second.n:
        return Repeat(n=first.n, n_different=first.n)
    ours, theirs = first.take(joined.candidate), second.take(joined.baseline)
    different: NDArray[np.bool_] = np.zeros(first.n, dtype=np.bool_)
    greatest, classes = 0.0, False
    for name in _SAID:
        mine, other = getattr(ours, name), getattr(theirs, name)
        if mine is None and other is None:
            continue
        if mine is None or other is None or mine.shape != other.shape or mine.dtype.kind != other.dtype.kind:
            return Repeat(n=first.n, n_different=first.n)
        unequal = mine != other
        different |= unequal if unequal.ndim == 1 else unequal.any(axis=1)
        if mine.dtype.kind not in "fiu" or (name == "prediction" and task in _OF_CLASSES):
            classes |= bool(unequal.any())
        else:
            with np.errstate(over="ignore"):
                greatest = max(greatest, float(np.abs(np.subtract(mine, other, dtype=np.float64)).max()))
    finite = np.isfinite(greatest) and not classes
    return Repeat(n=first.n, n_different=int(different.sum()), max_difference=greatest if finite else None)
