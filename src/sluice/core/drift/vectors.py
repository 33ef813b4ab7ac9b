"""Columns of lists that are all of one length, such as embeddings: rows of both sides as matrices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sluice.core.drift.aspects import Planned, Unmeasured, list_lengths, plan
from sluice.core.drift.sides import Sides
from sluice.domain.distribution import Aspect, FloatArray, Missing, Vectors

SAMPLE_ROWS = 2_048
"""Rows of either side that are compared: the tests of vectors look at pairs of rows."""
NONE, UNEVEN, NOT_FINITE, WHOLE = range(4)


def examined(sides: Sides, name: str, kinds: tuple[str, str], *, sensitive: bool) -> tuple[Aspect, ...] | Unmeasured:
    """The column's one aspect, or why there is none. Raises ``DataError``."""
    if "array" in kinds and kinds[0] != kinds[1]:
        found = plan(name, kinds, None, sensitive=sensitive)
    else:
        samples = sides.both(lambda _, engine: engine.sample((name,), SAMPLE_ROWS, scattered=True).column(0))
        found = plan(name, kinds, samples[0], sensitive=sensitive)
        if not isinstance(found, Unmeasured):
            return (_aspect(sides, found[0], samples),)
    assert isinstance(found, Unmeasured)
    return found


def _aspect(sides: Sides, planned: Planned, samples: tuple[Any, Any]) -> Aspect:
    length = max(list_lengths(samples[0]))
    tallies = sides.both(lambda _, engine: engine.tally({"state": state(engine.table[planned.column], length)}, 8))
    missing = [_missing(tally["state"]) for tally in tallies]
    found = Vectors(
        reference=matrix(samples[0], length),
        current=matrix(samples[1], length),
        n_reference=sides.n_rows[0],
        n_current=sides.n_rows[1],
        reference_missing=missing[0],
        current_missing=missing[1],
    )
    return Aspect(column=planned.column, kind=planned.kind, distribution=found, sensitive=planned.sensitive)


def state(column: Any, length: int) -> Any:
    """Whether each row holds a vector of this length and finite numbers, as an expression for an engine."""
    total = column.sums().cast("float64")
    odd = total.isnull() | total.isnan() | total.isinf()
    uneven = column.length() != length
    return column.isnull().ifelse(NONE, uneven.ifelse(UNEVEN, odd.ifelse(NOT_FINITE, WHOLE))).cast("int16")


def _missing(tally: Mapping[Any, int]) -> Missing:
    return Missing(null=tally.get(NONE, 0) + tally.get(UNEVEN, 0), nan=tally.get(NOT_FINITE, 0))


def matrix(values: Any, length: int) -> FloatArray:
    """The rows of an Arrow array that hold so many finite numbers, as ``(n, length)``."""
    lengths = np.array(list_lengths(values), dtype=np.int64)
    flat = values.drop_null().combine_chunks().flatten()
    # What is missing within a vector is no number.
    numbers = np.array(flat.to_pylist(), dtype=np.float64) if flat.null_count else _dense(flat)
    found = numbers[np.repeat(lengths == length, lengths)].reshape(-1, length)
    return found[np.isfinite(found).all(axis=1)]


def _dense(flat: Any) -> FloatArray:
    return np.from_dlpack(flat.cast("float64")).astype(np.float64, copy=False) if len(flat) else np.empty(0)
