"""Standard errors of groups: against textbook formulas, and how often their intervals hold the truth."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from sluice.core.measurement import difference, interval, measure
from sluice.domain import stats
from sluice.domain.clusters import Clusters, clustered, spread
from sluice.domain.predictions import Predictions
from sluice.domain.stats import Interval
from sluice.metrics import METRICS

NAMES = ("roc_auc", "average_precision", "log_loss", "accuracy", "recall")
SIMULATIONS, LEAST, MOST = 300, 0.90, 0.99


def of_size(n_groups: int, size: int) -> Clusters:
    return clustered(np.repeat(np.arange(n_groups, dtype=np.int32), size))


def test_groups_of_one_row_are_rows() -> None:
    influence = np.random.default_rng(1).normal(size=5000)
    influence -= influence.mean()
    found = spread(influence, of_size(5000, 1), np.ones(5000))
    assert found.error == pytest.approx(stats.standard_error(influence), rel=2e-3)
    assert found.design == pytest.approx(1, abs=4e-3)


def test_equal_groups_of_equal_rows_have_the_error_of_their_means() -> None:
    means = np.random.default_rng(2).normal(size=50)
    influence = np.repeat(means - means.mean(), 8)
    found = spread(influence, of_size(50, 8), np.ones(400))
    # Leaving one of G equal groups out gives the jackknife's error of a mean, which is the usual one; then Student's.
    mass = np.abs(means - means.mean())
    left_out = (means - means.mean()) / (1 - mass / mass.sum())
    even = mass.sum() ** 2 / (mass**2).sum()
    expected = math.sqrt(49 / 50 * (left_out**2).sum()) / 50 * stats.student(even - 1) / stats.quantile()
    assert found.error == pytest.approx(expected)
    assert found.error == pytest.approx(means.std(ddof=1) / math.sqrt(50), rel=0.06)


def test_the_design_effect_is_kishs() -> None:
    # Kish 1965: 1 + (size - 1) * correlation.
    rng, n_groups, size, correlation = np.random.default_rng(3), 4000, 10, 0.3
    shared = np.repeat(rng.normal(size=n_groups), size)
    x = math.sqrt(correlation) * shared + math.sqrt(1 - correlation) * rng.normal(size=n_groups * size)
    found = spread(x - x.mean(), of_size(n_groups, size), np.ones(len(x)))
    assert found.design == pytest.approx(1 + (size - 1) * correlation, rel=0.06)


def test_codes_with_gaps_are_numbered_anew() -> None:
    found = clustered(np.array([7, 3, 7, 0], dtype=np.int32))
    assert found.codes.tolist() == [2, 1, 2, 0] and found.n == 3


@pytest.mark.parametrize("n_groups", [2, 29])
def test_few_groups_have_no_error(n_groups: int) -> None:
    found = spread(np.random.default_rng(1).normal(size=n_groups * 50), of_size(n_groups, 50), np.ones(n_groups * 50))
    assert found.few == f"rows of only {n_groups} groups, at least 30 are needed"
    assert found.design == pytest.approx(50)


def grouped(n_groups: int, rng: np.random.Generator) -> tuple[Predictions, Predictions]:
    """Groups of 4 to 15 rows that are hard together, and positive together; two models."""
    group = np.repeat(np.arange(n_groups, dtype=np.int32), rng.integers(4, 16, n_groups))
    n = len(group)
    y = (rng.random(n) < 1 / (1 + np.exp(0.5 - 0.8 * rng.normal(size=n_groups)[group]))).astype(float)
    shared = 0.8 * rng.normal(size=n_groups)[group] + 0.6 * rng.normal(size=n)
    sides: list[Predictions] = []
    for skill in (1.5, 1.2):
        raw = shared + 0.6 * rng.normal(size=n) + skill * y
        sides.append(Predictions(y=y, score=1 / (1 + np.exp(0.7 - skill * raw)), binary=True, group=group))
    return sides[0], sides[1]


def test_coverage_of_grouped_rows() -> None:
    rng = np.random.default_rng(8)
    big = grouped(40_000, rng)
    truth = {name: [measure(METRICS[name], side, 0.5).value or 0.0 for side in big] for name in NAMES}
    hits = Counter[tuple[str, str]]()
    for _ in range(SIMULATIONS):
        rows = grouped(60, rng)
        for name in NAMES:
            a, b = (measure(METRICS[name], side, 0.5) for side in rows)
            of_value, of_difference = interval(a, ""), difference(a, b, "")
            assert isinstance(of_value, Interval) and isinstance(of_difference, Interval)
            hits[name, "value"] += of_value.low <= truth[name][0] <= of_value.high
            lead = truth[name][0] - truth[name][1]
            hits[name, "difference"] += of_difference.low <= lead <= of_difference.high
    shares = {key: count / SIMULATIONS for key, count in hits.items()}
    assert {key: share for key, share in shares.items() if not LEAST <= share <= MOST} == {}
