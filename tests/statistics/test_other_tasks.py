"""How often intervals of forecasts, rankings and events hold the truth, and how few rows are too few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from sluice.core.measurement import difference, interval, measure
from sluice.domain.metric import Metric
from sluice.domain.predictions import Predictions
from sluice.domain.stats import Interval
from sluice.metrics import metric_named

SIMULATIONS = 300
LEAST, MOST = 0.90, 0.99
"""With 300 draws at 95 %, fewer than 90 % are seen in one share of eight thousand."""

Draw = Callable[[int, np.random.Generator], tuple[Predictions, Predictions]]


def forecast(n: int, rng: np.random.Generator) -> tuple[Predictions, Predictions]:
    """Two forecasts of one series, with intervals that hold about four of five values."""
    y, naive, shared = 8 + rng.normal(size=n), rng.normal(size=n), rng.normal(size=n)
    sides: list[Predictions] = []
    for own in (0.4, 0.6):
        prediction = y + 0.5 * shared + own * rng.normal(size=n)
        half = np.abs(0.9 + 0.2 * rng.normal(size=n))
        sides.append(
            Predictions(y=y, prediction=prediction, naive=y + naive, low=prediction - half, high=prediction + half)
        )
    return sides[0], sides[1]


def ranking(n: int, rng: np.random.Generator) -> tuple[Predictions, Predictions]:
    """Two models on queries of two to twenty rows, which are easy or hard for both."""
    sizes = rng.integers(2, 21, n)
    query = np.repeat(np.arange(n, dtype=np.int32), sizes)
    y = rng.choice((0.0, 1.0, 2.0), size=len(query), p=(0.75, 0.15, 0.1))
    hard, shared = rng.normal(size=n)[query], rng.normal(size=len(query))
    sides = [
        Predictions(y=y, query=query, score=(skill + 0.5 * hard) * y + shared + 0.6 * rng.normal(size=len(query)))
        for skill in (1.0, 0.8)
    ]
    return sides[0], sides[1]


def events(n: int, rng: np.random.Generator) -> tuple[Predictions, Predictions]:
    """Two models that warn of one event in each stretch of twenty rows: of most, early or late, and for nothing."""
    rows = np.arange(20 * n)
    y = np.zeros(20 * n)
    begins = 20 * np.arange(n) + rng.integers(10, 18, n)
    y[begins] = 1
    shared = rng.random(n)
    sides: list[Predictions] = []
    for share in (0.5, 0.4):
        said = np.zeros(20 * n)
        warned = 0.5 * shared + 0.5 * rng.random(n) < share
        said[(begins - rng.integers(0, 5, n))[warned]] = 1
        for place in (1, 3, 5):
            said[20 * np.arange(n) + place] = rng.random(n) < 0.15
        sides.append(Predictions(y=y, prediction=said, time=rows.astype(np.float64)))
    return sides[0], sides[1]


def named(*names: str) -> tuple[Metric, ...]:
    found = [metric_named(name) for name in names]
    assert all(found)
    return tuple(metric for metric in found if metric is not None)


@pytest.mark.parametrize(
    ("draw", "n", "names"),
    [
        (forecast, 150, ("mape", "mase", "pinball@0.9", "interval_coverage", "interval_width")),
        (ranking, 80, ("ndcg@5", "recall@3", "mrr")),
        (events, 80, ("event_recall@4", "event_precision@4", "lead_time@4")),
    ],
    ids=["forecast", "ranking", "events"],
)
def test_coverage_of_values_and_paired_differences(draw: Draw, n: int, names: tuple[str, ...]) -> None:
    rng = np.random.default_rng(n)
    metrics, big = named(*names), draw(20_000, rng)
    truth = {metric.name: tuple(measure(metric, side, 0.5).value for side in big) for metric in metrics}
    hits = Counter[tuple[str, str]]()
    for _ in range(SIMULATIONS):
        rows = draw(n, rng)
        for metric in metrics:
            a, b = (measure(metric, side, 0.5) for side in rows)
            of_value, of_difference = interval(a, ""), difference(a, b, "")
            assert isinstance(of_value, Interval) and isinstance(of_difference, Interval), (of_value, of_difference)
            true_a, true_b = truth[metric.name]
            assert true_a is not None and true_b is not None
            hits[metric.name, "value"] += of_value.low <= true_a <= of_value.high
            hits[metric.name, "difference"] += of_difference.low <= true_a - true_b <= of_difference.high
    coverage = {key: count / SIMULATIONS for key, count in hits.items()}
    assert {key: share for key, share in coverage.items() if not LEAST <= share <= MOST} == {}


def test_many_rows_of_few_queries_are_few() -> None:
    rng = np.random.default_rng(3)
    n = 3_000
    rows = Predictions(
        y=(rng.random(n) < 0.3).astype(float), score=rng.random(n), query=rng.integers(0, 5, n).astype(np.int32)
    )
    for metric in named("mrr", "ndcg@10"):
        measured = measure(metric, rows, 0.5)
        assert measured.value is not None
        assert measured.rests_on is not None and measured.rests_on <= 5
        assert isinstance(interval(measured, ""), str)
