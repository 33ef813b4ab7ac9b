"""Predictions of memory as a file that is read part by part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sluice.domain.config import Task
from sluice.domain.ports import PredictionsFile
from sluice.domain.predictions import Index, Part, Predictions, checked_part


@dataclass(frozen=True, slots=True, kw_only=True)
class InParts:
    """A ``PredictionsFile`` of rows at hand."""

    rows: Predictions
    task: Task
    size: int
    where: str = "p.parquet"
    most: int = 10
    sha256: str = ""

    @property
    def key(self) -> Literal["numbers", "text", ""]:
        if self.rows.key is None:
            return ""
        return "text" if self.rows.key.dtype.kind == "U" else "numbers"

    def parts(self) -> Iterator[Predictions]:
        for before in range(0, self.rows.n, self.size):
            some = self._some(np.arange(before, min(before + self.size, self.rows.n)))
            yield checked_part(some, self.task, Part(where=self.where, before=before, more=True))

    def require_unique_key(self) -> None:
        if self.rows.key is not None:
            assert len(np.unique(self.rows.key)) == self.rows.n

    def joined(self, baseline: PredictionsFile) -> Iterator[tuple[Predictions, Predictions]]:
        assert isinstance(baseline, InParts) and self.rows.key is not None and baseline.rows.key is not None
        _, ours, theirs = np.intersect1d(self.rows.key, baseline.rows.key, assume_unique=True, return_indices=True)
        for before in range(0, len(ours), self.size):
            here = slice(before, before + self.size)
            yield self._checked(ours[here]), baseline._checked(theirs[here])

    def _checked(self, positions: Index) -> Predictions:
        return checked_part(self._some(positions), self.task, Part(where=self.where, more=True))

    def _some(self, positions: Index) -> Predictions:
        """These rows with their keys, and with slices whose values are those that occur, as a part of a file has."""
        slices = {}
        for name, slicing in self.rows.slices.items():
            there, codes = np.unique(slicing.codes[positions], return_inverse=True)
            values = tuple(slicing.values[position] for position in there)
            slices[name] = replace(slicing, values=values, codes=codes.astype(np.int32))
        key = None if self.rows.key is None else self.rows.key[positions]
        return replace(self.rows.take(positions), key=key, slices=slices)
