"""Drift statistics against SciPy, definitions and published examples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from sluice.core.drift.adjustment import adjusted
from sluice.domain.distribution import Categorical, Counts, Missing, Numeric
from sluice.drift import chi2, jensen_shannon, ks, wasserstein
from sluice.drift.bins import Bins, category_bins, numeric_bins
from sluice.drift.cramers_v import cramers_v
from sluice.drift.psi import psi

SIZES = pytest.mark.parametrize("sizes", [(5, 7), (30, 30), (100, 80), (20, 400), (500, 499)])


def numbers(reference: np.ndarray, current: np.ndarray) -> Numeric:
    values, where = np.unique(np.concatenate((reference, current)), return_inverse=True)
    return Numeric(
        edges=values[1:],
        centres=values,
        reference=np.bincount(where[: len(reference)], minlength=len(values)),
        current=np.bincount(where[len(reference) :], minlength=len(values)),
        reference_missing=Missing(),
        current_missing=Missing(),
        exact=True,
    )


def bins(reference: list[int], current: list[int]) -> Bins:
    return Bins(reference=np.array(reference), current=np.array(current))


# -- Kolmogorov-Smirnov -----------------------------------------------------------------------


@SIZES
@pytest.mark.parametrize("shift", [0.0, 0.4, 1.5])
def test_ks_is_scipys_statistic_and_exact_p_value(sizes: tuple[int, int], shift: float) -> None:
    rng = np.random.default_rng(sum(sizes))
    x, y = rng.normal(size=sizes[0]), rng.normal(shift, 1, sizes[1])
    found, oracle = numbers(x, y), stats.ks_2samp(x, y, method="exact")
    assert ks.statistic(found.reference, found.current) == pytest.approx(oracle.statistic, abs=1e-12)
    assert ks.exact_p(found.reference, found.current) == pytest.approx(oracle.pvalue, rel=1e-6, abs=1e-12)
    # The limit holds its level up to the few percent of Wei & Dudley 2012.
    assert ks.p_value(found.reference, found.current) >= 0.9 * oracle.pvalue - 1e-12


def test_the_exact_p_value_counts_ties_as_permutations_do() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 4, 40), rng.integers(0, 5, 30)
    both = np.concatenate((x, y))
    sides = [np.bincount(side, minlength=5) for side in (x, y)]
    limit, least = ks.statistic(*sides) - 1e-12, 0
    for _ in range(20_000):
        rng.shuffle(both)
        least += ks.statistic(*(np.bincount(part, minlength=5) for part in (both[:40], both[40:]))) >= limit
    assert ks.exact_p(*sides) == pytest.approx(least / 20_000, abs=0.01)


def test_with_ties_scipys_p_value_is_too_large() -> None:
    x, y = np.repeat((0, 1), (95, 5)), np.repeat((0, 1), (80, 20))
    found = numbers(x, y)
    assert ks.exact_p(found.reference, found.current) < 0.1 * stats.ks_2samp(x, y, method="exact").pvalue


def test_large_samples_take_the_limit() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=5_000), rng.normal(0.06, 1, 4_000)
    found = numbers(x, y)
    oracle = stats.kstwobign.sf(stats.ks_2samp(x, y).statistic * math.sqrt(5_000 * 4_000 / 9_000))
    assert ks.p_value(found.reference, found.current) == pytest.approx(oracle, rel=1e-9)


@pytest.mark.parametrize("cells", [3, 10, 50])
def test_the_error_bound_covers_what_cells_hide(cells: int) -> None:
    rng = np.random.default_rng(cells)
    for _ in range(20):
        x, y = rng.normal(size=200), rng.normal(0.3, 1.4, 300)
        edges = np.quantile(x, np.arange(1, cells) / cells)
        coarse = Numeric(
            edges=edges,
            centres=np.append(edges, edges[-1] + 1),
            reference=np.bincount(np.searchsorted(edges, x, side="right"), minlength=cells),
            current=np.bincount(np.searchsorted(edges, y, side="right"), minlength=cells),
            reference_missing=Missing(),
            current_missing=Missing(),
            exact=False,
        )
        true, seen = stats.ks_2samp(x, y).statistic, ks.statistic(coarse.reference, coarse.current)
        assert seen - 1e-12 <= true <= seen + ks.error_bound(coarse) + 1e-12
    assert ks.error_bound(numbers(np.arange(3), np.arange(5))) == 0


# -- χ² and Fisher ----------------------------------------------------------------------------


def test_fishers_test_is_scipys() -> None:
    rng = np.random.default_rng(3)
    for _ in range(200):
        table = rng.integers(1, [[60, 2000], [9, 300]])
        found = chi2.homogeneity(Bins(reference=table[0], current=table[1]))
        assert found.p_value == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6)


def test_fishers_own_example() -> None:
    # Fisher 1935, The Design of Experiments, chapter 2: three of four cups told right, two-sided 17/35.
    assert chi2.homogeneity(bins([3, 1], [1, 3])).p_value == pytest.approx(17 / 35)


def test_two_frequent_categories_need_no_exact_test() -> None:
    table = np.array([[50_000, 49_000], [50_300, 48_100]])
    oracle = stats.chi2_contingency(table, correction=False)
    found = chi2.homogeneity(Bins(reference=table[0], current=table[1]))
    assert found.statistic == pytest.approx(oracle.statistic)
    assert found.p_value == pytest.approx(oracle.pvalue, rel=1e-2)


def test_a_published_table() -> None:
    # Agresti 1996, An Introduction to Categorical Data Analysis, table 2.5: χ² is 7.01 with 2 df, p 0.03.
    found = chi2.homogeneity(bins([279, 73, 225], [165, 47, 191]))
    assert (round(found.statistic, 2), found.df, round(found.p_value, 2)) == (7.01, 2, 0.03)


def test_with_many_rows_the_p_value_is_that_of_chi_squared() -> None:
    rng = np.random.default_rng(4)
    for size in (3, 12, 40):
        table = np.array([rng.multinomial(rows, np.full(size, 1 / size)) for rows in (40_000, 25_000)])
        found, oracle = chi2.homogeneity(Bins(reference=table[0], current=table[1])), stats.chi2_contingency(table)
        assert found.statistic == pytest.approx(oracle.statistic)
        assert found.p_value == pytest.approx(oracle.pvalue, rel=0.02)


# -- effect sizes -----------------------------------------------------------------------------


def test_psi_is_its_definition_less_its_bias() -> None:
    counted = bins([500_000, 500_000], [600_000, 400_000])
    whole = 0.1 * math.log(0.6 / 0.5) - 0.1 * math.log(0.4 / 0.5)
    assert psi(counted) == pytest.approx(whole - 2e-6, abs=1e-6)


def test_an_empty_bin_has_a_finite_psi() -> None:
    assert 1 < psi(bins([100, 0], [50, 50])) < 3


def test_a_normal_shift_has_the_psi_of_its_square() -> None:
    rng = np.random.default_rng(5)
    found = numbers(rng.normal(size=200_000), rng.normal(0.3, 1, 200_000))
    # Ten bins keep nearly all of Jeffreys' divergence, 0.09.
    assert psi(numeric_bins(found)) == pytest.approx(0.09, abs=0.006)


def test_jensen_shannon_is_scipys() -> None:
    rng = np.random.default_rng(6)
    for _ in range(20):
        p, q = rng.dirichlet(np.full(8, 0.4)), rng.dirichlet(np.full(8, 0.4))
        assert jensen_shannon.distance(p, q) == pytest.approx(float(jensenshannon(p, q, 2)))
    # SciPy's documentation.
    assert jensen_shannon.distance(np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])) == pytest.approx(1.0)


@SIZES
def test_wasserstein_is_scipys(sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(7)
    x, y = rng.gamma(2, size=sizes[0]), rng.normal(size=sizes[1])
    found = numbers(x, y)
    oracle = stats.wasserstein_distance(x, y)
    assert wasserstein.distance(found.centres, found.reference, found.current) == pytest.approx(oracle)


def test_a_published_wasserstein_distance() -> None:
    # Ramdas, Garcia & Cuturi 2015; the example of SciPy's documentation.
    found = numbers(np.array([0.0, 1.0, 3.0]), np.array([5.0, 6.0, 8.0]))
    assert wasserstein.distance(found.centres, found.reference, found.current) == pytest.approx(5)


def test_wasserstein_counts_in_standard_deviations_of_the_reference() -> None:
    rng = np.random.default_rng(8)
    for scale in (1e-200, 1.0, 1e200):
        found = numbers(rng.normal(size=20_000) * scale, (rng.normal(size=20_000) + 0.5) * scale)
        assert wasserstein.wasserstein(found) == pytest.approx(0.5, abs=0.03)


def test_a_constant_reference_has_a_finite_wasserstein_distance() -> None:
    constant = np.full(100, 3.0)
    assert wasserstein.wasserstein(numbers(constant, constant)) == 0
    assert 0.5 < wasserstein.wasserstein(numbers(constant, np.repeat((3.0, 4.0), 50))) < 2


def test_cramers_v_is_bergsmas_for_equal_samples() -> None:
    rng = np.random.default_rng(9)
    table = np.array([rng.multinomial(400, share) for share in ([0.5, 0.3, 0.2], [0.3, 0.3, 0.4])])
    square, (rows, columns), size = stats.chi2_contingency(table).statistic / 800, (2, 3), 800
    corrected = square - (rows - 1) * (columns - 1) / (size - 1)
    bergsma = math.sqrt(corrected / (rows - 1 - (rows - 1) ** 2 / (size - 1)))
    assert cramers_v(Bins(reference=table[0], current=table[1])) == pytest.approx(bergsma, rel=2e-3)


def test_cramers_v_does_not_depend_on_how_unequal_the_samples_are() -> None:
    shares = np.array([[0.5, 0.3, 0.2], [0.2, 0.3, 0.5]])
    equal, unequal = (
        cramers_v(Bins(reference=np.rint(shares[0] * n).astype(int), current=np.rint(shares[1] * m).astype(int)))
        for n, m in ((100_000, 100_000), (1_000, 1_000_000))
    )
    assert equal == pytest.approx(unequal, abs=2e-3)


# -- many tests -------------------------------------------------------------------------------


def test_benjamini_hochberg_is_scipys() -> None:
    p = np.random.default_rng(10).random(50) ** 3
    np.testing.assert_allclose(adjusted(p.tolist(), "benjamini-hochberg"), stats.false_discovery_control(p))
    assert adjusted([0.01, 0.5], "bonferroni") == [0.02, 1.0]
    assert adjusted([], "benjamini-hochberg") == []


def test_benjamini_and_hochbergs_own_example() -> None:
    # Benjamini & Hochberg 1995, section 4: of these 15, four are rejected at 0.05, by Bonferroni three.
    said = ".0001 .0004 .0019 .0095 .0201 .0278 .0298 .0344 .0459 .3240 .4262 .5719 .6528 .7590 1.000"
    p = [float(one) for one in said.split()]
    assert sum(one <= 0.05 for one in adjusted(p, "benjamini-hochberg")) == 4
    assert sum(one <= 0.05 for one in adjusted(p, "bonferroni")) == 3


# -- bins -------------------------------------------------------------------------------------


def categories(reference: Counts, current: Counts, labels: list[str]) -> Categorical:
    return Categorical(
        labels=tuple(labels),
        reference=reference,
        current=current,
        reference_missing=Missing(null=2),
        current_missing=Missing(),
    )


def test_bins_keep_every_row_and_do_not_depend_on_the_order_of_labels() -> None:
    rng = np.random.default_rng(11)
    counts = rng.poisson(1.2, (2, 300))
    labels = [f"c{index:03}" for index in rng.permutation(300)]
    one = category_bins(categories(counts[0], counts[1], labels))
    order = rng.permutation(300)
    other = category_bins(categories(counts[0][order], counts[1][order], [labels[index] for index in order]))
    assert (one.n, one.m) == (counts[0].sum() + 2, counts[1].sum())
    assert len(one.reference) <= 21
    np.testing.assert_array_equal(one.reference, other.reference)
    np.testing.assert_array_equal(one.current, other.current)


def test_numeric_bins_hold_about_equal_shares_of_the_reference() -> None:
    rng = np.random.default_rng(12)
    found = numeric_bins(numbers(rng.lognormal(size=1_000), rng.lognormal(size=800)))
    assert len(found.reference) == 10
    assert found.reference.min() >= 99
    assert (found.n, found.m) == (1_000, 800)
