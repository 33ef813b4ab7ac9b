"""The list of metrics, and which of them a predictions file allows."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sluice.domain.config import Columns, Evaluation
from sluice.metrics import METRICS, available


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


def test_regression_needs_predictions() -> None:
    spec = Evaluation(task="regression", predictions="p.parquet", columns=Columns(prediction="p"))
    assert [metric.name for metric in available(spec)] == ["rmse", "mae", "r2"]
    assert available(Evaluation(task="regression", predictions="p.parquet", columns=Columns(score="p"))) == ()
    assert available(Evaluation(task="regression", metrics="m.json", columns=Columns(prediction="p"))) == ()


def test_reading_the_list_loads_nothing_heavy() -> None:
    code = (
        "import sys, sluice.core.gate; print([m for m in ('numpy', 'sklearn', 'scipy', 'duckdb') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
