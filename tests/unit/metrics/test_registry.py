"""The list of metrics, and which of them a predictions file allows."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sluice.domain.config import Columns, Evaluation, Task
from sluice.metrics import METRICS, allowed, available


def test_names_are_their_keys_and_each_says_what_it_is() -> None:
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.definition and metric.source
        assert metric.low < metric.high
        assert (metric.trials is not None) == ((metric.low, metric.high) == (0.0, 1.0))


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        (Columns(score="s"), "roc_auc average_precision log_loss accuracy precision recall f1"),
        (Columns(prediction="p"), "accuracy precision recall f1"),
    ],
)
def test_classification_metrics_follow_the_columns(columns: Columns, names: str) -> None:
    spec = Evaluation(task="classification", predictions="p.parquet", columns=columns)
    assert [metric.name for metric in available(spec)] == names.split()


def test_where_classes_have_probabilities_the_metrics_are_those_of_many_classes() -> None:
    columns = Columns(probabilities={"cat": "p_cat", "dog": "p_dog"})
    spec = Evaluation(task="classification", predictions="p.parquet", columns=columns)
    usual = "accuracy balanced_accuracy f1_macro matthews roc_auc_ovr log_loss_multiclass"
    assert [metric.name for metric in available(spec)] == usual.split()


def test_what_is_asked_for_is_measured_too_where_its_columns_are_there() -> None:
    asked = ("fbeta@2", "brier", "accuracy", "fbeta@2", "no_such_metric", "rmse")
    columns = Columns(prediction="p")
    spec = Evaluation(task="classification", predictions="p.parquet", columns=columns, report=asked)
    assert [metric.name for metric in available(spec)] == "accuracy precision recall f1 fbeta@2".split()
    assert not allowed(METRICS["brier"], spec)
    assert allowed(METRICS["matthews"], spec)


def test_regression_needs_predictions() -> None:
    spec = Evaluation(task="regression", predictions="p.parquet", columns=Columns(prediction="p"))
    assert [metric.name for metric in available(spec)] == ["rmse", "mae", "r2"]
    spec = Evaluation(task="regression", predictions="p.parquet", columns=Columns(low="l", high="h"))
    assert [metric.name for metric in available(spec)] == ["interval_coverage", "interval_width"]
    assert available(Evaluation(task="regression", predictions="p.parquet", columns=Columns(score="p"))) == ()
    assert available(Evaluation(task="regression", metrics="m.json", columns=Columns(prediction="p"))) == ()


@pytest.mark.parametrize(
    ("task", "columns", "asked", "names"),
    [
        (
            "forecasting",
            Columns(prediction="p", naive="n"),
            ("pinball@0.9", "mape"),
            "rmse mae r2 mase pinball@0.9 mape",
        ),
        ("ranking", Columns(score="s", query="q"), ("ndcg@3",), "mrr ndcg@10 recall@10 ndcg@3"),
        ("ranking", Columns(score="s"), ("ndcg@3",), ""),
        ("events", Columns(score="s", time="t"), ("event_recall@60",), "event_recall@60"),
        ("events", Columns(prediction="p", time="t"), (), ""),
    ],
)
def test_other_tasks_have_metrics_of_their_own(
    task: Task, columns: Columns, asked: tuple[str, ...], names: str
) -> None:
    spec = Evaluation(task=task, predictions="p.parquet", columns=columns, report=asked)
    assert [metric.name for metric in available(spec)] == names.split()


def test_reading_the_list_loads_nothing_heavy() -> None:
    code = (
        "import sys, sluice.core.gate; print([m for m in ('numpy', 'sklearn', 'scipy', 'duckdb') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
