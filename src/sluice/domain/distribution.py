"""What one column holds, as counts: all that a drift test gets to see, whatever engine counted it.

Counts add up: those of two halves of a table are those of the whole, so that a cluster counts as a laptop does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Values of one side that are no ordinary values, each a category of its own."""

    null: int = 0
    nan: int = 0
    negative_infinite: int = 0
    positive_infinite: int = 0

    @property
    def total(self) -> int:
        """How many there are."""
        return self.null + self.nan + self.negative_infinite + self.positive_infinite


@dataclass(frozen=True, slots=True, kw_only=True)
class Numeric:
    """Finite numbers of both sides in the same cells, cut at ``edges`` (ascending, taken from the reference).

    Cell 0 lies below ``edges[0]``, cell ``i`` is ``edges[i-1] <= x < edges[i]``, the last lies from ``edges[-1]`` on:
    both counts have ``len(edges) + 1`` entries. ``centres`` stand for the cells' values, one each, ascending.
    ``exact``: no cell holds two different values, so that the centres are the values and nothing was lost.
    """

    edges: FloatArray
    centres: FloatArray
    reference: Counts
    current: Counts
    reference_missing: Missing
    current_missing: Missing
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Categorical:
    """Values of both sides by category; ``rest`` is everything that is not among ``labels``.

    Where ``hashed``, labels are buckets of a hash and have no meaning of their own. ``complete``: every value of either
    side is among ``labels`` (rest is zero), so that a label counted on one side alone is new or vanished.
    """

    labels: tuple[str, ...]
    reference: Counts
    current: Counts
    reference_rest: int = 0
    current_rest: int = 0
    reference_missing: Missing
    current_missing: Missing
    hashed: bool = False
    ordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors:
    """A sample of fixed-size lists of both sides, one row each: ``(n, d)`` finite numbers; and how many rows there are.

    ``reference_missing`` and ``current_missing`` count the rows of the whole table that hold none or no finite vector.
    """

    reference: FloatArray
    current: FloatArray
    n_reference: int
    n_current: int
    reference_missing: Missing
    current_missing: Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Aspect:
    """One thing about one column that may drift.

    ``name`` is ``""`` for its values, ``range``, ``hour`` or ``weekday`` for times, ``length``, ``script`` or
    ``vocabulary`` for text. ``kind`` is a ``drift.DriftKind``. Of a ``sensitive`` column no value is ever shown.
    """

    column: str
    kind: str
    name: str = ""
    distribution: Numeric | Categorical | Vectors
    sensitive: bool = False
