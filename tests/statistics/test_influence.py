"""Influence values against three oracles: the derivative by weights, DeLong's definition, and the bootstrap."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from support import drawn
from support.metric_samples import EVERY, sample

from sluice.domain import stats
from sluice.domain.metric import Metric
from sluice.metrics import METRICS

Array = NDArray[np.float64]

WEIGHTED = pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
SMOOTH = {name: metric for name, metric in EVERY.items() if metric.many is None}
EACH = pytest.mark.parametrize("metric", list(SMOOTH.values()), ids=list(SMOOTH))


def without_delongs_divisors(y: Array, influence: Array) -> Array:
    """DeLong's divisors are (size - 1) within each class: undone here, to compare with the derivative."""
    plain, n = influence.copy(), len(y)
    for positive in (y == 1, y == 0):
        size = positive.sum()
        plain[positive] /= np.sqrt(size / (size - 1) * (n - 1) / n)
    return plain


def one_against_the_rest(y: Array, p: Array, weight: Array | None, place: int) -> Array:
    mine = (y == place).astype(float)
    influence = METRICS["roc_auc"].influence(mine, p[:, place], weight)
    assert influence is not None
    return without_delongs_divisors(mine, influence)


@WEIGHTED
@EACH
def test_influence_is_the_derivative_by_a_rows_weight(metric: Metric, weighted: bool) -> None:
    n, step = 60, 1e-6
    y, p, weight = sample(metric, n, 3, weighted)
    base = np.ones(n) if weight is None else weight
    influence = metric.influence(y, p, weight)
    assert influence is not None
    units = drawn.units(metric, p)
    derivative = np.empty(units.max() + 1)
    for unit in range(len(derivative)):
        up, down = (np.where(units == unit, factor * base, base) for factor in (1 + step, 1 - step))
        derivative[unit] = (metric.value(y, p, up) - metric.value(y, p, down)) / (2 * step) * n
    if metric.name == "roc_auc":
        influence = without_delongs_divisors(y, influence)
    elif metric.name == "roc_auc_ovr":
        influence = np.mean([one_against_the_rest(y, p, weight, place) for place in range(p.shape[1])], axis=0)
    np.testing.assert_allclose(np.bincount(units, weights=influence), derivative, atol=1e-4 * np.abs(derivative).max())


@WEIGHTED
@EACH
def test_influence_has_mean_zero(metric: Metric, weighted: bool) -> None:
    influence = metric.influence(*sample(metric, 200, 5, weighted))
    assert influence is not None
    assert abs(float(influence.mean())) < 1e-9 * float(np.abs(influence).max())


@WEIGHTED
@EACH
def test_standard_error_agrees_with_the_bootstrap(metric: Metric, weighted: bool) -> None:
    # In few rows a bin's own gap is smaller than its noise: the error of a sum of distances needs more of them.
    y, p, weight = sample(metric, 20_000 if metric.name == "ece" else 500, 7, weighted)
    influence = metric.influence(y, p, weight)
    assert influence is not None
    rng, units = np.random.default_rng(11), drawn.units(metric, p)
    # A query is drawn with all its rows, and counts as one observation.
    observed = np.bincount(units, weights=influence).astype(float)
    draws = (stats.resample(rng, len(observed))[units] for _ in range(300))
    values = [metric.value(y, p, times if weight is None else times * weight) for times in draws]
    # 300 replicates know a standard error to 4 %; 15 % is between three and four of those.
    assert stats.standard_error(observed) * len(observed) / len(y) == pytest.approx(
        float(np.std(values, ddof=1)), rel=0.15
    )


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


def test_one_versus_the_rest_adds_up_row_by_row() -> None:
    y, p, weight = sample(METRICS["roc_auc_ovr"], 120, 4, weighted=True)
    of_classes = [METRICS["roc_auc"].influence((y == place).astype(float), p[:, place], weight) for place in range(3)]
    found = METRICS["roc_auc_ovr"].influence(y, p, weight)
    assert found is not None
    np.testing.assert_allclose(found, sum(one for one in of_classes if one is not None) / 3, atol=1e-12)


def test_a_weight_of_two_is_a_row_twice() -> None:
    for metric in EVERY.values():
        if metric.unit_rows == "query" or "events" in metric.tasks:  # a row of theirs is what its neighbours make it
            continue
        y, p, _ = sample(metric, 80, 13)
        times = np.random.default_rng(1).integers(1, 4, 80)
        repeated = metric.value(np.repeat(y, times), np.repeat(p, times, axis=0), None)
        assert metric.value(y, p, times.astype(float)) == pytest.approx(repeated, rel=1e-9), metric.name


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
def test_ranking_metrics_do_not_see_monotone_changes(name: str, seed: int) -> None:
    metric = METRICS[name]
    y, p, _ = sample(metric, 120, seed)
    before, after = metric.influence(y, p, None), metric.influence(y, 3 * p**3 - 5, None)
    assert before is not None and after is not None
    np.testing.assert_allclose(before, after, atol=1e-12)
