"""The first files as text: hostile names cannot get out of their place, and what is written can be read."""

from __future__ import annotations

import pytest

from sluice.adapters.decode import strict_yaml
from sluice.adapters.decode.config import load_config
from sluice.core.setup.documents import (
    EvaluationPlan,
    Source,
    TrainingPlan,
    action,
    configuration,
    scalar,
    workflow,
)
from sluice.core.setup.results import Limit, Shape
from sluice.domain.config import Columns
from sluice.domain.errors import UsageError

NAMES = (
    "data/train.csv",
    "data/a b.csv",
    "data/#1: x.csv",
    'data/"quoted".csv',
    "no",
    "1.0",
    "- x",
    "a # b",
    "größe/ß 字 😀.parquet",
    "{{ x }}",
    "&a *b",
    "%x",
)


@pytest.mark.parametrize("name", NAMES)
def test_every_text_comes_back_as_it_was(name: str) -> None:
    assert strict_yaml.parse(f"key: {scalar(name)}\n".encode(), where="x").value == {"key": name}


@pytest.mark.parametrize("name", NAMES)
def test_a_configuration_holds_whatever_names_there_are(name: str) -> None:
    shape = Shape(task="regression", columns=Columns(target=name, prediction=name))
    plan = EvaluationPlan(task="regression", predictions=name, shape=shape, metrics=name, baseline="rerun")
    gates = (
        Limit(metric="rmse", kind="max", value=1e-7, why="now 1"),
        Limit(metric="rmse", kind="max_rise", value=2, why=""),
    )
    training = TrainingPlan(command=f"python {name}", inputs=(name,))
    text = configuration({"train": Source(path=name, contract=name)}, training, plan, gates)
    config = load_config(text.encode()).value
    assert config.data["train"].source == name and config.data["train"].contract == name
    assert config.training is not None and config.training.run == f"python {name}" and config.training.inputs == (name,)
    assert config.evaluation is not None and config.evaluation.columns == shape.columns
    assert config.evaluation.baseline is not None and config.evaluation.baseline.rerun
    assert [(gate.max, gate.max_rise) for gate in config.gates] == [(1e-7, None), (None, 2)]


@pytest.mark.parametrize("train", [True, False])
def test_what_was_not_found_is_an_example_in_comments(train: bool) -> None:
    training = TrainingPlan(command="make train", inputs=("src/**",)) if train else None
    text = configuration(
        {"a": Source(path="a.csv", contract="c.yaml")}, training, None, (), no_evaluation="Not yet. " * 40
    )
    config = load_config(text.encode()).value
    assert config.evaluation is None and config.gates == ()
    assert (config.training is not None) is train
    assert max(map(len, text.splitlines())) <= 120


@pytest.mark.parametrize("uncommented", ["evaluation", "training", "gates"])
def test_the_examples_in_comments_are_valid_once_the_marks_are_gone(uncommented: str) -> None:
    text = configuration({"a": Source(path="a.csv", contract="c.yaml")}, None, None, (), no_evaluation="Not yet.")
    lines = text.splitlines()
    starts = [index for index, line in enumerate(lines) if line in ("# training:", "# evaluation:", "# gates:")]
    assert len(starts) == 3
    for start in starts:
        for index in range(start, len(lines)):
            if not lines[index].startswith("# "):
                break
            lines[index] = lines[index].removeprefix("# ")
    opened = "\n".join(lines).replace("baseline: {ref: base}", "slices: [region]\n  baseline: {ref: base}")
    assert getattr(load_config(opened.encode()).value, uncommented)


def test_baselines() -> None:
    def text(baseline: str) -> str:
        plan = EvaluationPlan(task="classification", metrics="m.json", baseline=baseline)  # pyright: ignore[reportArgumentType]
        return configuration({"a": Source(path="a", contract="b")}, TrainingPlan(command="x", inputs=("y",)), plan, ())

    found = {kind: load_config(text(kind).encode()).value.evaluation for kind in ("kept", "rerun", "none")}
    rerun = {kind: one.baseline.rerun if one and one.baseline else None for kind, one in found.items()}
    assert rerun == {"kept": False, "rerun": True, "none": None}


@pytest.mark.parametrize("branch", ["main", "release/1.0", "v1+x", "no", "we!rd"])
def test_the_branch_is_a_filter_of_that_branch_alone(branch: str) -> None:
    text = workflow(action("a/b@v1"), branch=branch, setup="pip install 'x: y' # z")
    value = strict_yaml.parse(text.encode(), where="x").value
    assert isinstance(value, dict)
    (pattern,) = value["on"]["push"]["branches"]
    assert pattern.replace("\\", "") == branch
    assert value["jobs"]["gate"]["with"] == {"setup": "pip install 'x: y' # z"}


@pytest.mark.parametrize(
    "reference", ["", "sluice", "a/b", "a/b@", "a/b@x y", "a/b/c@v1", "a/b@v1\n- x", "a/b@${{ x }}"]
)
def test_references_that_are_none(reference: str) -> None:
    with pytest.raises(UsageError, match="OWNER/NAME@REF"):
        action(reference)
