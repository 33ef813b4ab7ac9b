"""Protected evaluation in a real repository: what a head might do to grade itself, and what becomes of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from support.place import Place as Repository

from sluice.adapters.decode import evidence as stored
from sluice.adapters.decode.config import load_config
from sluice.adapters.git import Git
from sluice.core.report import render
from sluice.domain.decision import GateResult
from sluice.domain.errors import ConfigError, EvidenceError
from sluice.domain.evidence import Evidence, Subject
from sluice.domain.planning import Plan
from sluice.domain.verdict import Verdict
from sluice.entry.workshop import workshop
from sluice.pipeline.apart import complete
from sluice.pipeline.measuring import measure
from sluice.pipeline.order import Order

POLICY = """version: 1
training: {run: PYTHON train.py, inputs: ["*.py", "*.csv"], timeout_minutes: 1}
evaluation:
  code: base
  run: PYTHON evaluate.py
  task: classification
  metrics: metrics.json
  model: model/model.json
  baseline: {ref: base, rerun: true}
gates:
  - {metric: accuracy, min: 0.9}
"""
# The model is a threshold; the truth is that it should be 0.5.
TRAIN = """import json, pathlib
pathlib.Path("model").mkdir(exist_ok=True)
pathlib.Path("model/model.json").write_text(json.dumps({"threshold": THRESHOLD}))
"""
EVALUATE = """import csv, json, os
model = json.load(open(os.environ["SLUICE_MODEL"]))
assert os.path.samefile(os.environ["SLUICE_MODEL"], "model/model.json")
rows = list(csv.DictReader(open("test.csv")))
right = sum((float(row["x"]) >= model["threshold"]) == (row["y"] == "1") for row in rows)
json.dump({"accuracy": right / len(rows), "rows": len(rows)}, open("metrics.json", "w"))
"""
ROWS = "x,y\n" + "".join(f"{i / 100},{int(i >= 50)}\n" for i in range(100))
PERFECT = 'import json\njson.dump({"accuracy": 1.0, "rows": 100}, open("metrics.json", "w"))\n'


class Place(Repository):
    """A repository whose base asks for protected evaluation, and whose head is a worse model until told otherwise."""

    def __init__(self, above: Path) -> None:
        super().__init__(above, ignored="model/\nmetrics.json\n")
        (self.root / "test.csv").write_text(ROWS)
        self.base = self.commit_files(POLICY, train=self.train(0.5), evaluate=EVALUATE)
        self.head_policy = POLICY

    @staticmethod
    def train(threshold: float, *more: str) -> str:
        return "\n".join((TRAIN.replace("THRESHOLD", str(threshold)), *more))

    def head(self, threshold: float = 0.8, *more: str, **files: str) -> None:
        self.commit_files(self.head_policy, train=self.train(threshold, *more), **files)

    def order(self, **apart: Path) -> Order:
        git = Git(self.root)
        base = load_config(git.show(self.base, "sluice.yaml") or b"")
        head_sha = git.head()
        plan = Plan(
            stages=("training", "evaluation"), runs_on=(), head_sha=head_sha, base_sha=self.base,
            policy_sha256=base.sha256,
        )  # fmt: skip
        subject = Subject(repository="o/r", head_sha=head_sha, base_sha=self.base)
        head = load_config((self.root / "sluice.yaml").read_bytes())
        return Order(subject=subject, plan=plan, head=head, policy=base, version="0", **apart)

    def measured(self, order: Order) -> Evidence:
        return measure(order, workshop(Git(self.root), order.subject, self.scratch, lambda _: None))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def gates(place: Place) -> dict[str, GateResult]:
    return {result.gate: result for result in place.decided()[1].results}


def accuracy(evidence: Evidence) -> float | None:
    assert evidence.evaluation is not None, evidence.problems
    return next(value.value for value in evidence.evaluation.metrics if value.metric == "accuracy")


def test_the_bases_code_and_test_data_judge_the_heads_model(place: Place) -> None:
    place.head(0.8)
    evidence, decision = place.decided()
    assert accuracy(evidence) == 0.7
    assert not decision.open
    assert evidence.evaluation is not None
    assert (evidence.evaluation.code, evidence.evaluation.code_sha) == ("base", place.base)
    assert evidence.evaluation.baseline == f"base {place.base[:12]}, rerun"
    (compared,) = (one for one in evidence.evaluation.comparisons if one.metric == "accuracy")
    assert (compared.candidate, compared.baseline) == (0.7, 1.0)
    report = render(evidence, decision).comment
    assert f"by the code of base {place.base[:12]}" in report
    assert "no job of its own vouches for it" in report
    place.head(0.5)
    evidence, decision = place.decided()
    assert accuracy(evidence) == 1.0
    assert decision.open


def shadow(place: Place) -> None:
    """Modules that Python would find first, in the head's tree."""
    ending = PERFECT + "raise SystemExit\n"
    late = "import atexit\natexit.register(lambda: exec(" + repr(PERFECT) + "))\n"
    place.head(0.8, evaluate=PERFECT, csv=ending, sitecustomize=late, usercustomize=late)


