"""Standard errors of groups: against textbook formulas, and how often their intervals hold the truth."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

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
    centred = means - means.mean()
    # Pan & Wall: twice the squared variance by the variance of it, which the groups' squares give.
    freedom = 2 * (centred**2).sum() ** 2 / ((centred**4).sum() - (centred**2).sum() ** 2 / 50)
    assert found.error == pytest.approx(
        means.std(ddof=1) / math.sqrt(50) * stats.student(min(freedom, 49)) / stats.quantile()
    )


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


def test_groups_on_which_two_models_agree_are_observations_too() -> None:
    # Two models that part in five of a hundred groups: five rows of a thousand.
    influence = np.zeros(1000)
    influence[[5, 215, 425, 635, 845]] = (1, -1, 1, 1, -1)
    influence -= influence.mean()
    found = spread(influence, of_size(100, 10), np.ones(1000), np.ones(1000, dtype=np.bool_))
    assert found.few == ""
    # Five squares, of a degree of freedom each, of which one is the mean.
    assert found.error == pytest.approx(math.sqrt(5) / 1000 * stats.student(4) / stats.quantile(), rel=0.02)


def test_groups_without_a_row_that_counts_are_none() -> None:
    influence = np.where(np.arange(1000) < 290, np.tile((0.5, -0.5), 500), 0.0)
    assert spread(influence, of_size(100, 10), np.ones(1000)).few == ("rows of only 29 groups, at least 30 are needed")


def test_one_group_of_half_the_rows_decides_alone() -> None:
    clusters = clustered(np.repeat(np.arange(101, dtype=np.int32), [1000] + [10] * 100))
    influence = np.random.default_rng(4).normal(size=2000)
    found = spread(influence - influence.mean(), clusters, np.ones(2000))
    assert found.few == ("101 groups that differ so much in size that they are worth 4, at least 15 are needed")


def test_models_that_hardly_differ_have_an_interval() -> None:
    rng = np.random.default_rng(6)
    group = np.repeat(np.arange(80, dtype=np.int32), 12)
    y = (rng.random(960) < 0.4).astype(float)
    said = np.where(rng.random(960) < 0.85, y, 1 - y)
    other = np.where(np.isin(np.arange(960), (100, 400, 700)), 1 - said, said)
    ours, theirs = (Predictions(y=y, prediction=p, binary=True, group=group) for p in (said, other))
    for name in ("accuracy", "recall", "f1"):
        a, b = (measure(METRICS[name], side, 0.5) for side in (ours, theirs))
        found = difference(a, b, "")
        assert isinstance(found, Interval), name
        assert -0.02 < found.low < found.high < 0.03


Draw = Callable[[int, np.random.Generator], tuple[Predictions, Predictions]]


def even(n_groups: int, rng: np.random.Generator) -> tuple[Predictions, Predictions]:
    """Groups of 4 to 15 rows; two models."""
    return grouped(rng.integers(4, 16, n_groups), rng)


def uneven(n_groups: int, rng: np.random.Generator) -> tuple[Predictions, Predictions]:
    """Groups of 1 to 100 rows, most of them small; two models."""
    return grouped(np.exp(rng.uniform(0, math.log(101), n_groups)).astype(int), rng)


def alike(n_groups: int, rng: np.random.Generator) -> tuple[Predictions, Predictions]:
    """Groups of 4 to 15 rows, of which the models see only one in ten differently."""
    ours, theirs = even(n_groups, rng)
    assert ours.score is not None and theirs.score is not None and ours.group is not None
    score = np.where((rng.random(n_groups) < 0.1)[ours.group], theirs.score, ours.score)
    return ours, replace(theirs, score=score)


def grouped(sizes: NDArray[np.int_], rng: np.random.Generator) -> tuple[Predictions, Predictions]:
    """Groups of these sizes, whose rows are hard together, and positive together; two models."""
    n_groups = len(sizes)
    group = np.repeat(np.arange(n_groups, dtype=np.int32), sizes)
    n = len(group)
    y = (rng.random(n) < 1 / (1 + np.exp(0.5 - 0.8 * rng.normal(size=n_groups)[group]))).astype(float)
    shared = 0.8 * rng.normal(size=n_groups)[group] + 0.6 * rng.normal(size=n)
    sides: list[Predictions] = []
    for skill in (1.5, 1.2):
        raw = shared + 0.6 * rng.normal(size=n) + skill * y
        sides.append(Predictions(y=y, score=1 / (1 + np.exp(0.7 - skill * raw)), binary=True, group=group))
    return sides[0], sides[1]


@pytest.mark.parametrize("draw", [even, uneven, alike], ids=lambda draw: draw.__name__)
def test_coverage_of_grouped_rows(draw: Draw) -> None:
    rng = np.random.default_rng(8)
    big = draw(20_000, rng)
    truth = {name: [measure(METRICS[name], side, 0.5).value or 0.0 for side in big] for name in NAMES}
    hits, told = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for _ in range(SIMULATIONS):
        rows = draw(60, rng)
        for name in NAMES:
            a, b = (measure(METRICS[name], side, 0.5) for side in rows)
            lead = truth[name][0] - truth[name][1]
            for kind, found, true in (("value", interval(a, ""), truth[name][0]), ("lead", difference(a, b, ""), lead)):
                if isinstance(found, Interval):
                    told[name, kind] += 1
                    hits[name, kind] += found.low <= true <= found.high
    # Where a few groups have most rows, some samples tell too little of recall.
    assert min(told.values()) >= 0.9 * SIMULATIONS
    shares = {key: hits[key] / told[key] for key in told}
    most = MOST if draw is even else 1.0
    assert {key: share for key, share in shares.items() if not LEAST <= share <= most} == {}
