"""Files that are read part by part: the same numbers as of rows in memory, for whatever adds up."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support import drawn
from support.in_parts import InParts

from sluice.core.evaluation import evaluate
from sluice.core.large import evaluate_large
from sluice.core.own_metrics import evaluate_own
from sluice.core.summing import GROUPED, adds_up
from sluice.domain.config import Columns, Evaluation, Function, Task
from sluice.domain.errors import EvidenceError
from sluice.domain.evaluation import EvaluationResult
from sluice.domain.predictions import Predictions, Slicing, checked
from sluice.domain.trials import every_row
from sluice.metrics import FAMILIES, METRICS, available, metric_named

SCORED = Evaluation(
    task="classification",
    predictions="p",
    columns=Columns(score="s", key="k"),
    slices=("region", "day"),
    report=("brier", "ece", "balanced_accuracy", "specificity", "f1_macro", "matthews", "selection_rate", "fbeta@2"),
)
NAMED = replace(SCORED, columns=Columns(prediction="p", key="k"), report=("f1_macro", "matthews", "balanced_accuracy"))
CHANCES = replace(NAMED, columns=Columns(probabilities={"cat": "c", "dog": "d", "eel": "e"}, key="k"))
NUMBERS = Evaluation(
    task="forecasting",
    predictions="p",
    columns=Columns(prediction="p", naive="n", low="l", high="h", key="k"),
    slices=("region", "day"),
    report=("mape", "pinball@0.9"),
)
SPECS = {"scored": SCORED, "named": NAMED, "chances": CHANCES, "numbers": NUMBERS}


def sides(kind: str, n: int, seed: int, *, weighted: bool, offset: float = 0.0) -> list[Predictions]:
    """Two models on the same rows, the second one's file in another order."""
    rng = np.random.default_rng(seed)
    truth = drawn.forecast(n, rng)
    classes = rng.choice(["cat", "dog", "eel"], size=n, p=(0.5, 0.3, 0.2))
    known: dict[str, Any] = {
        "key": rng.permutation(3 * n)[:n].astype(np.int64),
        "weight": rng.gamma(0.7, size=n) * (rng.random(n) < 0.9) + (np.arange(n) == 0) if weighted else None,
        "slices": {
            "region": Slicing(values=("north", "south"), codes=rng.integers(0, 2, n).astype(np.int32)),
            "day": Slicing(values=("mo", "tu", "we"), codes=rng.choice(3, n, p=(0.5, 0.3, 0.2)).astype(np.int32)),
        },
    }
    made = []
    for _ in range(2):
        if kind == "numbers":
            told = drawn.forecast(n, rng)
            off = replace(truth, prediction=truth.y + told.prediction - told.y, low=truth.y - 1, high=truth.y + 0.8)
            columns = {name: getattr(off, name) + offset for name in ("y", "prediction", "naive", "low", "high")}
            made.append(Predictions(**columns, **known))
            continue
        if kind == "scored":
            y = (classes == "cat").astype(float)
            score = np.round(1 / (1 + np.exp(0.8 - 1.4 * y - rng.normal(size=n))), 2)
            made.append(Predictions(y=y, score=score, **known))
            continue
        raw = np.exp(1.3 * (classes[:, None] == np.array(["cat", "dog", "eel"])) + rng.normal(size=(n, 3)))
        chances = raw / raw.sum(axis=1, keepdims=True)
        if kind == "chances":
            made.append(Predictions(y=classes, probabilities=chances, classes=("cat", "dog", "eel"), **known))
        else:
            said = np.array(["cat", "dog", "eel"])[chances.argmax(axis=1)]
            made.append(Predictions(y=classes, prediction=said, **known))
    made[1] = shuffled(made[1], rng)
    return [checked(one, SPECS[kind].task, where="p") for one in made]


def shuffled(rows: Predictions, rng: np.random.Generator) -> Predictions:
    order = rng.permutation(rows.n)
    assert rows.key is not None
    slices = {name: replace(one, codes=one.codes[order]) for name, one in rows.slices.items()}
    return replace(rows.take(order), key=rows.key[order], slices=slices)


