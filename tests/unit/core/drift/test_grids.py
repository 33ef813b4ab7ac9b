"""Cells lie side by side, hold what their edges say, and are fine where the values are."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.core.drift.grids import BELOW, FIRST, NAN, NEGATIVE_INFINITE, POSITIVE_INFINITE, grid_of

CHANCE = np.random.default_rng(5)
N = 20_000
SHAPES = {
    "normal": CHANCE.normal(size=N),
    "lognormal": CHANCE.lognormal(0, 2, N),
    "cauchy": CHANCE.standard_cauchy(N),
    "negative": -CHANCE.lognormal(0, 1, N),
    "far away": 1e15 + CHANCE.random(N),
    "zeros and more": np.where(CHANCE.random(N) < 0.7, 0.0, CHANCE.exponential(5, N)),
}
# Beside a number of 1e300, one of 1e-300 is nothing: scaled, it becomes zero.
numbers = st.one_of(st.floats(-1e100, 1e100), st.sampled_from([float("nan"), float("inf"), float("-inf")])).map(
    lambda number: 0.0 if abs(number) < 1e-100 else number
)


@settings(max_examples=200, deadline=None)
@given(st.lists(numbers, max_size=60), st.lists(numbers, max_size=60), st.booleans())
def test_codes_are_what_the_edges_say(sample: list[float], values: list[float], whole: bool) -> None:
    ours, theirs = np.array(sample, np.float64), np.array([*sample, *values], np.float64)
    if whole:
        ours, theirs = np.rint(ours), np.rint(theirs)
    grid = grid_of(ours, whole=whole)
    edges = grid.edges()
    codes = grid.codes(theirs)

    assert (np.diff(edges) > 0).all()
    assert len(grid.centres()) == len(edges) + 1 if len(edges) else len(grid.centres()) == 1
    assert (np.diff(grid.centres()) > 0).all()
    finite = np.isfinite(theirs)
    # The first cell of ``Numeric`` lies below the first edge.
    assert (codes[finite] == np.searchsorted(edges, theirs[finite], side="right") + BELOW).all()
    assert (codes[np.isnan(theirs)] == NAN).all()
    assert set(codes[~finite].tolist()) <= {NAN, NEGATIVE_INFINITE, POSITIVE_INFINITE}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_cell_holds_much_of_the_sample_unless_it_is_one_value(shape: str) -> None:
    values = SHAPES[shape]
    grid = grid_of(values)
    continuous = values[values != 0]
    shares = np.bincount(grid.codes(continuous)) / N
    exact = math.ulp(float(np.abs(values).max())) > 1e-6 * float(np.ptp(values))

    assert exact or shares.max() <= 0.0125
    assert grid.n_cells < 20_000
    assert shares[BELOW] == 0


def test_whole_numbers_of_a_small_range_have_a_cell_each() -> None:
    grid = grid_of(np.arange(-3.0, 40.0), whole=True)

    assert grid.single
    assert set(np.diff(grid.edges())) == {1.0}
    assert grid.edges()[0] < -3 < 39 < grid.edges()[-1]
    assert (grid.centres()[1:-1] == grid.edges()[:-1]).all()


def test_a_constant_has_its_own_cell() -> None:
    grid = grid_of(np.full(50, 3.7))
    around = np.array([np.nextafter(3.7, 0), 3.7, np.nextafter(3.7, 9)])

    assert grid.codes(around).tolist() == [BELOW, FIRST, FIRST + 1]


def test_nothing_known_is_one_cell_for_all() -> None:
    grid = grid_of(np.array([np.nan, np.inf]))

    assert grid.edges().tolist() == []
    assert grid.codes(np.array([-1.0, 0.0, 9e300])).tolist() == [BELOW] * 3
    counts, missing = grid.counts({BELOW: 3, NAN: 2, None: 1})
    assert (counts.tolist(), missing.nan, missing.null) == ([3], 2, 1)


def test_values_beyond_the_sample_are_counted_at_the_ends() -> None:
    grid = grid_of(CHANCE.normal(size=1000))
    codes = grid.codes(np.array([-1e6, 1e6, -1.7e308, 1.7e308]))
    counts, missing = grid.counts(
        {int(code): int(n) for code, n in zip(*np.unique(codes, return_counts=True), strict=True)}
    )

    assert (counts[0], counts[-1], counts.sum(), missing.total) == (2, 2, 4, 0)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(), max_size=30), st.lists(st.floats(), max_size=30))
def test_every_number_has_a_cell(sample: list[float], values: list[float]) -> None:
    grid = grid_of(np.array(sample, np.float64))
    codes = grid.codes(np.array([*sample, *values], np.float64))
    counts, missing = grid.counts(Counter(codes.tolist()))

    assert (np.diff(grid.edges()) > 0).all()
    assert int(counts.sum()) + missing.total == len(sample) + len(values)
