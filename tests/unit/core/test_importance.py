"""Importance of features as numbers: what is sent, what is read of the answers, and what has no interval."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sluice.adapters.decode import shapes
from sluice.core import shap_values, shuffled
from sluice.core.importance import Loss, adjusted, compared, error, loss, measured, shuffles
from sluice.core.measurement import measure
from sluice.domain.config import Columns, Evaluation
from sluice.domain.errors import EvidenceError
from sluice.domain.importance import MAX_FEATURES, FeatureImportance, ImportanceResult
from sluice.domain.predictions import Predictions
from sluice.domain.probes import Importance
from sluice.metrics import METRICS

SPEC = Evaluation(
    task="classification",
    predictions="p.csv",
    columns=Columns(target="y", score="p", key="id", weight="w"),
    features="rows.csv",
    importance=Importance(model="model"),
)
GIVEN = shuffles(np.random.default_rng(1), 40, 3)


def truth(n: int = 40) -> Predictions:
    rng = np.random.default_rng(2)
    y = (rng.random(n) < 0.5).astype(float)
    return Predictions(y=y, score=rng.random(n), key=np.arange(n), binary=True)


def test_the_sample_is_drawn_by_the_seed_alone() -> None:
    first, again, other = (shuffled.sample(10_000, 50, seed) for seed in ("a", "a", "b"))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert len(np.unique(first)) == 50 and (np.diff(first) > 0).all()
    assert np.array_equal(shuffled.sample(20, 50, "a"), np.arange(20))


def test_what_is_known_of_a_row_is_no_feature() -> None:
    sent, chosen = shuffled.features(("id", "age", "y", "w", "p", "region", "income"), SPEC)
    assert sent == chosen == ("age", "region", "income")
    asked = replace(SPEC, importance=Importance(model="model", columns=("age", "in*")))
    assert shuffled.features(("id", "age", "region", "income"), asked)[1] == ("age", "income")
    with pytest.raises(EvidenceError, match=r"none of `importance\.columns`"):
        shuffled.features(("id", "region"), asked)


def test_rows_are_in_the_order_of_the_predictions() -> None:
    rows = [{"id": 2, "a": "x"}, {"id": 1, "a": "y"}]
    assert shuffled.in_order(rows, [1, 2], SPEC) == [{"a": "y"}, {"a": "x"}]
    with pytest.raises(EvidenceError, match="has no row for 1 of 3 keys of the predictions, such as `3`"):
        shuffled.in_order(rows, [1, 2, 3], SPEC)
    with pytest.raises(EvidenceError, match="the key `1` occurs more than once"):
        shuffled.in_order([*rows, rows[1]], [1, 2], SPEC)


def test_a_shuffle_moves_one_feature_and_leaves_the_rows() -> None:
    rows = [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
    every = list(shuffled.requests(("a", "b"), (np.array([1, 0]),)))
    assert [json.loads(shuffled.body(rows, one)) for one in every] == [
        rows,
        [{"a": 3, "b": 2}, {"a": 1, "b": 4}],
        [{"a": 1, "b": 4}, {"a": 3, "b": 2}],
    ]


def test_of_more_features_than_are_measured_the_first_are_asked() -> None:
    every = list(shuffled.requests([f"f{index}" for index in range(MAX_FEATURES + 5)], GIVEN))
    assert len(every) == 1 + MAX_FEATURES * 3
    assert every[-1].feature == f"f{MAX_FEATURES - 1}"


def test_answers_become_predictions() -> None:
    known = truth()
    found = shuffled.answered([0.25] * 40, known, SPEC, "model")
    assert found.score is not None and (found.score == 0.25).all() and found.binary
    assert shuffled.differing(found, known) == 40
    assert shuffled.differing(known, known) == 0
    by_class = shuffled.answered([{"0": 0.4, "1": 0.6}] * 40, known, SPEC, "model")
    assert by_class.score is not None and (by_class.score == 0.6).all()


def test_probabilities_of_many_classes() -> None:
    spec = replace(SPEC, columns=Columns(target="y", key="id", probabilities={"a": "p_a", "b": "p_b"}))
    known = Predictions(y=np.array(["a", "b"] * 20), probabilities=np.full((40, 2), 0.5), classes=("a", "b"))
    found = shuffled.answered([{"b": 0.3, "a": 0.7}] * 40, known, spec, "model")
    assert found.probabilities is not None and found.probabilities[0].tolist() == [0.7, 0.3]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([0.5] * 39, "was answered by 39 predictions for 40 rows"),
        ([None] * 40, "no finite number"),
        ([True] * 40, "it says 0 or 1 and no probabilities"),
        ([[0.5, 0.5]] * 40, "list of numbers that have no names"),
    ],
)
def test_what_is_no_prediction_is_refused(answers: list[object], said: str) -> None:
    with pytest.raises(EvidenceError, match=said):
        shuffled.answered(answers, truth(), SPEC, "model")


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        (SPEC, "roc_auc"),
        (replace(SPEC, columns=Columns(prediction="c")), "accuracy"),
        (replace(SPEC, columns=Columns(probabilities={"a": "b"})), "log_loss_multiclass"),
        (replace(SPEC, task="regression", columns=Columns(prediction="c")), "rmse"),
        (replace(SPEC, importance=Importance(model="m", metric="log_loss")), "log_loss"),
    ],
)
def test_the_metric_that_is_lost(spec: Evaluation, name: str) -> None:
    assert shuffled.lost_metric(spec).name == name


@pytest.mark.parametrize("name", ["rmse", "latency_p99_ms", "nonsense"])
def test_a_metric_that_cannot_be_lost(name: str) -> None:
    with pytest.raises(EvidenceError, match=f"`{name}`"):
        shuffled.lost_metric(replace(SPEC, importance=Importance(model="m", metric=name)))


def losses(worse: float) -> Loss:
    rng = np.random.default_rng(3)
    return Loss(value=worse, parts=rng.normal(scale=0.1, size=(3, 40)))


def test_the_loss_is_the_mean_over_the_shuffles() -> None:
    known = truth()
    assert known.score is not None
    original = measure(METRICS["accuracy"], known, 0.5)
    after = [measure(METRICS["accuracy"], replace(known, score=known.score[giving]), 0.5) for giving in GIVEN]
    found = loss(original, after)
    assert isinstance(found, Loss) and original.value is not None
    assert found.value == pytest.approx(original.value - np.mean([float(one.value or 0) for one in after]))
    assert found.parts.mean() == pytest.approx(0, abs=1e-12)
    lower = loss(measure(METRICS["brier"], known, 0.5), [measure(METRICS["brier"], known, 0.5)] * 3)
    assert isinstance(lower, Loss) and lower.value == 0


def test_a_metric_without_a_value_says_so() -> None:
    known = replace(truth(), y=np.zeros(40))
    original = measure(METRICS["roc_auc"], known, 0.5)
    found = measured("x", loss(original, [original]), GIVEN, None, None)
    assert found.value is None and "no row is positive" in found.reason


def test_a_feature_that_changes_nothing_has_no_interval() -> None:
    found = measured("x", Loss(value=0.0, parts=np.zeros((3, 40))), GIVEN, None, None)
    assert (found.value, found.ci_low, found.p_value, found.reason) == (0, None, None, "no prediction changed")


def test_rows_of_few_groups_have_no_interval() -> None:
    group = np.repeat(np.arange(4, dtype=np.int32), 10)
    found = measured("x", losses(0.2), GIVEN, None, group)
    assert found.value == 0.2 and found.ci_low is None
    assert found.reason == "no interval: rows of only 4 groups, at least 30 are needed"


def test_the_change_is_candidate_minus_baseline() -> None:
    ours, theirs = losses(0.2), replace(losses(0.2), value=0.05)
    one = measured("x", ours, GIVEN, None, None)
    same = compared(one, (ours, theirs), GIVEN, None, None)
    assert (same.baseline, same.change, same.change_low) == (0.05, pytest.approx(0.15), None)
    other = Loss(value=0.05, parts=theirs.parts[:, ::-1])
    found = compared(one, (ours, other), GIVEN, None, None)
    assert found.change_low is not None and found.change_high is not None
    assert found.change_low < 0.15 < found.change_high
    assert compared(one, (ours, "it has no value"), GIVEN, None, None).reason == (
        "the baseline's is not known: it has no value"
    )


def test_the_error_of_one_shuffle_of_independent_pairs() -> None:
    """Parts that depend on neither row by itself: the spread of the mean of all pairs."""
    rng, n, repeats = np.random.default_rng(5), 5_000, 4
    parts = rng.normal(size=(repeats, n))
    assert error(parts, shuffles(rng, n, repeats), None, None) == pytest.approx(1 / np.sqrt(n * repeats), rel=0.1)


def test_chances_are_adjusted_by_holms_method() -> None:
    features = [FeatureImportance(feature=str(p), value=-p, p_value=p) for p in (0.01, 0.04, 0.03, 0.005)]
    found = {one.p_value: one.p_adjusted for one in adjusted([*features, FeatureImportance(feature="none")])}
    # The worked example: 4 · 0.005, 3 · 0.01, 2 · 0.03, and never less than one before.
    assert found == {0.005: pytest.approx(0.02), 0.01: pytest.approx(0.03), 0.03: 0.06, 0.04: 0.06, None: None}


def test_the_most_important_feature_comes_first() -> None:
    values = (None, 0.1, -0.2, 0.3)
    found = adjusted([FeatureImportance(feature=str(value), value=value, reason="x") for value in values])
    assert [one.value for one in found] == [0.3, 0.1, -0.2, None]


def test_shap_values_are_averaged_over_the_rows() -> None:
    answers: list[object] = [{"a": 1.0, "b": 0}, {"a": 3.0, "b": 0}] * 20
    found = shap_values.mean_absolute(answers, 40, ("a", "b", "c"), None, None)
    assert not isinstance(found, str) and set(found) == {"a", "b"}
    value, low, high = found["a"]
    assert low is not None and high is not None and low < value == 2 < high
    weighted = shap_values.mean_absolute(answers, 40, ("a",), np.tile([1.0, 0.0], 20), None)
    assert not isinstance(weighted, str) and weighted["a"][0] == 1


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([{"skipped": "shap"}], "no `shap`"),
        ([{"skipped": "model"}], "neither a tree's nor linear"),
        ([{"skipped": "<b>"}], "they were not computed"),
        ([{"a": 1.0}], "there are values for 1 of 2 rows"),
        ([{"a": 1.0}, {"b": 1.0}], "cannot be read"),
        ([{"a": 1.0}, {"a": -1.0}], "cannot be read"),
        ([{"a": 1.0}, {"a": "1"}], "cannot be read"),
        ([{"a": 1.0}, 3], "cannot be read"),
        ([], "there are values for 0 of 2 rows"),
    ],
)
def test_shap_values_that_are_none_are_told(answers: list[object], said: str) -> None:
    found = shap_values.mean_absolute(answers, 2, ("a",), None, None)
    assert isinstance(found, str) and said in found


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"metric": "rmse"}, "has neither features nor a reason"),
        ({"metric": "rmse", "features": [{"feature": "a"}, {"feature": "a"}]}, "holds a feature twice"),
        ({"metric": "rmse", "features": [{"feature": str(n)} for n in range(101)]}, "more than 100 features"),
        ({"metric": "rmse", "reason": "x", "left_out": ["a"]}, "or more than it counts"),
        ({"metric": "rmse", "reason": "x", "n": -1}, "holds a count below zero"),
        ({"metric": "rmse", "features": [{"feature": "a", "p_value": 2}]}, "a p-value is outside 0 to 1"),
        ({"metric": "rmse", "features": [{"feature": "a", "value": "1"}]}, "must be a number"),
    ],
)
def test_what_no_run_writes_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(shapes.ShapeError, match=said):
        shapes.decode(ImportanceResult, wrong)


def test_it_is_read_as_it_is_written() -> None:
    written = ImportanceResult(
        metric="rmse",
        n=40,
        features=(FeatureImportance(feature="a", value=0.1, ci_low=0.0, ci_high=0.2),),
        left_out=("b",),
        n_left_out=7,
    )
    assert shapes.decode(ImportanceResult, json.loads(json.dumps(shapes.encode(written)))) == written