def in_parts(rows: Predictions, task: Task, size: int) -> InParts:
    return InParts(rows=rows, task=task, size=size)


def require_equal(large: EvaluationResult, small: EvaluationResult, *, close: float = 1e-8) -> int:
    """Require every number of what adds up to be the same but for rounding; how many were looked at."""
    looked = 0
    for ours, theirs in ((large.metrics, small.metrics), (large.comparisons, small.comparisons)):
        assert [(one.metric, one.slice) for one in ours] == [(one.metric, one.slice) for one in theirs]
        for mine, other in zip(ours, theirs, strict=True):
            metric = metric_named(mine.metric)
            assert metric is not None
            for name in type(mine).__slots__ if adds_up(metric) else ():
                found, expected = getattr(mine, name), getattr(other, name)
                if name == "reason" and mine.slice:
                    # It may name the classes of the slice, or those of all rows.
                    assert bool(found) == bool(expected)
                elif isinstance(found, float) and isinstance(expected, float):
                    assert math.isclose(found, expected, rel_tol=close, abs_tol=close), (mine, other)
                else:
                    assert found == expected, (name, mine, other)
                looked += 1
    assert large.confusion == small.confusion
    assert large.n == small.n
    return looked


@given(
    kind=st.sampled_from(list(SPECS)),
    n=st.integers(80, 400),
    size=st.integers(20, 500),
    seed=st.integers(0, 2**32),
    weighted=st.booleans(),
    extra=st.booleans(),
)
@settings(max_examples=40, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
def test_parts_of_any_size_give_what_all_rows_give(
    kind: str, n: int, size: int, seed: int, weighted: bool, extra: bool
) -> None:
    spec = SPECS[kind]
    candidate, baseline = sides(kind, n, seed, weighted=weighted)
    if extra:
        # Rows of the candidate alone: its own values have them, the comparison does not.
        assert baseline.key is not None
        left = np.arange(n // 5, n)
        slices = {name: replace(one, codes=one.codes[left]) for name, one in baseline.slices.items()}
        baseline = replace(baseline.take(left), key=baseline.key[left], slices=slices)
    task = spec.task
    large = evaluate_large(in_parts(candidate, task, size), spec, in_parts(baseline, task, size))
    assert require_equal(large, evaluate(candidate, spec, baseline, seed="s")) > 100
    assert all(one.method == "paired by key" for one in large.comparisons)


@pytest.mark.parametrize("kind", SPECS)
def test_files_that_are_not_of_the_same_rows_are_compared_as_two_samples(kind: str) -> None:
    spec = SPECS[kind]
    candidate, baseline = sides(kind, 500, 3, weighted=False)
    assert candidate.key is not None
    candidate = replace(candidate, key=candidate.key + 10_000)
    large = evaluate_large(in_parts(candidate, spec.task, 64), spec, in_parts(baseline, spec.task, 64))
    assert require_equal(large, evaluate(candidate, spec, baseline)) > 100
    assert {one.method for one in large.comparisons} == {"unpaired (500 of the baseline's 500 rows are missing)"}
    assert any(one.ci_low is not None for one in large.comparisons)


def test_rows_without_a_key_are_paired_by_their_place() -> None:
    candidate, _ = sides("scored", 300, 5, weighted=False)
    candidate = replace(candidate, key=None)
    assert candidate.score is not None
    baseline = replace(candidate, score=1 - candidate.score)
    found = evaluate_large(in_parts(candidate, "classification", 77), SCORED, in_parts(baseline, "classification", 77))
    assert require_equal(found, evaluate(candidate, SCORED, baseline)) > 100
    other = replace(baseline, y=1 - baseline.y)
    found = evaluate_large(in_parts(candidate, "classification", 77), SCORED, in_parts(other, "classification", 77))
    assert {one.method for one in found.comparisons} == {"unpaired (no key column, and the targets differ)"}


def test_a_model_beside_itself_is_identical() -> None:
    candidate, _ = sides("numbers", 300, 6, weighted=False)
    found = evaluate_large(in_parts(candidate, "forecasting", 77), NUMBERS, in_parts(candidate, "forecasting", 77))
    assert require_equal(found, evaluate(candidate, NUMBERS, candidate)) > 100
    assert {one.method for one in found.comparisons} == {"paired by key; identical predictions"}


@pytest.mark.parametrize(
    ("change", "said", "without_interval"),
    [
        (lambda rows: replace(rows, weight=rows.weight * 2), "unpaired (the weight of the same rows differs)", True),
        (lambda rows: replace(rows, naive=rows.naive + 1), "unpaired (the naive forecast of the same rows", True),
        (lambda rows: replace(rows, y=rows.y + 1), "unpaired (the target of the same rows differs)", False),
        (lambda rows: replace(rows, key=rows.key.astype(str)), "unpaired (the keys are of different types)", False),
    ],
)
def test_what_files_say_otherwise_of_the_same_rows_keeps_them_apart(
    change: Any, said: str, without_interval: bool
) -> None:
    candidate, baseline = sides("numbers", 300, 7, weighted=True)
    found = evaluate_large(
        in_parts(candidate, "forecasting", 50), NUMBERS, in_parts(change(baseline), "forecasting", 50)
    )
    assert all(one.method.startswith(said) for one in found.comparisons)
    of_all = next(one for one in found.comparisons if not one.slice and one.metric == "rmse")
    assert (of_all.ci_low is None) == without_interval


def test_a_candidate_without_some_of_the_rows_is_not_compared() -> None:
    candidate, baseline = sides("numbers", 300, 8, weighted=False)
    assert candidate.key is not None
    left = np.arange(200)
    slices = {name: replace(one, codes=one.codes[left]) for name, one in candidate.slices.items()}
    fewer = replace(candidate.take(left), key=candidate.key[left], slices=slices)
    found = evaluate_large(in_parts(fewer, "forecasting", 50), NUMBERS, in_parts(baseline, "forecasting", 50))
    assert require_equal(found, evaluate(fewer, NUMBERS, baseline)) > 100
    assert all(one.ci_low is None for one in found.comparisons)


def test_targets_far_from_zero_keep_their_digits() -> None:
    candidate, baseline = sides("numbers", 400, 9, weighted=True, offset=1e9)
    large = evaluate_large(in_parts(candidate, "forecasting", 33), NUMBERS, in_parts(baseline, "forecasting", 33))
    # Numbers of this size hold seven digits of what they differ by.
    assert require_equal(large, evaluate(candidate, NUMBERS, baseline), close=1e-6) > 100


def test_what_does_not_add_up_says_why() -> None:
    candidate, baseline = sides("scored", 200, 1, weighted=False)
    found = evaluate_large(in_parts(candidate, "classification", 50), SCORED, in_parts(baseline, "classification", 50))
    missing = {one.metric: one for one in found.metrics if not one.slice and one.value is None}
    assert set(missing) == {"roc_auc", "average_precision"}
    said = "needs all rows in memory at once, and files of more than 10 rows are not read into it"
    assert {one.reason for one in missing.values()} == {said}
    assert {one.reason for one in found.comparisons if one.metric in missing} == {said}
    assert "more rows than fit in memory" in found.message


def test_rows_of_groups_have_values_and_no_intervals() -> None:
    candidate, baseline = (
        replace(one, group=np.zeros(one.n, dtype=np.int32)) for one in sides("scored", 200, 1, weighted=False)
    )
    found = evaluate_large(in_parts(candidate, "classification", 50), SCORED, in_parts(baseline, "classification", 50))
    of_all = [one for one in found.metrics if not one.slice and one.value is not None]
    assert len(of_all) > 5
    assert {(one.ci_low, one.trials, one.reason) for one in of_all} == {(None, None, f"no interval: {GROUPED}")}
    differences = [one for one in found.comparisons if not one.slice and one.difference is not None]
    assert len(differences) > 5
    assert {(one.ci_low, one.reason) for one in differences} == {(None, f"no interval: {GROUPED}")}


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("score", 1.5, "needs probabilities from 0 to 1; there is a score of 1.5"),
        ("y", 2.0, "needs the classes 0 and 1; the target holds `0`, `1`, `2`"),
    ],
)
def test_one_row_of_the_last_part_keeps_a_value_from_being_one(column: str, value: float, said: str) -> None:
    rows = sides("scored", 200, 1, weighted=False)[0]
    spec = replace(SCORED, columns=replace(SCORED.columns, prediction="p"))
    rows = replace(rows, prediction=rows.y)
    changed = getattr(rows, column).copy()
    changed[-1] = value
    rows = checked(replace(rows, **{column: changed}), "classification", where="p")
    large, small = evaluate_large(in_parts(rows, "classification", 30), spec), evaluate(rows, spec)
    require_equal(large, small)
    found = {one.metric: one for one in large.metrics if not one.slice}
    assert found["log_loss"].value is None and found["log_loss"].reason == said
    assert found["accuracy"].value is not None


