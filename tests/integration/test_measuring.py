"""Measuring in a real work tree: what the base settles for the head, and what becomes of a bug."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sluice.adapters.decode.config import load_config
from sluice.adapters.git import Git
from sluice.adapters.predictions import open_predictions
from sluice.core.limits import judge_all
from sluice.domain.evidence import Evidence, Subject
from sluice.domain.planning import Plan, Stage
from sluice.domain.ports import TableEngine
from sluice.entry.workshop import workshop
from sluice.pipeline.measuring import measure
from sluice.pipeline.order import DataAt, Order, Workshop

POLICY = """version: 1
data:
  train: {source: train.csv, contract: contract.yaml}
evaluation:
  task: classification
  predictions: predictions.csv
  columns: {target: y, score: p, key: id}
  baseline: {ref: base}
"""
SECRET = "hunter2"
CONTRACT = """apiVersion: v3.1.0
kind: DataContract
id: train
version: 1.0.0
status: active
schema:
  - name: train
    properties:
      - {name: x, required: true}
"""


def predictions(rows: int = 200) -> str:
    rng = random.Random(1)
    lines = [f"{i},{rows - i},{i % 2},{0.5 * (i % 2) + 0.5 * rng.random():.4f},{1 + 9 * (i < 50)}" for i in range(rows)]
    return "\n".join(["id,other,y,p,w", *lines, ""])


@dataclass(frozen=True, kw_only=True)
class Place:
    """A repository of two commits; ``said`` is what a run tells in its log."""

    root: Path
    base_sha: str
    scratch: Path
    said: list[str]

    def measure(
        self, *stages: Stage, other: Callable[[Workshop], Workshop] = lambda shop: shop, policy: str = POLICY
    ) -> Evidence:
        git = Git(self.root)
        subject = Subject(repository="o/r", head_sha=git.head(), base_sha=self.base_sha)
        plan = Plan(stages=stages, runs_on=(), head_sha=git.head(), base_sha=self.base_sha, policy_sha256="")
        head = load_config((self.root / "sluice.yaml").read_bytes())
        order = Order(subject=subject, plan=plan, head=head, policy=load_config(policy.encode()), version="0")
        return measure(order, other(workshop(git, subject, self.scratch, self.said.append)))


def _git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    done = subprocess.run(("git", *identity, *arguments), cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    root, scratch = tmp_path / "repo", tmp_path / "scratch"
    for folder in (root, scratch):
        folder.mkdir()
    for name, text in (("sluice.yaml", POLICY), ("contract.yaml", CONTRACT), ("train.csv", "x\n1\n")):
        (root / name).write_text(text)
    (root / "predictions.csv").write_text(predictions())
    _git(root, "init", "-q")
    _git(root, "add", "-A")
    _git(root, "commit", "-q", "-m", "base")
    return Place(root=root, base_sha=_git(root, "rev-parse", "HEAD"), scratch=scratch, said=[])


@pytest.mark.parametrize("columns", ["key: id, weight: w", "key: other", "key: other, weight: w"])
def test_weight_and_key_are_the_bases_on_both_sides(place: Place, columns: str) -> None:
    """The predictions stay as they are: whatever the head says of weights and keys, nothing gets better or worse."""
    before = place.measure("evaluation").evaluation
    (place.root / "sluice.yaml").write_text(POLICY.replace("key: id", columns))
    _git(place.root, "commit", "-q", "-a", "-m", "head")
    after = place.measure("evaluation").evaluation
    assert before is not None and after is not None
    assert {value.metric: value.value for value in after.metrics} == {v.metric: v.value for v in before.metrics}
    assert {found.difference for found in after.comparisons} == {0.0}
    assert all(found.method.startswith("paired by key") for found in after.comparisons)


def test_what_gates_and_reports_name_is_measured(place: Place) -> None:
    gates = """gates:
  - {metric: fbeta@2, min: 0.1}
  - name: either
    any_of: [{metric: specificity, min: 0.1}, {metric: selection_rate, max: 0.9}]
