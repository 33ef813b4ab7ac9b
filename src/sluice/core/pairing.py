"""Which rows of two predictions files are the same rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sluice.domain.config import Task
from sluice.domain.predictions import Codes, Column, Index, Predictions

BY_KEY = "paired by key"
BY_POSITION = "paired by position (no key; the same targets in the same order)"

DENSE = 4
"""Whole keys from least to greatest at most so many times their number are looked up in a table."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairing:
    """Positions of the same rows in both files, in the candidate's order; ``None`` where rows are not paired.

    ``unlike`` says why no difference of the two tells anything: the same rows were not measured alike.
    """

    method: str
    candidate: Index | None = None
    baseline: Index | None = None
    unlike: str = ""


def pair(candidate: Predictions, baseline: Predictions) -> Pairing:
    """Join two files on the same rows.

    With keys, every row of the baseline must be in the candidate, with the same target, while rows that the candidate
    adds do no harm. Without keys only files of one length with equal targets in order are joined, by position. Joined
    rows agree in whatever else is known of them, too: their time, series, query, weight and naive forecast. All others
    are compared as independent samples, but for those that are ``unlike``: a candidate that leaves out some of the rows
    (by chance those that it gets wrong), and rows whose weight or naive forecast differs.
    """
    if candidate.key is None or baseline.key is None:
        if candidate.n == baseline.n and np.array_equal(candidate.y, baseline.y):
            rows = np.arange(candidate.n)
            return agreeing(candidate, baseline, Pairing(method=BY_POSITION, candidate=rows, baseline=rows))
        return Pairing(method="unpaired (no key column, and the targets differ)")
    if candidate.key.dtype.kind != baseline.key.dtype.kind:
        return Pairing(method="unpaired (the keys are of different types)")
    ours, theirs = _joined(candidate.key, baseline.key)
    if len(theirs) < baseline.n:
        said = f"{baseline.n - len(theirs)} of the baseline's {baseline.n} rows are missing"
        # Other rows altogether are another test set; some of them would make an easier one of the same.
        return Pairing(method=f"unpaired ({said})", unlike=said if len(theirs) else "")
    differing = int((candidate.y[ours] != baseline.y[theirs]).sum())
    if differing:
        return Pairing(method=f"unpaired (the target differs in {differing} of {baseline.n} rows)")
    return agreeing(candidate, baseline, Pairing(method=BY_KEY, candidate=ours, baseline=theirs))


def agreeing(candidate: Predictions, baseline: Predictions, joined: Pairing) -> Pairing:
    """The same pairing where the files say the same of its rows; an unpaired one where they do not."""
    for name, what in _KNOWN.items():
        ours, theirs = getattr(candidate, name), getattr(baseline, name)
        if ours is None or theirs is None:
            continue
        left, right = ours[joined.candidate], theirs[joined.baseline]
        # Groups and queries are numbered in each file by itself: what must agree is who is together.
        if not (_same_parts(left, right) if name in ("group", "query") else np.array_equal(left, right)):
            said = f"the {what} of the same rows differs"
            return Pairing(method=f"unpaired ({said})", unlike=said if name in _MEASURES else "")
    return joined


_KNOWN = {"time": "time", "weight": "weight", "naive": "naive forecast", "group": "group", "query": "query"}
# What errors are counted by: who may choose it for one side alone could make the same model look better.
_MEASURES = ("weight", "naive")


def _same_parts(left: Codes, right: Codes) -> bool:
    """Whether rows that are together on one side are so on the other."""
    if not len(left):
        return True
    pairs = left.astype(np.int64) * (int(right.max()) + 1) + right
    return len(np.unique(pairs)) == len(np.unique(left)) == len(np.unique(right))


def _joined(ours: Column, theirs: Column) -> tuple[Index, Index]:
    """Positions of equal keys on both sides, in the order of ours; each side holds a key once at most."""
    if ours.dtype.kind == "i":
        least, most = int(ours.min()), int(ours.max())
        if most - least < DENSE * len(ours):
            # Whole numbers that lie close together are looked up, at a tenth of the time of sorting them.
            found = np.full(most - least + 1, -1, dtype=np.intp)
            inside = np.flatnonzero((theirs >= least) & (theirs <= most))
            found[theirs[inside] - least] = inside
            at = found[ours - least]
            there = np.flatnonzero(at >= 0)
            return there, at[there]
    _, left, right = np.intersect1d(ours, theirs, assume_unique=True, return_indices=True)
    order = np.argsort(left, kind="stable")
    return left[order], right[order]


def differing(candidate: Predictions, baseline: Predictions, task: Task) -> NDArray[np.bool_]:
    """The paired rows on which two models did not say exactly the same, in numbers rather than in classes alone.

    Equal classes are no proof of equal models; equal scores (probabilities, or values) in a row are taken as one.
    """
    result = np.zeros(candidate.n, dtype=np.bool_)
    said = candidate.score is not None or candidate.probabilities is not None
    for name in ("y", "weight", *_SAID):
        ours, theirs = getattr(candidate, name), getattr(baseline, name)
        if ours is None and theirs is None:
            continue
        if ours is None or theirs is None or ours.shape != theirs.shape or ours.dtype.kind != theirs.dtype.kind:
            return ~result
        unequal = ours != theirs
        result |= unequal if unequal.ndim == 1 else unequal.any(axis=1)
    return result if said or task in ("regression", "forecasting") else ~result


_SAID = ("score", "prediction", "probabilities", "low", "high")