def test_a_target_that_does_not_vary_has_no_r2() -> None:
    rows = replace(sides("numbers", 200, 1, weighted=False)[0], y=np.full(200, 0.1))
    found = evaluate_large(in_parts(rows, "forecasting", 30), NUMBERS)
    of_all = {one.metric: one for one in found.metrics if not one.slice}
    assert of_all["r2"].value is None and "needs a target that varies" in of_all["r2"].reason


@pytest.mark.parametrize("n", [0, 1])
def test_no_rows_and_a_single_one(n: int) -> None:
    candidate = sides("numbers", 40, 1, weighted=False)[0]
    rows = replace(candidate.take(np.arange(n)), key=None)
    spec = replace(NUMBERS, slices=())
    if not n:
        with pytest.raises(EvidenceError, match="hold no rows"):
            evaluate_large(in_parts(rows, "forecasting", 5), spec)
        return
    found = {one.metric: one for one in evaluate_large(in_parts(rows, "forecasting", 5), spec).metrics}
    assert found["mae"].value is not None
    assert found["mae"].ci_low is None and "one row has no spread" in found["mae"].reason


def test_slices_of_too_many_values_over_all_parts() -> None:
    rows = sides("scored", 300, 1, weighted=False)[0]
    codes = np.arange(300, dtype=np.int32) % 101
    rows = replace(rows, slices={"region": Slicing(values=tuple(f"v{at}" for at in range(101)), codes=codes)})
    spec = replace(SCORED, slices=("region",))
    with pytest.raises(EvidenceError, match="the slice column `region` has 101 values, at most 100 are evaluated"):
        evaluate_large(in_parts(rows, "classification", 40), spec)


