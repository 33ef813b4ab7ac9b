"""Task, columns and first limits, from what a predictions file holds."""

from __future__ import annotations

from typing import Any

import pytest

from sluice.core.setup.results import Shape, limits, shape, task_of
from sluice.domain.evaluation import EvaluationResult, MetricValue
from sluice.domain.profile import ColumnProfile, TableProfile


def _column(name: str, kind: str = "float64", n_distinct: int = 100, **values: Any) -> ColumnProfile:
    return ColumnProfile(name=name, kind=kind, n_values=100, n_distinct=n_distinct, **values)


def _zero_one(name: str, kind: str = "int64") -> ColumnProfile:
    return _column(name, kind, n_distinct=2, minimum=0, maximum=1)


def _shape(*columns: ColumnProfile) -> Shape | str:
    return shape(TableProfile(n_rows=100, columns=columns))


def test_scores_of_a_binary_target() -> None:
    found = _shape(_column("row_id", "int64"), _zero_one("y_true"), _column("y_score"))
    assert isinstance(found, Shape)
    assert (found.task, found.columns.target, found.columns.score) == ("classification", "y_true", "y_score")
    assert found.columns.key == "row_id"


def test_a_key_that_repeats_is_no_key() -> None:
    found = _shape(_column("id", "int64", n_distinct=99), _zero_one("target"), _column("proba"))
    assert isinstance(found, Shape) and found.columns.key is None


def test_names_are_found_whatever_their_case() -> None:
    found = _shape(_column("Actual"), _column("Predicted"))
    assert isinstance(found, Shape)
    assert (found.task, found.columns.target, found.columns.prediction) == ("regression", "Actual", "Predicted")


@pytest.mark.parametrize(
    ("target", "task"),
    [
        (_column("label", "string", n_distinct=3), "classification"),
        (_column("label", "int64", n_distinct=4, minimum=0, maximum=3), "classification"),
        (_zero_one("label", "float64"), "classification"),
        (_column("label", "int64", n_distinct=90, minimum=0, maximum=300), "regression"),
        (_column("label", "float64", n_distinct=5, minimum=0.0, maximum=1.5), "regression"),
    ],
)
def test_the_target_tells_the_task(target: ColumnProfile, task: str) -> None:
    found = _shape(target, _column("prediction", target.kind))
    assert isinstance(found, Shape) and found.task == task


def test_scores_of_several_classes_give_way_to_the_predicted_class() -> None:
    found = _shape(_column("label", "string", n_distinct=3), _column("score"), _column("pred", "string", n_distinct=3))
    assert isinstance(found, Shape)
    assert (found.columns.score, found.columns.prediction) == (None, "pred")


@pytest.mark.parametrize(
    ("columns", "said"), [((_column("y_score"),), "true value"), ((_column("label"),), "model's answer")]
)
def test_what_is_missing_is_said(columns: tuple[ColumnProfile, ...], said: str) -> None:
    found = _shape(*columns)
    assert isinstance(found, str) and said in found


def _value(metric: str, value: float | None, half: float | None = None, n: int | None = 200) -> MetricValue:
    if half is None or value is None:
        return MetricValue(metric=metric, value=value, n=n)
    return MetricValue(metric=metric, value=value, n=n, ci_low=value - half, ci_high=value + half, ci_level=0.95)


def _limits(
    *values: MetricValue, task: Any = "classification", with_baseline: bool = True
) -> list[tuple[str, str, float]]:
    found = limits(EvaluationResult(n=200, metrics=values), task, with_baseline=with_baseline)
    return [(limit.metric, limit.kind, limit.value) for limit in found]


def test_a_floor_below_the_interval_and_a_drop_that_the_rows_can_tell() -> None:
    found = _limits(_value("accuracy", 0.9, 0.02), _value("roc_auc", 0.84, 0.03))
    assert found == [("roc_auc", "min", 0.78), ("roc_auc", "max_drop", 0.03)]


def test_an_error_gets_a_ceiling_and_a_drop_in_its_own_unit() -> None:
    found = _limits(_value("mae", 400.0, 5.0), _value("rmse", 512.0, 10.0), task="regression")
    assert found == [("rmse", "max", 540.0), ("rmse", "max_rise", 10.0)]


def test_without_a_baseline_there_is_no_drop() -> None:
    assert _limits(_value("accuracy", 0.9, 0.02), with_baseline=False) == [("accuracy", "min", 0.85)]


@pytest.mark.parametrize(
    "value", [_value("roc_auc", None), _value("roc_auc", 0.9, 0.1, n=29), _value("my_metric", 3.0, n=None)]
)
def test_what_cannot_be_judged_gets_no_gate(value: MetricValue) -> None:
    assert _limits(value) == []


def test_a_perfect_or_hopeless_value_stays_inside_the_metrics_range() -> None:
    assert _limits(_value("accuracy", 0.0, 0.0)) == [("accuracy", "min", 0.0), ("accuracy", "max_drop", 0.01)]
    assert _limits(_value("accuracy", 1.0, 0.0)) == [("accuracy", "min", 0.95), ("accuracy", "max_drop", 0.01)]
    assert _limits(_value("rmse", 0.0, 0.0), task="regression") == [("rmse", "max", 0.0)]


def test_names_of_a_metric_file_tell_the_task() -> None:
    assert task_of((_value("rmse", 1.0), _value("x", 1.0))) == "regression"
    assert task_of((_value("x", 1.0),)) == "classification"