def perfect_results(place: Place) -> None:
    place.head(0.8, PERFECT)


def other_rows(place: Place) -> None:
    (place.root / "test.csv").write_text("x,y\n0.9,1\n0.1,0\n")
    place.head(0.8)


def without_protection(place: Place) -> None:
    place.head_policy = POLICY.replace("  code: base\n  run: PYTHON evaluate.py\n", "")
    place.head(0.8, PERFECT)


def other_command(place: Place) -> None:
    place.head_policy = POLICY.replace("PYTHON evaluate.py", "PYTHON cheat.py").replace("min: 0.9", "min: 0.1")
    place.head(0.8, cheat=PERFECT)


def committed_results(place: Place) -> None:
    (place.root / "metrics.json").write_text('{"accuracy": 1.0, "rows": 100}')
    place.git("add", "-f", "metrics.json")
    place.head(0.8)


def replaced_commit(place: Place) -> None:
    """Training tells git that the base's commit is another one."""
    lines = (
        "import subprocess",
        "pathlib.Path('evaluate.py').write_text(" + repr(PERFECT) + ")",
        "git = ['git', '-c', 'user.name=m', '-c', 'user.email=m@x']",
        "subprocess.run([*git, 'commit', '-qam', 'm'], check=True)",
        f"subprocess.run([*git, 'replace', '{place.base}', 'HEAD'], check=True)",
    )
    place.head(0.8, *lines)


