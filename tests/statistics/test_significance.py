"""p-values against SciPy and published examples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom, norm, t

from sluice.domain import significance, stats


@pytest.mark.parametrize(("b", "c"), [(3, 10), (0, 5), (9, 1), (100, 140), (1_000_000, 1_003_000)])
def test_mcnemar_is_the_binomials_mid_p(b: int, c: int) -> None:
    few, n = min(b, c), b + c
    assert significance.mcnemar(b, c) == pytest.approx(2 * binom.cdf(few, n, 0.5) - binom.pmf(few, n, 0.5), rel=1e-7)


def test_mcnemar_is_as_published() -> None:
    # Fagerland, Lydersen & Laake 2013, table 1 (Bentur et al. 2009): 7 against 1, mid-p 0.039.
    assert round(significance.mcnemar(1, 7), 3) == 0.039


@pytest.mark.parametrize(("b", "c"), [(0, 0), (4, 4), (0, 1)])
def test_mcnemar_of_no_or_one_row_is_no_surprise(b: int, c: int) -> None:
    assert significance.mcnemar(b, c) == (1.0 if b == c else 0.5)


@pytest.mark.parametrize("difference", [-0.3, -0.02, 0.01, 0.2])
def test_the_interval_s_own_is_the_normal_one(difference: float) -> None:
    found = stats.normal(difference, 0.1)
    expected = 2 * norm.sf(abs(difference) / 0.1)
    assert significance.by_interval(difference, found.low, found.high) == pytest.approx(expected)


def test_an_end_at_zero_is_five_percent_whatever_the_other_end() -> None:
    assert significance.by_interval(0.1, 0.0, 0.9) == pytest.approx(0.05)
    assert significance.by_interval(-0.1, -0.9, 0.0) == pytest.approx(0.05)


def test_edges() -> None:
    assert significance.by_interval(0.0, -0.1, 0.1) == 1.0
    assert significance.by_interval(0.0, 0.0, 0.0) == 1.0
    assert significance.by_interval(0.1, 0.1, 0.1) == 0.0
    assert significance.by_interval(0.1, 0.2, 0.3) == 1.0


@pytest.mark.parametrize("freedom", [3, 5, 14, 29, 200, 1e9])
def test_students_quantile_is_scipys(freedom: float) -> None:
    assert stats.student(freedom) == pytest.approx(t.ppf(0.975, freedom), rel=2e-3)
    if freedom >= 14:
        assert stats.student(freedom) == pytest.approx(t.ppf(0.975, freedom), rel=1e-5)


def test_no_quantile_below_three_degrees_of_freedom() -> None:
    assert stats.student(0.5) == stats.student(3) and math.isfinite(stats.student(-1))


def test_a_percentile_interval_of_few_rows_is_wider() -> None:
    replicates = np.random.default_rng(3).normal(size=20_000)
    many, few = (stats.percentiles(replicates, rows) for rows in (1e9, 20))
    assert (many.low, many.high) == pytest.approx((-1.96, 1.96), abs=0.05)
    # Student's quantile at 19 degrees of freedom by the root of 20/19.
    assert (few.low, few.high) == pytest.approx((-2.147, 2.147), abs=0.07)
