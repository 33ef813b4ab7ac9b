"""Cells for numbers, chosen from a sample of the reference, and counted by arithmetic that is the same on every engine.

A cell's width is a power of two and its edges are multiples of that width: to scale a number then loses nothing, and
``floor(x / width)`` is the same whole number wherever it is computed. Where the sample shows cells that hold much of
it, the stretch that they make up is cut into finer cells, and so on: a long tail does not hide the rest in one cell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sluice.domain.distribution import Counts, FloatArray, Missing

# Codes of what is no finite number; null has none. The finite numbers below all cells follow, then the cells.
NAN, NEGATIVE_INFINITE, POSITIVE_INFINITE, BELOW = 1, 2, 3, 4
FIRST = BELOW + 1

MAX_CELLS = 4096
"""Most cells of one stretch: of a bell-shaped column the fullest then holds well under 1 % of the rows."""
HEAVY_SHARE = 0.01
"""A cell with more of the sample than this is cut finer: the error of a KS statistic is at most a cell's share."""
MAX_FINER = 3
MARGIN = 0.25
"""By how much of the sample's range the cells go on beyond it, on both sides."""
LARGEST = math.ldexp(1.0, 1000)
_PRECISION = 53


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Neighbouring cells of one width: ``cells`` of them, ``2**exponent`` wide, from ``base * 2**exponent`` on."""

    base: int
    exponent: int
    cells: int

    @property
    def low(self) -> float:
        """Where the first cell begins."""
        return math.ldexp(self.base, self.exponent)

    @property
    def high(self) -> float:
        """Where the last cell ends."""
        return math.ldexp(self.base + self.cells, self.exponent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Stretches one after the other, each beginning where the one before ends; none where nothing is known.

    ``single``: the values are whole numbers, and every cell holds one of them.
    """

    stretches: tuple[Stretch, ...]
    single: bool = False

    @property
    def n_cells(self) -> int:
        """How many cells there are between the two open ends."""
        return sum(stretch.cells for stretch in self.stretches)

    def edges(self) -> FloatArray:
        """Where cells begin, and where the last one ends; ``Numeric.edges``."""
        if not self.stretches:
            return np.empty(0)
        begins = [np.ldexp(np.arange(one.base, one.base + one.cells), one.exponent) for one in self.stretches]
        return np.append(np.concatenate(begins), self.stretches[-1].high)

    def centres(self) -> FloatArray:
        """A value for each cell, and for the open ends one a margin away from the cells."""
        edges = self.edges()
        if not len(edges):
            return np.zeros(1)
        middles = (edges[:-1] + edges[1:]) / 2
        # Between neighbouring numbers there is no middle.
        middles = edges[:-1] if self.single else np.where(middles >= edges[1:], edges[:-1], middles)
        margin = max((edges[-1] - edges[0]) * MARGIN, 1.0 if self.single else 0.0)
        lowest = min(edges[0] - margin, np.nextafter(edges[0], -np.inf))
        highest = max(edges[-1] + margin, np.nextafter(edges[-1], np.inf))
        return np.concatenate(([lowest], middles, [highest]))

    def codes(self, values: FloatArray) -> NDArray[np.int64]:
        """The code of every number, as an engine computes it from the same grid."""
        codes = np.full(len(values), BELOW, dtype=np.int64)
        first = FIRST
        for one in self.stretches:
            within = (values >= one.low) & (values < one.high)
            codes[within] = np.floor(np.ldexp(values[within], -one.exponent)).astype(np.int64) - one.base + first
            first += one.cells
        if self.stretches:
            codes[values >= self.stretches[-1].high] = first
        codes[np.isnan(values)] = NAN
        codes[np.isneginf(values)] = NEGATIVE_INFINITE
        codes[np.isposinf(values)] = POSITIVE_INFINITE
        return codes

    def counts(self, tally: Mapping[Any, int]) -> tuple[Counts, Missing]:
        """Rows per cell, the open ends included, and those that hold no finite number."""
        cells = np.zeros(self.n_cells + 2 if self.stretches else 1, dtype=np.int64)
        codes = np.fromiter((0 if code is None else code for code in tally), np.int64, len(tally))
        rows = np.fromiter(tally.values(), np.int64, len(tally))
        finite = codes >= BELOW
        cells[codes[finite] - BELOW] = rows[finite]
        null, nan, negative, positive = (tally.get(one, 0) for one in (None, NAN, NEGATIVE_INFINITE, POSITIVE_INFINITE))
        return cells, Missing(null=null, nan=nan, negative_infinite=negative, positive_infinite=positive)


def grid_of(values: FloatArray, *, whole: bool = False) -> Grid:
    """The grid that a sample of the reference asks for; ``whole``: the values are whole numbers."""
    # What is not finite is not within either; the few numbers beyond are left to the open ends.
    finite = values[np.abs(values) <= LARGEST]
    if not len(finite):
        return Grid(stretches=())
    low, high = float(finite.min()), float(finite.max())
    least = max(math.frexp(max(abs(low), abs(high)))[1] - _PRECISION, 0 if whole else -1020)
    stretches = _finer(_without_atoms(finite), _covering(low, high, least, MARGIN), least, MAX_FINER)
    return Grid(stretches=stretches, single=whole and all(one.exponent == 0 for one in stretches))


def _without_atoms(values: FloatArray) -> FloatArray:
    """The values without single ones that come often: no width of cells parts them."""
    distinct, counts = np.unique(values, return_counts=True)
    return values[~np.isin(values, distinct[counts > HEAVY_SHARE * len(values)])]


def _covering(low: float, high: float, least: int, margin: float) -> Stretch:
    """Cells from ``low`` to ``high`` and a margin beyond; no narrower than ``2**least``."""
    wanted = (high - low) * (1 + 2 * margin)
    exponent = least
    if wanted > 0:
        exponent = max(least, math.frexp(wanted / MAX_CELLS)[1])
    beyond = math.floor(math.ldexp((high - low) * margin, -exponent))
    base = math.floor(math.ldexp(low, -exponent)) - beyond
    end = math.floor(math.ldexp(high, -exponent)) + 1 + beyond
    return Stretch(base=base, exponent=exponent, cells=end - base)


def _finer(values: FloatArray, stretch: Stretch, least: int, left: int) -> tuple[Stretch, ...]:
    """The stretch, with what lies between its first and its last heavy cell cut finer."""
    if not left or stretch.exponent <= least or not len(values):
        return (stretch,)
    cell = np.floor(np.ldexp(values, -stretch.exponent)).astype(np.int64) - stretch.base
    heavy = np.flatnonzero(np.bincount(cell, minlength=stretch.cells) > HEAVY_SHARE * len(values))
    if not len(heavy) or len(heavy) > stretch.cells // 2:
        return (stretch,)
    begin, end = int(heavy[0]), int(heavy[-1]) + 1
    inner = values[(cell >= begin) & (cell < end)]
    finer = max(least, stretch.exponent - max(MAX_CELLS // (end - begin), 1).bit_length() + 1)
    if finer == stretch.exponent:
        return (stretch,)
    by = stretch.exponent - finer
    middle = Stretch(base=(stretch.base + begin) << by, exponent=finer, cells=(end - begin) << by)
    before = Stretch(base=stretch.base, exponent=stretch.exponent, cells=begin)
    after = Stretch(base=stretch.base + end, exponent=stretch.exponent, cells=stretch.cells - end)
    return tuple(one for one in (before, *_finer(inner, middle, least, left - 1), after) if one.cells)
