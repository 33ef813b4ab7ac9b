"""What may stand in `evaluation.baseline`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sluice.domain.baseline_rules import baseline_problems
from sluice.domain.config import Baseline, Columns, Config, Evaluation, Task, Training

EVALUATION = Evaluation(
    task="classification",
    predictions="p.csv",
    features="test.csv",
    columns=Columns(score="p"),
    baseline=Baseline(model="flights@champion"),
)


def wrong(evaluation: Evaluation) -> dict[str, str]:
    return dict(baseline_problems(Config(version=1, evaluation=evaluation)))


@pytest.mark.parametrize("model", ["flights@champion", "models:/flights@champion", "flights/3", "a b@c", "champion"])
def test_a_registered_model(model: str) -> None:
    assert wrong(replace(EVALUATION, baseline=Baseline(model=model))) == {}


@pytest.mark.parametrize("model", ["@champion", "7", "a b", "flights@", "flights/x", "", "runs:/abc/model"])
def test_a_name_that_names_no_model(model: str) -> None:
    assert "names no model" in wrong(replace(EVALUATION, baseline=Baseline(model=model)))["evaluation.baseline.model"]


@pytest.mark.parametrize(("ref", "model"), [(None, None), ("base", "a@b")])
def test_exactly_one_baseline(ref: None, model: str | None) -> None:
    found = wrong(replace(EVALUATION, baseline=Baseline(ref=ref, model=model)))
    assert "exactly one" in found["evaluation.baseline"]


@pytest.mark.parametrize("task", ["ranking", "events"])
def test_tasks_whose_rows_belong_together_are_refused_by_name(task: Task) -> None:
    found = wrong(replace(EVALUATION, task=task))
    assert f"is not for the task `{task}`" in found["evaluation.baseline.model"]


@pytest.mark.parametrize("task", ["regression", "forecasting"])
def test_tasks_whose_rows_stand_alone(task: Task) -> None:
    assert wrong(replace(EVALUATION, task=task)) == {}


def test_what_a_registered_model_needs() -> None:
    assert "evaluation.features" in wrong(replace(EVALUATION, features=None))["evaluation.baseline.model"]
    assert "evaluation.predictions" in wrong(replace(EVALUATION, predictions=None))["evaluation.baseline.model"]
    assert (
        "training" in wrong(replace(EVALUATION, baseline=Baseline(ref="base", rerun=True)))["evaluation.baseline.rerun"]
    )
    config = Config(
        version=1,
        training=Training(run="x", inputs=("x",)),
        evaluation=replace(EVALUATION, baseline=Baseline(model="a@b", rerun=True)),
    )
    assert "goes with `ref: base`" in dict(baseline_problems(config))["evaluation.baseline.rerun"]
