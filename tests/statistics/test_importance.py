"""How often the interval of a feature's importance holds the truth, and that of a feature without importance 0."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sluice.core.importance import Loss, adjusted, compared, loss, measured, shuffles
from sluice.core.measurement import Measurement, measure
from sluice.domain.predictions import Index, Predictions
from sluice.domain.stats import FloatArray
from sluice.metrics import METRICS

ROWS, REPEATS, RUNS, MANY = 400, 4, 400, 100_000
NOISE = 3
Rng = np.random.Generator


def drawn(rng: Rng, n: int, *, binary: bool) -> tuple[FloatArray, FloatArray]:
    """Four features, the second like the first, the last without any bearing; and the true values."""
    x = rng.normal(size=(n, 4))
    x[:, 1] = 0.6 * x[:, 0] + 0.8 * x[:, 1]
    means = 1.2 * x[:, 0] + 0.6 * x[:, 1] + 0.5 * x[:, 0] * x[:, 2]
    if not binary:
        return x, means + rng.normal(size=n)
    return x, (rng.random(n) < 1 / (1 + np.exp(-means))).astype(np.float64)


def losses(metric: str, x: FloatArray, y: FloatArray, given: tuple[Index, ...], noise: float = 0.3) -> list[Loss]:
    """What a model that uses every feature, the one without bearing too, loses for each."""
    binary = "classification" in METRICS[metric].tasks

    def measurement(rows: FloatArray) -> Measurement:
        said = rows[:, 0] + 0.5 * rows[:, 1] + 0.4 * rows[:, 0] * rows[:, 2] + noise * rows[:, NOISE]
        score = 1 / (1 + np.exp(-said)) if binary else None
        prediction = (said > 0).astype(np.float64) if binary else said
        return measure(METRICS[metric], Predictions(y=y, score=score, prediction=prediction, binary=binary), 0.5)

    found: list[Loss] = []
    for feature in range(4):
        every: list[Measurement] = []
        for giving in given:
            mixed = x.copy()
            mixed[:, feature] = x[giving, feature]
            every.append(measurement(mixed))
        one = loss(measurement(x), every)
        assert isinstance(one, Loss)
        found.append(one)
    return found


def truth(
    metric: str, of: Callable[[list[Loss]], list[float]] = lambda found: [one.value for one in found]
) -> list[float]:
    rng = np.random.default_rng(1)
    x, y = drawn(rng, MANY, binary="classification" in METRICS[metric].tasks)
    return of(losses(metric, x, y, shuffles(rng, MANY, 5)))


@pytest.mark.parametrize("metric", ["roc_auc", "accuracy", "rmse"])
def test_intervals_hold_the_importance(metric: str) -> None:
    expected = truth(metric)
    expected[NOISE] = 0.0
    rng = np.random.default_rng(2)
    held, beyond = np.zeros(4), 0
    for _ in range(RUNS):
        x, y = drawn(rng, ROWS, binary="classification" in METRICS[metric].tasks)
        given = shuffles(rng, ROWS, REPEATS)
        found = [measured(str(index), one, given, None, None) for index, one in enumerate(losses(metric, x, y, given))]
        for index, (one, value) in enumerate(zip(found, expected, strict=True)):
            assert one.ci_low is not None and one.ci_high is not None
            held[index] += one.ci_low <= value <= one.ci_high
        (noise,) = (one for one in adjusted(found) if one.feature == str(NOISE))
        beyond += noise.p_adjusted is not None and noise.p_adjusted < 0.05
    # Three standard errors of 400 runs are 3.3 points.
    assert (held / RUNS >= 0.915).all(), held / RUNS
    assert held[NOISE] / RUNS <= 0.985
    assert beyond / RUNS <= 0.08


def test_intervals_hold_the_change_against_another_model() -> None:
    """The two differ in how they take the feature without bearing: the change of its importance is 0, too."""
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(RUNS):
        x, y = drawn(rng, ROWS, binary=False)
        given = shuffles(rng, ROWS, REPEATS)
        ours, theirs = losses("rmse", x, y, given)[NOISE], losses("rmse", x, y, given, noise=0.6)[NOISE]
        one = compared(measured("noise", ours, given, None, None), (ours, theirs), given, None, None)
        assert one.change_low is not None and one.change_high is not None
        held += one.change_low <= 0 <= one.change_high
    assert 0.91 <= held / RUNS <= 0.985


def test_rows_of_a_group_count_together() -> None:
    """Every row three times over: without groups the interval would be narrower by the root of three."""
    rng = np.random.default_rng(4)
    x, y = drawn(rng, ROWS, binary=False)
    group = np.tile(np.arange(ROWS, dtype=np.int32), 3)
    given = shuffles(rng, 3 * ROWS, 20)
    found = losses("rmse", np.tile(x, (3, 1)), np.tile(y, 3), given)[0]
    alone, together = (measured("x", found, given, None, of) for of in (None, group))
    once = shuffles(rng, ROWS, 20)
    right = measured("x", losses("rmse", x, y, once)[0], once, None, None)
    widths = [(one.ci_high or 0) - (one.ci_low or 0) for one in (alone, together, right)]
    assert widths[0] < 0.75 * widths[2]
    assert widths[1] == pytest.approx(widths[2], rel=0.15)