"""
    head = POLICY.replace("  baseline:", "  report: [brier]\n  baseline:") + gates
    (place.root / "sluice.yaml").write_text(head)
    _git(place.root, "commit", "-q", "-a", "-m", "head")
    evaluation = place.measure("evaluation").evaluation
    assert evaluation is not None
    assert {"fbeta@2", "specificity", "selection_rate", "brier"} <= {value.metric for value in evaluation.metrics}
    judged = judge_all(load_config(head.encode()), evaluation)
    assert {result.gate: result.verdict.value for result in judged} == {"fbeta@2.min": "pass", "any_of.either": "pass"}


def test_a_bug_in_a_stage_is_told_in_the_evidence_without_the_words_of_the_exception(place: Place) -> None:
    def broken(shop: Workshop) -> Workshop:
        def open_table(data: DataAt) -> AbstractContextManager[TableEngine]:
            raise LookupError(SECRET)

        return replace(shop, open_table=open_table)

    evidence = place.measure("data", "evaluation", other=broken)
    found = [(problem.stage, problem.reason_code) for problem in evidence.problems]
    assert found == [("data", "bug"), ("evaluation", "not-started")]
    assert evidence.problems[0].message == "LookupError, which Sluice did not foresee; the log says where"
    assert any("in open_table" in line for line in place.said)
    assert SECRET not in "".join((*place.said, *(problem.message for problem in evidence.problems)))
    assert evidence.evaluation is None


def test_predictions_that_do_not_fit_in_memory_are_gated_by_what_adds_up(place: Place) -> None:
    def little(shop: Workshop) -> Workshop:
        return replace(shop, predictions=lambda path, evaluation: open_predictions(path, evaluation, most=50))

    gates = """gates:
  - {metric: log_loss, max_rise: 0.01}
  - {metric: roc_auc, min: 0.5}
"""
    head = POLICY.replace("  baseline:", "  functions: {own: {call: 'm:f', direction: higher}}\n  baseline:") + gates
    (place.root / "sluice.yaml").write_text(head)
    _git(place.root, "commit", "-q", "-a", "-m", "head")
    evidence = place.measure("evaluation", other=little, policy=head)
    evaluation = evidence.evaluation
    assert evaluation is not None and evidence.problems == ()
    assert evaluation.n == 200 and "more rows than fit in memory" in evaluation.message
    judged = {result.gate: result for result in judge_all(load_config(head.encode()), evaluation)}
    assert judged["log_loss.max_rise"].verdict.value == "pass"
    assert not judged["roc_auc.min"].verdict.opens
    assert "needs all rows in memory at once" in judged["roc_auc.min"].message
    own = next(value for value in evaluation.metrics if value.metric == "own")
    assert own.value is None and "needs all rows in memory at once" in own.reason


def test_a_base_that_is_trained_again_has_its_own_modules(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that sets PYTHONPATH for the head's checkout must not have the base trained with the head's code."""
    monkeypatch.setenv("PYTHONPATH", f"{place.root / 'src'}:/elsewhere")
    policy = POLICY.replace("data:\n  train: {source: train.csv, contract: contract.yaml}\n", "").replace(
        "{ref: base}", "{ref: base, rerun: true}"
    )
    policy += f"training: {{run: {sys.executable} train.py, inputs: [src]}}\n"
    policy = policy.replace("  predictions: predictions.csv\n  columns: {target: y, score: p, key: id}\n", "")
    policy = policy.replace("  task: classification\n", "  task: classification\n  metrics: metrics.json\n")
    (place.root / "src").mkdir()
    (place.root / "train.py").write_text("import model, pathlib\npathlib.Path('metrics.json').write_text(model.SAID)\n")
    base = place
    for said in ("0.9", "0.5"):
        (place.root / "sluice.yaml").write_text(policy)
        (place.root / "src" / "model.py").write_text(f"SAID = '{{\"accuracy\": {said}}}'\n")
        _git(place.root, "add", "-A")
        _git(place.root, "commit", "-q", "-m", said)
        base = replace(place, base_sha=_git(place.root, "rev-parse", "HEAD")) if said == "0.9" else base
    evaluation = base.measure("training", "evaluation", policy=policy).evaluation
    assert evaluation is not None
    (compared,) = evaluation.comparisons
    assert (compared.candidate, compared.baseline) == (0.5, 0.9)
