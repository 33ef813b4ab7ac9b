"""How often non-inferiority errs: opens for a model that is worse than allowed, closes for one that is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from sluice.core.evaluation import evaluate
from sluice.core.limits import judge_all
from sluice.core.measurement import measure
from sluice.domain.config import Baseline, Columns, Config, Evaluation, Loaded
from sluice.domain.gates import Gate
from sluice.domain.predictions import Predictions, checked
from sluice.domain.verdict import Verdict
from sluice.metrics import METRICS

SIMULATIONS = 300
N = 400

Draw = Callable[[float, int, np.random.Generator], tuple[Predictions, Predictions]]


def values(worse: float, n: int, rng: np.random.Generator) -> tuple[Predictions, Predictions]:
    """Candidate and baseline of a regression; the candidate's own noise is larger by the factor ``1 + worse``."""
    truth, shared = rng.normal(size=n), rng.normal(size=n)
    noise = (0.5 * (1 + worse), 0.5)
    sides = [Predictions(y=truth, prediction=truth + 0.5 * shared + own * rng.normal(size=n)) for own in noise]
    return checked(sides[0], "regression", where=""), checked(sides[1], "regression", where="")


def classes(worse: float, n: int, rng: np.random.Generator) -> tuple[Predictions, Predictions]:
    """Candidate and baseline that are right in most rows, and wrong in the same rows more often than by chance."""
    y, hard = (rng.random(n) < 0.5).astype(float), rng.random(n) < 0.2
    sides: list[Predictions] = []
    for rate in (0.03 + worse, 0.03):
        wrong = rng.random(n) < np.where(hard, 0.4, rate)
        sides.append(checked(Predictions(y=y, prediction=np.where(wrong, 1 - y, y)), "classification", where=""))
    return sides[0], sides[1]


def policy(task: str, metric: str, margin: float) -> Loaded:
    evaluation = Evaluation(
        task="regression" if task == "regression" else "classification",
        predictions="p.parquet",
        columns=Columns(prediction="y_hat"),
        baseline=Baseline(ref="base"),
    )
    lower = METRICS[metric].direction == "lower"
    gate = Gate(metric=metric, max_rise=margin) if lower else Gate(metric=metric, max_drop=margin)
    return Loaded(value=Config(version=1, evaluation=evaluation, gates=(gate,)), sha256="")


def verdicts(draw: Draw, metric: str, worse: float, margin: float, seed: int) -> Counter[Verdict]:
    loaded = policy(METRICS[metric].tasks[0], metric, margin)
    spec = loaded.value.evaluation
    assert spec is not None
    rng = np.random.default_rng(seed)
    found = Counter[Verdict]()
    for _ in range(SIMULATIONS):
        candidate, baseline = draw(worse, N, rng)
        (judged,) = judge_all(loaded, evaluate(candidate, spec, baseline))
        found[judged.verdict] += 1
    return found


def true_drop(draw: Draw, metric: str, worse: float) -> float:
    a, b = (measure(METRICS[metric], side, 0.5).value for side in draw(worse, 1_000_000, np.random.default_rng(9)))
    assert a is not None and b is not None
    return abs(a - b)


CASES = pytest.mark.parametrize(
    ("draw", "metric", "worse"), [(values, "mae", 0.3), (classes, "accuracy", 0.06)], ids=["mae", "accuracy"]
)


@CASES
def test_a_drop_at_the_margin_opens_the_gate_seldom(draw: Draw, metric: str, worse: float) -> None:
    found = verdicts(draw, metric, worse, true_drop(draw, metric, worse), seed=1)
    # 2.5 % by construction; of 300 draws more than 5 % happen in about one run of two hundred.
    assert found[Verdict.PASS] <= 0.05 * SIMULATIONS
    assert found[Verdict.FAIL] <= 0.05 * SIMULATIONS


@CASES
def test_a_drop_of_twice_the_margin_never_opens_it(draw: Draw, metric: str, worse: float) -> None:
    found = verdicts(draw, metric, worse, true_drop(draw, metric, worse) / 2, seed=2)
    assert found[Verdict.PASS] <= 0.005 * SIMULATIONS


@CASES
def test_a_model_that_is_no_worse_is_seldom_kept_out(draw: Draw, metric: str, worse: float) -> None:
    # The margins are over four standard errors of the difference: a gate that the rows suffice for.
    margin = {"mae": 0.12, "accuracy": 0.09}[metric]
    found = verdicts(draw, metric, 0.0, margin, seed=3)
    assert found[Verdict.PASS] >= 0.97 * SIMULATIONS
    assert found[Verdict.FAIL] == 0
