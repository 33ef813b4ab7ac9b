"""`sluice evaluate` on files of every task, by the options of the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sluice.entry.cli import main

N = 400


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def evaluated(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["evaluate", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def values(shape: dict[str, Any]) -> dict[str, float]:
    return {one["metric"]: one["value"] for one in shape["metrics"]}


def test_a_forecast(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(1)
    y = 10 + rng.normal(size=N)
    half = y + 0.5
    table = {"y_true": y, "y_pred": half, "last_week": y - 1, "p10": half - 1, "p90": half + 1}
    pd.DataFrame(table).to_parquet(folder / "f.parquet")
    asked = ("--low", "p10", "--high", "p90", "--naive", "last_week", "--metric", "pinball@0.9", "--metric", "mape")
    code, shape = evaluated(capsys, "f.parquet", "--task", "forecasting", *asked)
    found = values(shape)
    assert code == 0
    assert list(found) == "rmse mae r2 mase interval_coverage interval_width pinball@0.9 mape".split()
    expected = {"mae": 0.5, "mase": 0.5, "interval_coverage": 1.0, "interval_width": 2.0, "pinball@0.9": 0.05}
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    assert found["mape"] == pytest.approx(float(np.mean(0.5 / y)))


def test_a_ranking(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # A hundred queries of four rows; the relevant one is first in half of them and third in the others.
    place = np.tile(np.arange(4), N // 4)
    query = np.repeat(np.arange(N // 4), 4)
    relevant = place == np.where(query % 2 == 0, 0, 2)
    table = {"y_true": relevant.astype(int), "y_score": -place, "query": [f"q{number}" for number in query]}
    pd.DataFrame(table).sample(frac=1, random_state=3).to_csv(folder / "r.csv", index=False)
    code, shape = evaluated(capsys, "r.csv", "--task", "ranking", "--metric", "ndcg@2", "--metric", "recall@2")
    assert code == 0
    assert values(shape) == pytest.approx(
        {"mrr": 2 / 3, "ndcg@10": 0.75, "recall@10": 1.0, "ndcg@2": 0.5, "recall@2": 0.5}
    )
    # A query is the observation: the interval is that of a hundred, not of four hundred.
    of_half = next(one for one in shape["metrics"] if one["metric"] == "recall@2")
    assert of_half["ci_high"] - of_half["ci_low"] == pytest.approx(0.19, abs=0.02)


def test_events(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Two machines of one row a minute; an event every ten minutes, an alarm three minutes before every other one.
    minute = np.arange(N // 2)
    frames = [
        pd.DataFrame(
            {
                "y_true": (minute % 10 == 9).astype(int),
                "risk": np.where(minute % 20 == 6, 0.8, 0.1),
                "at": pd.Timestamp("2024-01-01") + pd.to_timedelta(minute, unit="min"),
                "machine": machine,
            }
        )
        for machine in ("a", "b")
    ]
    pd.concat(frames).to_csv(folder / "e.csv", index=False)
    asked = ("--metric", "event_recall@300", "--metric", "event_precision@300", "--metric", "lead_time@300")
    options = ("--score", "risk", "--time", "at", "--group", "machine")
    code, shape = evaluated(capsys, "e.csv", "--task", "events", *options, *asked)
    assert values(shape) == pytest.approx({"event_recall@300": 0.5, "event_precision@300": 1.0, "lead_time@300": 180})
    code, shape = evaluated(capsys, "e.csv", "--task", "events", *options, "--metric", "event_recall@60")
    assert values(shape) == {"event_recall@60": 0.0}
    assert code == 0


def test_classes_with_probabilities(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    y = np.tile(["cat", "dog", "eel", "eel"], N // 4)
    table = {"y_true": y, **{f"p_{name}": np.where(y == name, 0.6, 0.2) for name in ("cat", "dog", "eel")}}
    pd.DataFrame(table).to_json(folder / "c.jsonl", orient="records", lines=True)
    named = [option for name in ("cat", "dog", "eel") for option in ("--probability", f"{name}=p_{name}")]
    code, shape = evaluated(capsys, "c.jsonl", "--task", "classification", *named)
    found = values(shape)
    assert code == 0
    assert found["accuracy"] == 1.0
    assert found["log_loss_multiclass"] == pytest.approx(-np.log(0.6))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--task", "regression", "--query", "q"), "--query: no metric of the task `regression` uses it; `ranking`"),
        (("--task", "ranking", "--prediction", "p"), "--prediction: no metric of the task `ranking` uses it"),
        (("--task", "forecasting", "--low", "l"), "--low: needs `high`"),
        (("--task", "events", "--time", "t"), "--metric: name one with its tolerance"),
        (("--task", "classification", "--probability", "cat"), "--probability: 'cat' names no class"),
        (
            ("--task", "classification", "--probability", "a=x", "--probability", "a=y"),
            "--probability: names the class",
        ),
        (
            ("--task", "classification", "--probability", "a=x"),
            "--probability: needs a column for each of at least two",
        ),
        (
            (
                "--task",
                "ranking",
            ),
            "there is no column `query`",
        ),
    ],
)
def test_what_cannot_be_measured_is_said_of_the_option(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    pd.DataFrame({"y_true": [0, 1], "y_score": [0.1, 0.9]}).to_csv(folder / "p.csv", index=False)
    assert main(["evaluate", "p.csv", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_an_error_is_all_that_a_process_says(folder: Path) -> None:
    pd.DataFrame({"y_true": [0, 1], "y_score": [0.1, 0.9]}).to_parquet(folder / "p.parquet")
    command = (sys.executable, "-m", "sluice", "evaluate", "p.parquet", "--task", "ranking")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "there is no column `query`" in done.stderr
