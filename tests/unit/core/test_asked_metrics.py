"""Which metrics are measured because somebody names them, and what is said of those that are not."""

from __future__ import annotations

import pytest

from sluice.core.asked_metrics import asked, with_reasons
from sluice.domain.config import Columns, Config, Evaluation
from sluice.domain.evaluation import EvaluationResult, MetricValue
from sluice.domain.gates import Demand, Gate

EVALUATION = Evaluation(
    task="classification", predictions="p.parquet", columns=Columns(prediction="p"), report=("matthews",)
)


def config(*metrics: str, report: tuple[str, ...] = ()) -> Config:
    gates = tuple(Gate(metric=metric, min=0.5) for metric in metrics)
    return Config(version=1, gates=gates, evaluation=Evaluation(task="classification", report=report))


def test_gates_and_reports_of_both_sides_ask_each_once() -> None:
    policy, head = config("fbeta@2", "roc_auc", report=("ece",)), config("fbeta@2", "brier", report=("matthews", "f1"))
    assert asked(EVALUATION, policy, head).report == ("matthews", "fbeta@2", "roc_auc", "ece", "brier", "f1")
    assert asked(EVALUATION, None, head).report == ("matthews", "fbeta@2", "brier", "f1")


def test_a_choice_between_demands_asks_for_all_of_them() -> None:
    gate = Gate(name="either", any_of=(Demand(metric="recall", min=0.5), Demand(metric="fbeta@2", min=0.5)))
    assert asked(EVALUATION, Config(version=1, gates=(gate,))).report == ("matthews", "recall", "fbeta@2")


def test_numbers_of_a_metric_file_are_not_asked_for() -> None:
    assert asked(EVALUATION, config("latency_ms", "fbeta@0")).report == ("matthews",)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("roc_auc", "needs a column of `score`, and none is named"),
        ("rmse", "is a metric of regression and forecasting, and the task is classification"),
    ],
)
def test_what_cannot_be_measured_says_why(name: str, said: str) -> None:
    measured = EvaluationResult(n=9, metrics=(MetricValue(metric="matthews", value=0.3),))
    evaluation = asked(EVALUATION, config(name))
    found = with_reasons(measured, evaluation).metrics
    assert [value.metric for value in found] == ["matthews", name]
    assert (found[1].value, found[1].reason, found[1].reason_code) == (None, said, "metric")


def test_what_a_metric_file_has_needs_no_reason() -> None:
    filed = EvaluationResult(n=None, metrics=(MetricValue(metric="matthews", value=0.3, source="file"),))
    assert with_reasons(filed, EVALUATION) == filed


def test_without_predictions_that_is_the_reason() -> None:
    only_files = Evaluation(task="classification", metrics="m.json")
    found = with_reasons(EvaluationResult(n=None, metrics=()), asked(only_files, config("roc_auc"))).metrics
    assert found[0].reason == "is measured from predictions, and `evaluation.predictions` names none"
