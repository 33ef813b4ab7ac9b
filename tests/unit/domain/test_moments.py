"""Sums of parts are the sums of all rows, and their error is that of the rows."""

from __future__ import annotations

import functools
import operator

import numpy as np
import pytest

from sluice.domain import stats
from sluice.domain.cells import Cells, counted
from sluice.domain.moments import Moments, moments

RNG = np.random.default_rng(3)
N = 200
TERMS = (RNG.normal(1e6, 1.0, N), RNG.gamma(2.0, size=N))
WEIGHT = RNG.gamma(2.0, size=N) * (RNG.random(N) < 0.8)
CUTS = [(0, 1), (1, 2), (2, 90), (90, N)]


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_parts_add_up(weight: stats.FloatArray | None) -> None:
    parts = [moments([t[a:b] for t in TERMS], None if weight is None else weight[a:b]) for a, b in CUTS]
    found, expected = functools.reduce(operator.add, parts), moments(TERMS, weight)
    assert found.rows == expected.rows == N
    for name in ("weight", "squares", "means", "second"):
        assert np.allclose(getattr(found, name), getattr(expected, name), rtol=1e-9)
    assert found.effective_rows == pytest.approx(stats.effective_rows(np.ones(N) if weight is None else weight))


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_the_error_of_a_ratio_is_that_of_its_influence_values(weight: stats.FloatArray | None) -> None:
    found = moments(TERMS, weight)
    top, bottom = found.means
    along = np.array([1 / bottom, -top / bottom**2])
    expected = stats.standard_error(stats.ratio_influence(*TERMS, weight))
    assert found.error(along) == pytest.approx(expected, rel=1e-9)


def test_rows_without_weight_are_rows_and_nothing_else() -> None:
    nothing = moments([t[:5] for t in TERMS], np.zeros(5))
    assert (nothing.rows, nothing.weight, nothing.effective_rows) == (5, 0.0, 0.0)
    both: Moments = nothing + moments(TERMS, WEIGHT)
    assert both.rows == N + 5
    assert np.allclose(both.means, moments(TERMS, WEIGHT).means)


@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("names", [np.array(["a", "bee", "c"]), np.array([0.0, 1.0, 7.0]), np.arange(0.0, 3e6, 1e6)])
def test_cells_add_up(names: np.ndarray, weight: stats.FloatArray | None) -> None:
    y, p, other = (RNG.choice(names, size=N) for _ in range(3))
    parts = [counted((y[a:b], p[a:b], other[a:b]), None if weight is None else weight[a:b]) for a, b in CUTS]
    found: Cells = functools.reduce(operator.add, parts)
    assert found.rows == N
    weights = np.ones(N) if weight is None else weight
    assert found.effective_rows == pytest.approx(stats.effective_rows(weights))
    assert len(set(zip(*(one.tolist() for one in found.columns), strict=True))) == len(found.n)
    for one, two, three, n, total, squares in zip(*found.columns, found.n, found.weight, found.squares, strict=True):
        here = (y == one) & (p == two) & (other == three)
        assert here.sum() == n
        assert weights[here].sum() == pytest.approx(total)
        assert np.square(weights[here]).sum() == pytest.approx(squares)
