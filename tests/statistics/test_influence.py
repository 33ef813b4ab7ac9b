"""Influence values against three oracles: the derivative by weights, DeLong's definition, and the bootstrap."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sluice.domain import stats
from sluice.domain.metric import Metric
from sluice.metrics import METRICS

Array = NDArray[np.float64]

WEIGHTED = pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
EACH = pytest.mark.parametrize("metric", list(METRICS.values()), ids=list(METRICS))


def sample(metric: Metric, n: int, seed: int, weighted: bool = False) -> tuple[Array, Array, Array | None]:
    rng = np.random.default_rng(seed)
    weight = rng.gamma(2.0, size=n) if weighted else None
    if "regression" in metric.tasks:
        truth = rng.normal(size=n)
        return truth, truth + rng.normal(scale=0.7, size=n), weight
    y = (rng.random(n) < 0.35).astype(float)
    # Rounded: ties must be counted right.
    score = np.round(1 / (1 + np.exp(0.8 - 1.4 * y - rng.normal(size=n))), 2).clip(0.01, 0.99)
    return y, (score if metric.needs == ("score",) else (score >= 0.5).astype(float)), weight


@WEIGHTED
@EACH
def test_influence_is_the_derivative_by_a_rows_weight(metric: Metric, weighted: bool) -> None:
    n, step = 60, 1e-6
    y, p, weight = sample(metric, n, 3, weighted)
    base = np.ones(n) if weight is None else weight
    influence = metric.influence(y, p, weight)
    assert influence is not None
    derivative = np.empty(n)
    for row in range(n):
        up, down = base.copy(), base.copy()
        up[row] += step
        down[row] -= step
        derivative[row] = (metric.value(y, p, up) - metric.value(y, p, down)) / (2 * step) * base[row] * n
    if metric.name == "roc_auc":
        # DeLong's divisors are (size - 1) within each class: undone here, to compare with the derivative.
        for positive in (y == 1, y == 0):
            size = positive.sum()
            influence[positive] /= np.sqrt(size / (size - 1) * (n - 1) / n)
    np.testing.assert_allclose(influence, derivative, atol=1e-4 * np.abs(derivative).max())


@WEIGHTED
@EACH
def test_influence_has_mean_zero(metric: Metric, weighted: bool) -> None:
    influence = metric.influence(*sample(metric, 200, 5, weighted))
    assert influence is not None
    assert abs(float(influence.mean())) < 1e-9 * float(np.abs(influence).max())


@WEIGHTED
@EACH
def test_standard_error_agrees_with_the_bootstrap(metric: Metric, weighted: bool) -> None:
    y, p, weight = sample(metric, 500, 7, weighted)
    influence = metric.influence(y, p, weight)
    assert influence is not None
    rng = np.random.default_rng(11)
    draws = (stats.resample(rng, 500) for _ in range(300))
    values = [metric.value(y, p, drawn if weight is None else drawn * weight) for drawn in draws]
    # 300 replicates know a standard error to 4 %; 15 % is between three and four of those.
    assert stats.standard_error(influence) == pytest.approx(float(np.std(values, ddof=1)), rel=0.15)


def delong(y: Array, a: Array, b: Array) -> tuple[float, float]:
    """Standard errors of an AUC and of a difference of two, by the definition with all pairs (DeLong 1988)."""

    def structural(score: Array) -> tuple[Array, Array]:
        psi = np.array([[(u > v) + 0.5 * (u == v) for v in score[y == 0]] for u in score[y == 1]])
        return psi.mean(axis=1), psi.mean(axis=0)

    (a10, a01), (b10, b01) = structural(a), structural(b)
    m, n = len(a10), len(a01)
    one = a10.var(ddof=1) / m + a01.var(ddof=1) / n
    both = (a10 - b10).var(ddof=1) / m + (a01 - b01).var(ddof=1) / n
    return float(np.sqrt(one)), float(np.sqrt(both))


@pytest.mark.parametrize("seed", range(5))
def test_roc_auc_is_delongs(seed: int) -> None:
    metric = METRICS["roc_auc"]
    y, a, _ = sample(metric, 90, seed)
    b = np.round(a + np.random.default_rng(seed + 100).normal(scale=0.1, size=90), 2)
    of_a, of_b = metric.influence(y, a, None), metric.influence(y, b, None)
    assert of_a is not None and of_b is not None
    one, both = delong(y, a, b)
    assert stats.standard_error(of_a) == pytest.approx(one, rel=1e-12)
    assert stats.standard_error(of_a - of_b) == pytest.approx(both, rel=1e-12)


def test_a_weight_of_two_is_a_row_twice() -> None:
    for metric in METRICS.values():
        y, p, _ = sample(metric, 80, 13)
        times = np.random.default_rng(1).integers(1, 4, 80)
        repeated = metric.value(np.repeat(y, times), np.repeat(p, times), None)
        assert metric.value(y, p, times.astype(float)) == pytest.approx(repeated, rel=1e-9), metric.name


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
def test_ranking_metrics_do_not_see_monotone_changes(name: str, seed: int) -> None:
    metric = METRICS[name]
    y, p, _ = sample(metric, 120, seed)
    before, after = metric.influence(y, p, None), metric.influence(y, 3 * p**3 - 5, None)
    assert before is not None and after is not None
    np.testing.assert_allclose(before, after, atol=1e-12)
