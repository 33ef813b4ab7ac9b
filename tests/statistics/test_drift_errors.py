"""How often drift is reported where there is none, and missed where there is some, at a size that fits every run.

The whole simulation is ``benchmarks/drift_errors.py``; seeds are fixed, so that a failure is a change of the code.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import drift_errors as simulated
from drift_cases import Case, all_cases, categories, normal
from sluice.core.drift import detectable, testing
from sluice.domain.drift import AspectDrift
from sluice.drift import chi2
from sluice.drift.bins import Bins

COLUMNS = 120

EVIDENCE_ALONE = replace(simulated.SPEC, psi=-1.0)


@lru_cache
def pool(sizes: tuple[int, int]) -> list[AspectDrift]:
    return simulated.without_drift(sizes, COLUMNS, seed=11)


# -- no drift ---------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", simulated.SIZES, ids=lambda sizes: f"{sizes[0]}-{sizes[1]}")
def test_datasets_without_drift_raise_no_alarm(sizes: tuple[int, int]) -> None:
    found = pool(sizes)
    assert simulated.alarms(found, 1).mean() <= 0.015
    # The p-values alone hold their level, whatever the effect's limit takes away: 1,680 columns.
    assert np.mean([(one.p_value or 0) < 0.01 for one in found]) <= 0.015
    assert np.mean([(one.p_value or 0) < 0.001 for one in found]) <= 0.003


@pytest.mark.parametrize("width", [19, 100, 1_000])
def test_datasets_of_many_columns_raise_no_alarm(width: int) -> None:
    every = [alarm for sizes in simulated.SIZES for alarm in simulated.alarms(pool(sizes), width, EVIDENCE_ALONE)]
    assert np.mean(every) <= 0.02


@pytest.mark.parametrize("sizes", simulated.SIZES[:4], ids=lambda sizes: f"{sizes[0]}-{sizes[1]}")
@pytest.mark.parametrize("expected", [0.5, 2.5, 6.0])
def test_sparse_categories_keep_the_far_tail(sizes: tuple[int, int], expected: float) -> None:
    case = simulated.sparse_case(9, expected, min(sizes))
    rng = np.random.default_rng(12)
    found = [testing.test_aspect(aspect, 0.01).p_value or 0 for aspect in case.draw(rng, sizes, 3_000)]
    assert np.mean(np.array(found) < 0.001) <= 0.003
    assert min(found) > 1e-6


def test_the_moments_keep_the_level_at_one_in_a_hundred_thousand() -> None:
    """Pearson's χ² is 40 times too eager here; a column among a thousand is judged at this level."""
    rng, rows = np.random.default_rng(13), 100
    shares = np.array([0.025, 0.025, 0.95])
    drawn = rng.multinomial(rows, shares, 400_000)
    counts, often = np.unique(drawn, axis=0, return_counts=True)
    other = np.rint(1_000_000 * shares).astype(np.int64)
    p = np.array([chi2.homogeneity(Bins(reference=one, current=other)).p_value for one in counts])
    assert np.sum(often[p < 1e-5]) / 400_000 <= 3e-5
    assert np.sum(often[p < 1e-3]) / 400_000 <= 1.2e-3


def test_vectors_without_drift_raise_no_alarm() -> None:
    p = [one.p_value or 0 for one in simulated.vectors_without_drift(60, 8, 400, seed=14)]
    assert np.mean(np.array(p) < 0.05) <= 0.075
    assert np.mean(np.array(p) < 0.01) <= 0.0225


