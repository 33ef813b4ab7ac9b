"""Metric files as DVC has them, in a real repository: several, and those that ``dvc.yaml`` names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sluice.adapters.decode.config import load_config
from sluice.adapters.git import Git
from sluice.core.fingerprint import touches
from sluice.domain.evidence import Evidence, Subject
from sluice.domain.planning import ChangedFiles, Plan, Stage
from sluice.entry.workshop import workshop
from sluice.pipeline.measuring import measure
from sluice.pipeline.order import Order

ENV = {**os.environ, "DVC_NO_ANALYTICS": "true", "CI": "true"}
POLICY = """version: 1
training: {run: "true", inputs: ["*.py"]}
evaluation: {task: classification, metrics: METRICS, baseline: {ref: base}}
gates: [{metric: train.f1, min: 0.1}]
"""
PIPELINE = """
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    metrics: [train.toml: {cache: true}]
metrics: [test.yaml]
"""
TRAIN = "open('train.toml', 'w').write('[train]\\nf1 = 0.75\\n')\n"


class Place:
    """A repository whose stage `train` is run by DVC, and what measuring it gives."""

    def __init__(self, root: Path, scratch: Path) -> None:
        self.root, self.scratch = root, scratch
        self.base = ""

    def call(self, *command: str) -> str:
        done = subprocess.run(command, cwd=self.root, env=ENV, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self) -> str:
        self.call("git", "add", "-A")
        self.call("git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "x", "--allow-empty")
        return Git(self.root).head()

    def measured(self, metrics: str, *stages: Stage) -> Evidence:
        (self.root / "sluice.yaml").write_text(POLICY.replace("METRICS", metrics))
        head = self.commit()
        loaded = load_config((self.root / "sluice.yaml").read_bytes())
        subject = Subject(repository="o/r", head_sha=head, base_sha=self.base)
        plan = Plan(stages=stages, runs_on=(), head_sha=head, base_sha=self.base, policy_sha256="")
        order = Order(subject=subject, plan=plan, head=loaded, policy=loaded, version="0")
        return measure(order, workshop(Git(self.root), subject, self.scratch, lambda _: None))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    root, scratch = tmp_path / "repo", tmp_path / "scratch"
    root.mkdir()
    scratch.mkdir()
    place = Place(root, scratch)
    place.call("git", "init", "-q", "-b", "main")
    place.call(sys.executable, "-m", "dvc", "init", "-q")
    for name, text in (("dvc.yaml", PIPELINE), ("train.py", TRAIN), ("test.yaml", "test: {f1: 0.5, loss: 1}\n")):
        (root / name).write_text(text)
    (root / ".gitignore").write_text("/train.toml\n")
    place.call(sys.executable, "-m", "dvc", "repro", "-q")
    place.base = place.commit()
    return place


def values(evidence: Evidence) -> dict[str, float | None]:
    assert evidence.evaluation is not None, evidence.problems
    return {value.metric: value.value for value in evidence.evaluation.metrics}


def test_the_files_that_dvc_yaml_names_are_read_and_compared(place: Place) -> None:
    (place.root / "test.yaml").write_text("test: {f1: 0.7, loss: 1}\n")
    (place.root / "train.toml").unlink()  # as on a fresh runner: DVC has it, git does not
    evidence = place.measured("dvc", "evaluation")
    assert values(evidence) == {"train.f1": 0.75, "test.f1": 0.7, "test.loss": 1.0}
    assert evidence.evaluation is not None
    differences = {found.metric: found.difference for found in evidence.evaluation.comparisons}
    assert differences["train.f1"] == 0.0
    assert differences["test.f1"] == pytest.approx(0.2)


def test_several_files_are_one_set_of_metrics(place: Place) -> None:
    assert values(place.measured("[train.toml, test.yaml]", "evaluation"))["test.loss"] == 1.0
    (place.root / "more.json").write_text('{"test": {"loss": 2}}')
    evidence = place.measured("[test.yaml, more.json]", "evaluation")
    assert evidence.evaluation is None
    assert "more.json: states `test.loss`, and so does test.yaml" in evidence.problems[0].message


def test_a_file_that_is_not_there_is_an_error(place: Place) -> None:
    evidence = place.measured("[test.yaml, none.json]", "training", "evaluation")
    assert evidence.training is not None
    assert [one.path for one in evidence.training.artifacts] == ["test.yaml"]
    assert evidence.problems[0].message == "none.json: there is no such file; let training write it"


def test_without_a_dvc_yaml_there_is_nothing_to_read(place: Place) -> None:
    (place.root / "dvc.yaml").unlink()
    (place.root / "dvc.lock").unlink()
    evidence = place.measured("dvc", "evaluation")
    assert evidence.problems[0].message.startswith("dvc.yaml: there is no such file")


def test_a_metric_file_that_only_dvc_yaml_names_is_a_result(place: Place) -> None:
    policy = load_config(POLICY.replace("METRICS", "dvc").encode()).value
    assert set(touches(ChangedFiles(paths=("test.yaml",)), policy)) == {"evaluation"}
    assert set(touches(ChangedFiles(paths=("README.md",)), policy)) == set()
