"""`sluice evaluate` on files that are too large for memory, by an option that says that few rows fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sluice.entry.cli import main

N = 2_000
PARTLY = ("--rows-in-memory", "500")
SCORES = ("--task", "classification", "--key", "id", "--slice", "region", "--weight", "w", "--metric", "brier")
NOT_SUMS = {"roc_auc", "average_precision"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def frame(seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    y = (rng.random(N) < 0.3).astype(int)
    weight, region = np.round(rng.gamma(2.0, size=N), 3), np.array(["north", "south", None])[rng.integers(0, 3, N)]
    noise = np.random.default_rng(seed).normal(size=N)
    table = {"id": np.arange(N), "y_true": y, "w": weight, "region": region}
    return pd.DataFrame(table | {"y_score": 1 / (1 + np.exp(0.8 - 1.4 * y - noise))})


def evaluated(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["evaluate", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def assert_close(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Assert that all is the same, and numbers but for rounding."""
    for name, value in expected.items():
        assert found[name] == (pytest.approx(value, rel=1e-9, abs=1e-12) if isinstance(value, float) else value)


@pytest.mark.parametrize("names", [("c.parquet", "b.parquet"), ("c.csv", "b.jsonl")])
def test_the_same_numbers_as_of_rows_in_memory(
    folder: Path, capsys: pytest.CaptureFixture[str], names: tuple[str, str]
) -> None:
    for seed, name in enumerate(names):
        table = frame(seed).sample(frac=1.0, random_state=seed)
        if name.endswith(".parquet"):
            table.to_parquet(name)
        elif name.endswith(".csv"):
            table.to_csv(name, index=False)
        else:
            table.to_json(name, orient="records", lines=True)
    asked = (names[0], "--baseline", names[1], *SCORES)
    whole_code, whole = evaluated(capsys, *asked)
    code, parts = evaluated(capsys, *asked, *PARTLY)
    assert (whole_code, code) == (0, 1)
    assert parts["n"] == whole["n"] == N
    for kind in ("metrics", "comparisons"):
        assert len(parts[kind]) == len(whole[kind]) > 20
        for mine, other in zip(parts[kind], whole[kind], strict=True):
            if mine["metric"] not in NOT_SUMS:
                assert_close(mine, other)
                assert mine["ci_low"] is not None
    missing = [one for one in parts["metrics"] if one["metric"] in NOT_SUMS]
    assert {one["value"] for one in missing} == {None}
    assert all("needs all rows in memory at once, and files of more than 500 rows" in one["reason"] for one in missing)
    assert parts["verdict"] == "error"


def test_a_task_whose_metrics_all_add_up_passes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(2)
    y = rng.normal(size=N)
    for name, scale in (("c.parquet", 0.2), ("b.parquet", 0.4)):
        pd.DataFrame({"y_true": y, "y_pred": y + scale * rng.normal(size=N)}).to_parquet(name)
    code, shape = evaluated(capsys, "c.parquet", "--baseline", "b.parquet", "--task", "regression", *PARTLY)
    assert (code, shape["verdict"]) == (0, "pass")
    rmse = next(one for one in shape["comparisons"] if one["metric"] == "rmse")
    assert rmse["ci_high"] < 0
    assert rmse["method"].startswith("paired by position")


def test_a_large_file_beside_one_that_fits(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame(0).to_parquet("c.parquet")
    frame(1)[:400].to_parquet("b.parquet")
    asked = ("c.parquet", "--baseline", "b.parquet", *SCORES)
    _, whole = evaluated(capsys, *asked)
    _, parts = evaluated(capsys, *asked, *PARTLY)
    loss, other = (next(one for one in shape["comparisons"] if one["metric"] == "log_loss") for shape in (parts, whole))
    assert_close(loss, other)
    assert (loss["n"], loss["method"]) == (400, "paired by key")


def test_rankings_have_no_metric_that_adds_up(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = {"y_true": np.arange(N) % 2, "y_score": np.arange(N) / N, "query": np.arange(N) // 4}
    pd.DataFrame(table).to_parquet("r.parquet")
    code, shape = evaluated(capsys, "r.parquet", "--task", "ranking", *PARTLY)
    assert code == 1
    assert {one["value"] for one in shape["metrics"]} == {None}
    assert all("needs all rows in memory at once" in one["reason"] for one in shape["metrics"])


@pytest.mark.parametrize(
    ("column", "place", "value", "said"),
    [
        ("y_score", 1_700, np.inf, "the score is not a finite number in row 1701"),
        ("y_score", 1_700, np.nan, "the column `y_score` has no value in row 1701"),
        ("w", 1_700, -1.0, "the weight is negative in row 1701"),
        ("y_true", 1_700, 2, "scores need a target of the classes 0 and 1"),
        ("id", 1_700, 3, "the key '3' occurs more than once"),
        ("w", slice(None), 0.0, "all weights are zero"),
        ("region", slice(None), [f"r{at}" for at in range(N)], "the slice column `region` has"),
    ],
)
def test_bad_rows_are_named_and_nothing_is_measured(
    folder: Path, capsys: pytest.CaptureFixture[str], column: str, place: Any, value: Any, said: str
) -> None:
    table = frame()
    table.loc[place, column] = value
    table.to_parquet("c.parquet")
    code = main(["evaluate", "c.parquet", *SCORES, *PARTLY])
    out, err = capsys.readouterr()
    assert code != 0
    assert said in err and "Traceback" not in err
    assert out == ""


def test_scores_that_are_no_probabilities_leave_a_metric_without_a_value(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame().assign(y_score=lambda rows: rows["y_score"] * 1.5).to_parquet("c.parquet")
    code, shape = evaluated(capsys, "c.parquet", *SCORES, *PARTLY)
    of_all = {one["metric"]: one for one in shape["metrics"] if not one["slice"]}
    assert code == 1
    assert of_all["log_loss"]["value"] is None
    assert "needs probabilities from 0 to 1; there is a score of 1." in of_all["log_loss"]["reason"]
    assert of_all["accuracy"]["value"] is not None


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_a_number_of_rows_that_is_none(folder: Path, capsys: pytest.CaptureFixture[str], number: str) -> None:
    frame().to_parquet("c.parquet")
    assert main(["evaluate", "c.parquet", *SCORES, "--rows-in-memory", number]) == 2
    assert "--rows-in-memory" in capsys.readouterr().err
