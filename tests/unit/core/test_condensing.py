"""Rows put together, of which only the sum counts: the values stay those of the rows, and so do the intervals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sluice.core.condensing import Side, condensed
from sluice.core.measurement import difference, interval, measure
from sluice.domain.metric import Metric
from sluice.domain.predictions import Predictions
from sluice.domain.stats import FloatArray, Interval, relative_weights
from sluice.metrics import METRICS, metric_named

N = 20_000
NAMES = [
    f"{family}@{number}"
    for family in ("recall_at_precision", "precision_at_recall")
    for number in ("0.1", "0.5", "0.9", "1")
]


def named(name: str) -> Metric:
    metric = metric_named(name)
    assert metric is not None
    return metric


def scored(weighted: bool, digits: int = 15) -> tuple[Predictions, Predictions]:
    rng = np.random.default_rng(4)
    y, shared = (rng.random(N) < 0.3).astype(float), rng.normal(size=N)
    weight = rng.gamma(0.5, size=N) if weighted else None
    a, b = (
        Predictions(y=y, score=np.round(0.8 * shared + 0.6 * rng.normal(size=N) + skill * y, digits), weight=weight)
        for skill in (1.7, 1.5)
    )
    return replace(a, binary=True), replace(b, binary=True)


def weight_of(rows: Predictions) -> FloatArray:
    return np.ones(N) if rows.weight is None else rows.weight


def sides(rows: tuple[Predictions, ...]) -> tuple[Side, ...]:
    return tuple(Side(y=one.y, p=one.score, weight=one.weight) for one in rows)


@pytest.mark.parametrize("digits", [15, 1])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_drawn_row_by_row_has_the_same_value_put_together(name: str, digits: int) -> None:
    metric, rows = named(name), scored(weighted=True, digits=digits)
    assert metric.many is not None and metric.outer is not None
    fewer = condensed(metric, sides(rows))
    assert fewer is not None
    outer = [metric.outer(one.y, one.score, one.weight) for one in rows]
    alone = np.flatnonzero((outer[0] == 0) | (outer[1] == 0))
    together = np.flatnonzero((outer[0] != 0) & (outer[1] != 0))
    assert len(together) > (0.2 if digits == 1 else 0.4) * N
    cell = (4 * rows[0].y + 2 * (outer[0] > 0) + (outer[1] > 0)).astype(int)[together]
    cells = np.unique(cell)
    rng = np.random.default_rng(5)
    for _ in range(20):
        drawn = rng.poisson(1.0, N) * weight_of(rows[0])
        sums = np.bincount(cell, weights=drawn[together])[cells].astype(np.float64)
        drawn_together = np.concatenate((sums, drawn[alone]))
        for one, kept in zip(rows, fewer.sides, strict=True):
            expected = metric.many(one.y, one.score, drawn[None, :])
            assert metric.many(kept.y, kept.p, drawn_together[None, :]) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_row_put_together_weighs_and_varies_as_its_rows_do(weighted: bool) -> None:
    rows = scored(weighted)
    fewer = condensed(named("recall_at_precision@0.8"), sides(rows))
    assert fewer is not None
    assert len(fewer.copies) < N / 4
    weight, each = relative_weights(rows[0].weight, N), fewer.sides[0].weight
    assert each is not None
    assert float((each * fewer.copies).sum()) == pytest.approx(float(weight.sum()))
    assert float((each**2 * fewer.copies).sum()) == pytest.approx(float((weight**2).sum()))


@pytest.mark.parametrize("name", ["recall_at_precision@0.8", "precision_at_recall@0.8"])
@pytest.mark.parametrize("weighted", [False, True])
def test_intervals_are_those_of_rows_drawn_one_by_one(name: str, weighted: bool) -> None:
    rows, metric = scored(weighted), named(name)
    found: list[Interval] = []
    for one in (metric, replace(metric, outer=None)):
        a, b = (measure(one, side, 0.5) for side in rows)
        ends = interval(a, "7"), difference(a, b, "7")
        assert isinstance(ends[0], Interval) and isinstance(ends[1], Interval)
        found += [ends[0], ends[1]]
    for fewer, every in ((found[0], found[2]), (found[1], found[3])):
        # 500 replicates know an end to about a tenth of a standard error, of which the interval has four.
        reach = every.high - every.low
        assert (fewer.low, fewer.high) == pytest.approx((every.low, every.high), abs=0.12 * reach)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
@pytest.mark.parametrize("name", NAMES)
def test_weights_of_any_size_are_only_relative(name: str, scale: float) -> None:
    rows = scored(weighted=True)
    found = condensed(named(name), sides(tuple(replace(one, weight=weight_of(one) * scale) for one in rows)))
    usual = condensed(named(name), sides(rows))
    assert found is not None and usual is not None
    assert found.copies == pytest.approx(usual.copies)


def test_rows_of_which_any_may_matter_are_all_drawn() -> None:
    rng = np.random.default_rng(9)
    y = (rng.random(N) < 0.5).astype(float)
    side = Side(y=y, p=rng.random(N), weight=None)
    fewer = condensed(named("recall_at_precision@0.5"), (side,))
    assert fewer is not None
    assert len(fewer.copies) > 0.99 * N and (fewer.copies == 1).mean() > 0.99


def test_what_is_weighed_differently_or_depends_on_every_row_is_left_as_it_is() -> None:
    rows = sides(scored(weighted=False))
    assert condensed(METRICS["roc_auc"], rows) is None
    assert condensed(named("recall_at_precision@0.8"), (rows[0], replace(rows[1], weight=np.ones(N)))) is None