# -- effects are unbiased ---------------------------------------------------------------------


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
@pytest.mark.parametrize("sizes", [(100, 100), (100, 1_000_000), (2_000, 500)], ids=str)
def test_psi_is_about_zero_without_drift(case: Case, sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(15)
    found = [testing.test_aspect(aspect, 0.01).measures["psi"] for aspect in case.draw(rng, sizes, 150)]
    # Sparse bins hold less noise than the first-order bias says, so that the mean may be somewhat below zero.
    assert -0.05 < np.mean(found) < 0.01 + 3 * np.std(found) / np.sqrt(150)


def test_a_shift_has_its_size_in_every_measure() -> None:
    found = [one.measures for one in simulated.shifted(0.5, (2_000, 2_000), 60, seed=16)]
    mean = {name: np.mean([one[name] for one in found]) for name in found[0]}
    assert mean["wasserstein"] == pytest.approx(0.5, abs=0.02)
    assert mean["psi"] == pytest.approx(0.25, abs=0.02)
    assert mean["ks"] == pytest.approx(0.1974, abs=0.02)
    assert mean["jensen_shannon"] == pytest.approx(0.207, abs=0.02)
    assert mean["cramers_v"] == pytest.approx(0.241, abs=0.02)


# -- drift ------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1, 19, 200])
def test_half_a_deviation_is_seen_in_five_hundred_rows(width: int) -> None:
    moved = simulated.shifted(0.5, (500, 500), 150, seed=17)
    still = simulated.shifted(0.0, (500, 500), 100, seed=18)
    assert simulated.caught(moved, still, width) >= 0.95


@pytest.mark.parametrize("sizes", [(100, 100), (300, 10_000), (5_000, 5_000)], ids=str)
@pytest.mark.parametrize("level", [0.01, 0.0001])
def test_the_detectable_shift_is_seen_about_four_times_in_five(sizes: tuple[int, int], level: float) -> None:
    shift = detectable.of_numbers(sizes, level)["wasserstein"]
    rng = np.random.default_rng(19)
    found = [testing.test_aspect(one, level) for one in normal().against(normal(shift), rng, sizes, 300)]
    assert 0.75 <= np.mean([(one.p_value or 0) < level for one in found]) <= 0.9


@pytest.mark.parametrize("size", [2, 5, 20])
def test_the_detectable_index_of_categories_is_seen_about_four_times_in_five(size: int) -> None:
    sizes, level = (600, 900), 0.001
    index = detectable.of_categories(size - 1, sizes, level)["psi"]
    case = categories(size, 0.5)
    sign = np.where(np.arange(size) % 2, 1.0, -1.0)
    # For small effects PSI is the variance of the log ratio.
    moved = replace(case, shares=case.shares * np.exp(_tilt(case.shares / case.shares.sum(), sign, index) * sign))
    rng = np.random.default_rng(20)
    found = [testing.test_aspect(one, level).p_value or 0 for one in case.against(moved, rng, sizes, 300)]
    assert 0.72 <= np.mean(np.array(found) < level) <= 0.88


def _tilt(shares: np.ndarray, sign: np.ndarray, index: float) -> float:
    spread = float(shares @ np.square(sign) - (shares @ sign) ** 2)
    return float(np.sqrt(index / spread))


def test_vectors_beside_rows_of_their_own_raise_no_alarm() -> None:
    p = [one.p_value or 0 for one in simulated.vectors_beside_themselves(100, 32, 200, seed=15)]
    assert np.mean(np.array(p) < 0.01) <= 0.015
    assert np.mean(np.array(p) < 0.1) <= 0.12


def test_vectors_that_differ_in_spread_alone_are_told_apart() -> None:
    rng = np.random.default_rng(21)
    sample = simulated.vectors_aspect(rng.normal(size=(400, 12)), 1.3 * rng.normal(size=(400, 12)))
    found = testing.test_aspect(sample, 0.01)
    assert (found.p_value or 0) < 1e-6
    assert found.measures["psi"] > 0.1
    assert found.test == "witness"


def test_the_dimensions_that_moved_are_named() -> None:
    rng = np.random.default_rng(22)
    current = rng.normal(size=(400, 12))
    current[:, 7] += 1.0
    found = testing.test_aspect(simulated.vectors_aspect(rng.normal(size=(400, 12)), current), 0.01)
    assert [index for index, _ in found.dimensions] == [7]
    assert found.dimensions[0][1] == pytest.approx(1, abs=0.2)