ATTACKS = (
    shadow, perfect_results, other_rows, without_protection, other_command, committed_results, replaced_commit,
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_head_grades_itself(place: Place, attack: Callable[[Place], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """The true number, though the environment has Python look into the head's tree first."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(place.root), "src")))
    attack(place)
    evidence = place.measured(place.order())
    assert accuracy(evidence) == 0.7
    assert evidence.evaluation is not None and evidence.evaluation.code == "base"


HOSTILE = """import pickle
class Evil:
    def __reduce__(self):
        import os
        return os.system, ("touch CANARY",)
pathlib.Path("model/model.json").write_bytes(pickle.dumps(Evil()))"""
LINK = """import os
os.remove("model/model.json")
os.symlink("/etc/hostname", "model/model.json")"""
FOLDER = """import os
os.remove("model/model.json")
os.mkdir("model/model.json")
pathlib.Path("model/model.json/weights.json").write_text("{}")
"""


@pytest.mark.parametrize(
    ("making", "said"),
    [
        (HOSTILE, "json"),
        (LINK, "leads out of the repository"),
        ('pathlib.Path("model/model.json").unlink()', "there is no such file"),
        (FOLDER + 'pathlib.Path("model/model.json/dvc.yaml").write_text("{}")', "file of settings"),
        (FOLDER + 'pathlib.Path("model/model.json/numbers.dvc").write_text("deps: []")', "file of settings"),
        (
            FOLDER + 'os.mkdir("model/model.json/.dvc")\nopen("model/model.json/.dvc/a.json", "w").write("{}")',
            "settings",
        ),
        (FOLDER + 'pathlib.Path("model/model.json/sitecustomize.py").write_text("1")', "is code"),
    ],
)
def test_a_model_that_is_refused_runs_no_command(place: Place, making: str, said: str) -> None:
    place.base = place.commit_files(POLICY, evaluate=EVALUATE + f'open({str(place.scratch / "ran")!r}, "w")\n')
    canary = place.scratch / "canary"
    place.head(0.5, making.replace("CANARY", str(canary)))
    found = gates(place)
    assert found["model"].verdict is Verdict.ERROR
    assert said in found["model"].message
    assert not canary.exists()
    assert not (place.scratch / "ran").exists()


@pytest.mark.parametrize(
    ("evaluating", "code", "said"),
    [
        ("import no_such_module\n", "evaluation-failed", "no_such_module"),
        ("", "metric", "no such file"),  # the base's own results must not stand for the head's
    ],
)
def test_an_evaluation_that_does_not_end_well(place: Place, evaluating: str, code: str, said: str) -> None:
    (place.root / "metrics.json").write_text('{"accuracy": 1.0}')
    place.git("add", "-f", "metrics.json")
    place.base = place.commit_files(POLICY, evaluate=evaluating)
    place.head(0.5)
    problem = next(result for result in place.decided()[1].results if result.reason_code == code)
    assert problem.verdict is Verdict.ERROR
    assert said in problem.message


def test_a_model_that_was_left_by_another_run(place: Place) -> None:
    place.commit_files(POLICY, train="")
    (place.root / "model").mkdir()
    (place.root / "model" / "model.json").write_text('{"threshold": 0.5}')
    found = gates(place)
    assert found["model"].verdict is Verdict.ERROR
    assert "was not written by this training" in found["model"].message


def test_the_pull_request_that_brings_protection_is_evaluated_by_its_own_command(place: Place) -> None:
    """What the base does not ask for yet, the head does in its own tree: the step to protection can be measured."""
    place.base = place.commit_files(POLICY.replace("  code: base\n  run: PYTHON evaluate.py\n", ""))
    place.head(0.8)
    evidence = place.measured(place.order())
    assert accuracy(evidence) == 0.7
    assert evidence.evaluation is not None and evidence.evaluation.code == "head"
    assert "by the head's own code" in render(evidence, place.decided()[1]).comment
    # What neither training nor that command writes, and nobody keeps, is a leftover.
    place.head(0.8, evaluate="")
    assert [problem.reason_code for problem in place.measured(place.order()).problems] == ["stale-results"]
    place.head(0.8, evaluate="raise SystemExit(3)")
    (problem,) = place.measured(place.order()).problems
    assert problem.reason_code == "evaluation-failed" and "the head's evaluation" in problem.message


# -- in a job of its own ----------------------------------------------------------------------------


def test_the_job_that_trains_hands_the_model_over_and_another_evaluates_it(place: Place, tmp_path: Path) -> None:
    handed = tmp_path / "model"
    place.head(0.8, PERFECT)
    ran = place.measured(place.order(handing=handed))
    assert ran.evaluation is None and ran.model is not None and not ran.problems
    assert [path.name for path in handed.rglob("*.json")] == ["model.json"]

    evidence = evaluated_apart(place, tmp_path, ran, handed)
    assert accuracy(evidence) == 0.7
    assert evidence.training == ran.training and evidence.model == ran.model

    (handed / "model" / "model.json").write_text('{"threshold": 0.5}')
    swapped = evaluated_apart(place, tmp_path, ran, handed)
    assert swapped.evaluation is None
    assert [problem.reason_code for problem in swapped.problems] == ["digest-changed"]


def test_what_the_job_that_trains_says_of_the_evaluation_is_dropped(place: Place, tmp_path: Path) -> None:
    handed = tmp_path / "model"
    place.head(0.8)
    posing = place.measured(place.order())
    place.measured(place.order(handing=handed))
    assert posing.evaluation is not None
    better = tuple(replace(value, value=1.0) for value in posing.evaluation.metrics)
    forged = replace(posing, evaluation=replace(posing.evaluation, metrics=better))
    assert accuracy(evaluated_apart(place, tmp_path, forged, handed)) == 0.7


def evaluated_apart(place: Place, above: Path, ran: Evidence, handed: Path) -> Evidence:
    """What a fresh machine with a checkout of the base alone makes of it."""
    order = place.order(handed=handed)
    root = above / "fresh"
    if not root.exists():
        place.git("clone", "-q", str(place.root), str(root))
        Git(root)._bytes("checkout", "-q", "--detach", place.base)  # pyright: ignore[reportPrivateUsage]
    assert order.policy is not None
    order = replace(order, head=order.policy)
    return complete(order, workshop(Git(root), order.subject, place.scratch, lambda _: None), ran)


# -- what may be configured -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  run: PYTHON evaluate.py\n", ""),
        ("run: PYTHON evaluate.py", "run: ' '"),
        ("  model: model/model.json\n", ""),
        ("model: model/model.json", "model: ./."),
        ("model: model/model.json", "model: ../model.json"),
        ("metrics: metrics.json", "metrics: model/model.json/metrics.json"),
        ("metrics: metrics.json", "metrics: metrics.json\n  mlflow: {experiment: e}"),
        ("metrics: metrics.json", "predictions: p.csv\n  features: ./model/model.json/features.csv"),
    ],
)
def test_configurations_that_are_refused(old: str, new: str) -> None:
    assert old in POLICY
    with pytest.raises(ConfigError):
        load_config(POLICY.replace(old, new).encode())


def test_evidence_says_whose_code_evaluated(place: Place) -> None:
    place.head()
    place.decided()
    stated = json.loads((place.out / stored.FILE_NAME).read_text())["evaluation"]
    assert (stated["code"], stated["code_sha"]) == ("base", place.base)


@pytest.mark.parametrize(("code", "sha"), [("base", ""), ("base", "main"), ("head", "a" * 40), ("mine", "a" * 40)])
def test_evidence_that_no_run_writes(place: Place, code: str, sha: str) -> None:
    place.head()
    place.decided()
    file = place.out / stored.FILE_NAME
    whole = json.loads(file.read_text())
    whole["evaluation"] |= {"code": code, "code_sha": sha}
    file.write_text(json.dumps(whole))
    with pytest.raises(EvidenceError):
        stored.read(place.out)


# -- with DVC ---------------------------------------------------------------------------------------

STAGE = """stages:
  judge:
    cmd: PYTHON evaluate.py
    deps: [evaluate.py, test.csv, model/model.json]
    outs: [metrics.json]
"""
# Runs the base's own stage, has DVC remember other results of it, and puts easy rows in the place of the test data.
REMEMBERED = """import glob, hashlib, os, subprocess, sys
os.environ["SLUICE_MODEL"] = "model/model.json"
subprocess.run([sys.executable, "-m", "dvc", "repro", "-q", "-s", "judge"], check=True)
perfect = b'{"accuracy": 1.0}'
name = hashlib.md5(perfect).hexdigest()
os.makedirs(f".dvc/cache/files/md5/{name[:2]}", exist_ok=True)
pathlib.Path(f".dvc/cache/files/md5/{name[:2]}/{name[2:]}").write_bytes(perfect)
true = hashlib.md5(pathlib.Path("metrics.json").read_bytes()).hexdigest()
(known,) = glob.glob(".dvc/cache/runs/*/*/*")
text = pathlib.Path(known).read_text()
assert true in text
os.chmod(known, 0o644)
pathlib.Path(known).write_text(text.replace(true, name))
os.remove("test.csv")
pathlib.Path("test.csv").write_text("x,y\\n0.9,1\\n0.1,0\\n")
"""


def test_dvc_brings_the_bases_test_data_and_remembers_nothing_of_training(place: Place) -> None:
    dvc = (sys.executable, "-m", "dvc")

    def run(*command: str) -> None:
        subprocess.run((*dvc, *command), cwd=place.root, check=True, capture_output=True)

    run("init", "-q")
    run("remote", "add", "-q", "-d", "store", str(place.scratch / "remote"))
    (place.root / ".gitignore").write_text("model/\nmetrics.json\n")
    place.git("rm", "-q", "--cached", "test.csv")
    run("add", "-q", "test.csv")
    run("push", "-q")
    (place.root / "dvc.yaml").write_text(STAGE.replace("PYTHON", sys.executable))
    place.head_policy = POLICY.replace("PYTHON evaluate.py", "PYTHON -m dvc repro -q -s judge").replace(
        "training:", "data:\n  test: {source: test.csv, contract: contract.yaml}\ntraining:"
    )
    place.base = place.commit_files(place.head_policy.replace("  baseline: {ref: base, rerun: true}\n", ""))
    place.head(0.8, REMEMBERED)
    evidence = place.measured(place.order())
    assert evidence.training is not None and evidence.training.status == "success", evidence.training
    assert accuracy(evidence) == 0.7