def test_weights_that_are_all_zero() -> None:
    rows = replace(sides("scored", 300, 1, weighted=False)[0], weight=np.zeros(300))
    with pytest.raises(EvidenceError, match="all weights are zero"):
        evaluate_large(in_parts(rows, "classification", 40), SCORED)


def test_functions_of_the_user_are_not_called() -> None:
    rows = in_parts(sides("scored", 300, 1, weighted=False)[0], "classification", 40)
    spec = replace(SCORED, functions={"own": Function(call="m:f", direction="higher")})
    found = evaluate_own(rows, spec, None, lambda *_: pytest.fail("was called"))
    assert [(one.metric, one.value) for one in found.metrics] == [("own", None)]
    assert "needs all rows in memory at once" in found.metrics[0].reason


def test_rows_of_no_file_are_not_compared_with_a_file() -> None:
    candidate, baseline = sides("scored", 100, 1, weighted=False)
    with pytest.raises(EvidenceError, match="rows of no file cannot be compared"):
        evaluate(in_parts(candidate, "classification", 40), SCORED, baseline)
    other = replace(baseline, file=in_parts(baseline, "classification", 40))
    assert evaluate(in_parts(candidate, "classification", 40), SCORED, other).comparisons


def test_every_metric_that_is_a_sum_is_a_rate_over_every_row_if_over_any() -> None:
    families = [family.make(family.usual) for family in FAMILIES.values()]
    every = [*METRICS.values(), *families]
    assert {metric.trials for metric in every if metric.sums is not None} <= {None, every_row}
    tasks = {task for metric in every if adds_up(metric) for task in metric.tasks}
    assert tasks == {"classification", "regression", "forecasting"}
    assert all(adds_up(metric) for metric in available(NUMBERS))
