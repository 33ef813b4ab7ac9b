"""A model between training and evaluation: looked at first; what names too much stops the run before it is loaded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.place import Place as Repository

from sluice.adapters.decode import evidence as stored
from sluice.adapters.decode.config import load_config
from sluice.adapters.git import Git
from sluice.core.report import render
from sluice.domain.decision import Decision, GateResult
from sluice.domain.errors import ConfigError, EvidenceError
from sluice.domain.evidence import Subject
from sluice.domain.planning import Plan
from sluice.domain.verdict import Verdict
from sluice.entry.workshop import workshop
from sluice.pipeline.measuring import measure
from sluice.pipeline.order import Order

POLICY = """version: 1
training: {run: PYTHON train.py, inputs: ["*.py"]}
evaluation:
  task: classification
  metrics: metrics.json
  model: model.pkl
gates:
  - {metric: accuracy, min: 0.5}
  - {metric: model_size_bytes, max: 100000}
"""
TRAIN = """import json, pickle
from sklearn.linear_model import LogisticRegression
model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
SAVING
json.dump({"accuracy": 1.0, "model_size_bytes": 3}, open("metrics.json", "w"))
"""
PLAIN = 'pickle.dump(model, open("model.pkl", "wb"))'
HOSTILE = """class Evil:
    def __reduce__(self):
        import os
        return os.system, ("touch CANARY",)
pickle.dump({"model": model, "more": Evil()}, open("model.pkl", "wb"))"""
OWN = 'from shop import Wrapped\npickle.dump(Wrapped(model), open("model.pkl", "wb"))'


class Place(Repository):
    """A repository whose training writes a model."""

    def __init__(self, above: Path) -> None:
        super().__init__(above, ignored="*.pkl\n*.json\n")
        self.canary = above / "canary"
        (self.root / "shop.py").write_text("class Wrapped:\n    def __init__(self, model): self.model = model\n")
        self.base = self.commit()

    def commit(self, policy: str = POLICY, saving: str = PLAIN) -> str:
        return self.commit_files(policy, train=TRAIN.replace("SAVING", saving).replace("CANARY", str(self.canary)))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def gates(decision: Decision) -> dict[str, GateResult]:
    return {result.gate: result for result in decision.results}


def test_a_model_that_may_be_loaded(place: Place) -> None:
    evidence, decision = place.decided()
    assert decision.open
    assert gates(decision)["model"].verdict is Verdict.PASS
    assert evidence.model is not None
    assert evidence.training is not None
    (artifact,) = (one for one in evidence.training.artifacts if one.path == "model.pkl")
    assert evidence.model.sha256 == artifact.sha256
    assert gates(decision)["model_size_bytes.max"].observed == artifact.size_bytes
    assert artifact.sha256 in render(evidence, decision).html


def test_a_model_that_would_run_a_command(place: Place) -> None:
    place.commit(saving=HOSTILE)
    evidence, decision = place.decided()
    assert not place.canary.exists()
    assert not decision.open
    assert evidence.evaluation is None
    assert [(one.gate, one.verdict) for one in decision.results if not one.verdict.opens] == [("model", Verdict.ERROR)]
    result = gates(decision)["model"]
    assert result.reason_code == "model-unsafe"
    assert "system" in result.message
    report = render(evidence, decision)
    assert "system" in report.comment


def test_what_a_model_may_name_is_the_bases_to_say(place: Place) -> None:
    listed = POLICY.replace("model: model.pkl", "model: model.pkl\n  model_modules: [shop]")
    place.commit(policy=listed, saving=OWN)
    assert gates(place.decided()[1])["model"].verdict is Verdict.ERROR
    place.base = place.commit(policy=listed, saving=PLAIN)
    place.commit(policy=listed, saving=OWN)
    evidence, decision = place.decided()
    assert gates(decision)["model"].verdict is Verdict.PASS
    assert evidence.model is not None
    assert "shop:Wrapped" in evidence.model.globals_named


def test_a_head_cannot_leave_its_model_out(place: Place) -> None:
    place.commit(policy=POLICY.replace("  model: model.pkl\n", ""), saving=HOSTILE)
    decision = place.decided()[1]
    assert gates(decision)["model"].verdict is Verdict.INCONCLUSIVE
    assert not decision.open


def test_a_model_that_training_does_not_write(place: Place) -> None:
    place.commit(policy=POLICY.replace("model.pkl", "other.pkl"))
    decision = place.decided()[1]
    assert gates(decision)["model"].verdict is Verdict.ERROR
    assert "no such file" in gates(decision)["model"].message


def test_a_model_that_changes_while_it_is_evaluated(place: Place) -> None:
    git = Git(place.root)
    subject = Subject(repository="o/r", head_sha=git.head(), base_sha=place.base)
    loaded = load_config((place.root / "sluice.yaml").read_bytes())
    plan = Plan(
        stages=("training", "evaluation"), runs_on=(), head_sha=git.head(), base_sha=place.base, policy_sha256=""
    )

    def say(line: str) -> None:
        if line.startswith("model: pickle"):
            (place.root / "model.pkl").write_bytes(b"\x80\x04N.")

    shop = workshop(git, subject, place.scratch, say)
    evidence = measure(Order(subject=subject, plan=plan, head=loaded, policy=loaded, version="0"), shop)
    assert [(one.stage, one.reason_code) for one in evidence.problems] == [("evaluation", "digest-changed")]
    assert evidence.evaluation is None


NO_RUN_WRITES: tuple[tuple[str, object], ...] = (
    ("sha256", "abc"), ("sha256", ""), ("n_bytes", -1), ("n_files", -1), ("format", "exe"), ("format", ""),
    ("verdict", "warn"), ("globals_named", ["a:b"] * 1_001), ("globals_named", ["a" * 500]), ("more", 1),
)  # fmt: skip


def test_evidence_of_a_model_that_no_run_writes(place: Place) -> None:
    place.decided()
    file = place.out / stored.FILE_NAME
    whole = file.read_text()
    for key, value in NO_RUN_WRITES:
        stated = json.loads(whole)
        stated["model"][key] = value
        file.write_text(json.dumps(stated))
        with pytest.raises(EvidenceError):
            stored.read(place.out)


@pytest.mark.parametrize(
    "stated",
    [
        "model: ../model.pkl", "model: /model.pkl", "model: ''", "model_modules: [shop]",
        "model: m.pkl\n  model_modules: [os]", "model: m.pkl\n  model_modules: ['sklearn.*']",
        "model: m.pkl\n  model_modules: ['a b']",
    ],
)  # fmt: skip
def test_configurations_that_are_refused(stated: str) -> None:
    with pytest.raises(ConfigError):
        load_config(POLICY.replace("model: model.pkl", stated).encode())
