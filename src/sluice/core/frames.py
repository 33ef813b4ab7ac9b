"""Rows of both models laid out once for every metric and every slice.

Scores are sorted once: a slice of rows in order is in order, and metrics that rank do not sort again. Candidate and
baseline are each in the order of their own scores; ``Side.at`` says which rows are partners.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from sluice.core.pairing import Pairing, differing
from sluice.domain.clusters import clustered
from sluice.domain.config import Evaluation
from sluice.domain.predictions import Codes, Index, Predictions

IDENTICAL = "identical predictions"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sides:
    """The rows that one comparison is made on.

    ``candidate`` is ``None`` where they are the candidate's own; ``at`` is, for each row of the baseline, the position
    of its partner among the candidate's; ``same`` tells that both models said the same of every row, ``unlike`` why no
    difference tells anything.
    """

    method: str
    paired: bool
    candidate: Predictions | None
    baseline: Predictions
    at: Codes | None = None
    same: bool = False
    unlike: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """All rows of one file in the order of their scores, and the position in the file of each."""

    rows: Predictions
    order: Index


def framed(predictions: Predictions, spec: Evaluation) -> Frame:
    """The rows in order of their scores where these rank classes, else as they are."""
    order, score = np.arange(predictions.n), predictions.score
    if spec.task != "classification" or score is None:
        return Frame(rows=predictions, order=order)
    rows = predictions
    if not bool((score[1:] >= score[:-1]).all()):
        order = np.argsort(score, kind="stable")
        moved = {name: replace(one, codes=one.codes[order]) for name, one in predictions.slices.items()}
        rows = replace(predictions.take(order), slices=moved)
    return Frame(rows=rows, order=order)


class Joined:
    """The partners of two frames, as a pairing of their files has them; lays the rows of any slice side by side."""

    def __init__(self, candidate: Frame, baseline: Frame, pairing: Pairing, spec: Evaluation) -> None:
        """Raises nothing; a pairing without rows makes unpaired sides."""
        self._ours, self._theirs = candidate.rows, baseline.rows
        self._method, self._unlike = pairing.method, pairing.unlike
        self._threshold = spec.threshold if spec.task == "classification" else None
        self._partner: Codes | None = None
        if pairing.candidate is None or pairing.baseline is None:
            return
        # Positions of 32 bits are found in half the memory, and half the time, of those of 64.
        place, partner = np.empty(candidate.rows.n, dtype=np.int32), np.empty(baseline.rows.n, dtype=np.int32)
        place[candidate.order] = np.arange(candidate.rows.n)
        # Every row of the baseline has a partner: else the files are not paired.
        partner[pairing.baseline] = place[pairing.candidate]
        self._partner = partner = partner[baseline.order]
        self._whole = len(partner) == candidate.rows.n
        self._member = np.zeros(candidate.rows.n, dtype=np.bool_)
        self._member[partner] = True
        self._differing = differing(candidate.rows.take(partner), baseline.rows, spec.task)
        self._slot = np.empty(candidate.rows.n, dtype=np.int32)
        self._equal = not self._differing.any()

    def values(self, column: str) -> tuple[str, ...]:
        """The slices of a column that the baseline has."""
        slicing = self._theirs.slices.get(column)
        return () if slicing is None else slicing.values

    def codes(self, column: str, values: tuple[str, ...]) -> Codes:
        """For every row of the baseline the position of its slice in ``values``, -1 where it is in none of them.

        A joined row belongs to the candidate's slice on both sides: both are measured on the same rows.
        """
        rows = self._theirs if self._partner is None else self._ours
        slicing = rows.slices.get(column)
        if slicing is None:
            return np.full(self._theirs.n, -1, dtype=np.int32)
        position = np.array([values.index(value) for value in slicing.values], dtype=np.int32)
        found = position[slicing.codes] if len(position) else slicing.codes
        return found if self._partner is None else found[self._partner]

    def sides(self, ours: Index | slice, theirs: Index | slice) -> Sides:
        """The rows of one slice, whose positions in both frames ascend."""
        baseline = taken(self._theirs, theirs, self._threshold)
        if self._partner is None:
            return Sides(method=self._method, paired=False, candidate=None, baseline=baseline, unlike=self._unlike)
        if not self._whole:
            ours = np.flatnonzero(self._member) if isinstance(ours, slice) else ours[self._member[ours]]
        self._slot[ours] = np.arange(baseline.n)
        return Sides(
            method=self._method,
            paired=True,
            candidate=None if self._whole else taken(self._ours, ours, self._threshold),
            baseline=baseline,
            at=self._slot[self._partner[theirs]],
            same=self._equal or not self._differing[theirs].any(),
        )


def slices(candidate: Frame, joined: Joined | None) -> Iterator[tuple[str, Index | slice, Index | slice]]:
    """Label and row positions in both frames: all rows first, then every slice that either side has.

    A slice that only the baseline has stays, without rows: a slice that vanished must not open a gate on it.
    """
    yield "", slice(None), slice(None)
    for column, slicing in candidate.rows.slices.items():
        values = tuple(dict.fromkeys((*slicing.values, *(joined.values(column) if joined else ()))))
        ours = split(slicing.codes, len(values))
        theirs = split(joined.codes(column, values), len(values)) if joined else [np.arange(0)] * len(values)
        for value, mine, other in zip(values, ours, theirs, strict=True):
            yield f"{column}={value}", mine, other


def split(codes: Codes, n_values: int) -> list[Index]:
    """The positions of the rows of each code, ascending."""
    # Sorting numbers of 8 or 16 bits takes time in proportion to their number.
    small = (codes + 1).astype(np.uint8 if n_values < 255 else np.uint16)
    order = np.argsort(small, kind="stable")
    return np.split(order, np.cumsum(np.bincount(small, minlength=n_values + 1))[:-1])[1:]


def taken(rows: Predictions, positions: Index | slice, threshold: float | None) -> Predictions:
    """These rows alone, with the classes that their scores give by ``threshold``, for every metric at once.

    Groups and queries are numbered anew: a slice has not every one of them.
    """
    found = rows if isinstance(positions, slice) else rows.take(positions)
    if threshold is not None and found.score is not None and found.prediction is None and found.probabilities is None:
        found = replace(found, prediction=(found.score >= threshold).astype(np.float64))
    group = None if found.group is None else clustered(found.group).codes
    query = None if found.query is None else clustered(found.query).codes
    return replace(found, group=group, query=query)
