"""Which rows of two predictions files are the same rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sluice.domain.config import Task
from sluice.domain.predictions import Index, Predictions

BY_KEY = "paired by key"
BY_POSITION = "paired by position (no key; the same targets in the same order)"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairing:
    """Positions of the same rows in both files, in the candidate's order; ``None`` where rows are not paired."""

    method: str
    candidate: Index | None = None
    baseline: Index | None = None


def pair(candidate: Predictions, baseline: Predictions) -> Pairing:
    """Join two files on the same rows.

    With keys, every row of the baseline must be in the candidate, with the same target: a candidate cannot leave out
    the rows that it gets wrong, while rows that it adds do no harm. Without keys only files of one length with
    equal targets in order are joined, by position. All others are compared as independent samples.
    """
    if candidate.key is None or baseline.key is None:
        if candidate.n == baseline.n and np.array_equal(candidate.y, baseline.y):
            rows = np.arange(candidate.n)
            return Pairing(method=BY_POSITION, candidate=rows, baseline=rows)
        return Pairing(method="unpaired (no key column, and the targets differ)")
    if candidate.key.dtype.kind != baseline.key.dtype.kind:
        return Pairing(method="unpaired (the keys are of different types)")
    _, ours, theirs = np.intersect1d(candidate.key, baseline.key, assume_unique=True, return_indices=True)
    if len(theirs) < baseline.n:
        return Pairing(method=f"unpaired ({baseline.n - len(theirs)} of the baseline's {baseline.n} rows are missing)")
    order = np.argsort(ours, kind="stable")
    ours, theirs = ours[order], theirs[order]
    differing = int((candidate.y[ours] != baseline.y[theirs]).sum())
    if differing:
        return Pairing(method=f"unpaired (the target differs in {differing} of {baseline.n} rows)")
    return Pairing(method=BY_KEY, candidate=ours, baseline=theirs)


def identical(candidate: Predictions, baseline: Predictions, task: Task) -> bool:
    """Whether two models said exactly the same in every paired row, in numbers rather than in classes alone.

    Equal classes are no proof of equal models; equal scores (or regression values) in every row are taken as one.
    """
    pairs = (
        (candidate.y, baseline.y),
        (candidate.weight, baseline.weight),
        (candidate.score, baseline.score),
        (candidate.prediction, baseline.prediction),
    )
    same = all(a is b if a is None or b is None else np.array_equal(a, b) for a, b in pairs)
    return same and (task == "regression" or candidate.score is not None)
