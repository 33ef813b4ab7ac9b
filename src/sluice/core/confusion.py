"""The confusion matrix of the candidate, and of the baseline beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sluice.core.needed import needed
from sluice.domain.classes import coded
from sluice.domain.config import Evaluation
from sluice.domain.confusion import MAX_CLASSES, Confusion, Counts
from sluice.domain.predictions import Column, Index, Predictions
from sluice.metrics.accuracy import ACCURACY

MAX_NAME_CHARS = 60


Told = tuple[Column, Column, NDArray[np.int64] | None]
"""True classes, predicted ones, and how many rows each pair of them stands for, if not one."""


def confusion(candidate: Predictions, baseline: Predictions | None, spec: Evaluation) -> Confusion | None:
    """How often each class was predicted for each true one; ``None`` where the task knows no classes.

    Every class that occurs on either side has its place. Rows count as rows, whatever they weigh.
    """
    if spec.task != "classification":
        return None
    sides = [needed(ACCURACY, rows, spec.threshold) for rows in (candidate, baseline) if rows is not None]
    return confusion_of([side if isinstance(side, str) else (*side, None) for side in sides])


def confusion_of(sides: list[Told | str]) -> Confusion:
    """The same of what the candidate tells, and the baseline where there is one; text says why a side tells nothing."""
    found = [side for side in sides if not isinstance(side, str)]
    if isinstance(sides[0], str) or not found:
        return Confusion(reason=str(sides[0]))
    pairs = [(*coded(y, p), rows) for y, p, rows in found]
    if len({known.dtype.kind for _, _, known, _ in pairs}) > 1:
        # One side has names, the other numbers: they share no class.
        pairs = pairs[:1]
    everything = np.unique(np.concatenate([known for _, _, known, _ in pairs]))
    if len(everything) > MAX_CLASSES:
        return Confusion(reason=f"{len(everything)} classes are too many for a table, at most {MAX_CLASSES} are shown")
    matrices = [_counts(pair, everything) for pair in pairs]
    return Confusion(
        classes=tuple(_name(value) for value in everything.tolist()),
        candidate=matrices[0],
        baseline=matrices[1] if len(matrices) > 1 else (),
    )


def _counts(pair: tuple[Index, Index, Column, NDArray[np.int64] | None], everything: Column) -> Counts:
    truth, said, known, rows = pair
    place, n = np.searchsorted(everything, known), len(everything)
    flat = np.bincount(place[truth] * n + place[said], weights=rows, minlength=n * n).astype(np.int64)
    return tuple(tuple(row) for row in flat.reshape(n, n).tolist())


def _name(value: float | str) -> str:
    if isinstance(value, str):
        return value if len(value) <= MAX_NAME_CHARS else value[: MAX_NAME_CHARS - 1] + "…"
    return f"{value:.15g}"
