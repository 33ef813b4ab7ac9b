"""A run in a real work tree: what it believes, what it leaves, and what it must never carry out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sluice.adapters.decode.evidence import read
from sluice.adapters.git import Git
from sluice.domain.errors import UsageError
from sluice.domain.evidence import Evidence
from sluice.domain.planning import STAGES, Event, Plan, Stage
from sluice.entry.running import run_in

POLICY = """version: 1
data:
  train: {source: train.csv, contract: contract.yaml}
training: {run: "TRAIN", inputs: [train.py]}
evaluation: {task: classification, metrics: metrics.json}
gates:
  - {metric: roc_auc, min: 0.7}
"""
CONTRACT = """apiVersion: v3.1.0
kind: DataContract
id: train
version: 1.0.0
status: active
schema:
  - name: train
    properties:
      - {name: id, logicalType: integer, required: true}
"""
WRITES = "cp made.json metrics.json"


class Place:
    """A repository whose ``main`` is the base, and a head on top of it."""

    def __init__(self, root: Path, out: Path) -> None:
        self.root, self.out = root, out
        self.said: list[str] = []
        self.base_sha = ""

    def git(self, *arguments: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        return subprocess.run(
            ("git", *who, *arguments), cwd=self.root, check=True, capture_output=True, text=True
        ).stdout.strip()

    def commit(self, **files: str | None) -> str:
        """A commit that changes files (``_`` stands for the dot of a name); ``None`` deletes one."""
        for name, text in files.items():
            path = self.root / name.replace("_", ".")
            if text is None:
                path.unlink()
            else:
                path.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")
        return self.git("rev-parse", "HEAD")

    def run(self, *stages: Stage) -> Evidence:
        git = Git.find(self.root)
        head_sha = git.head()
        event = Event(name="push", action="", repository="o/r", head_sha=head_sha, base_sha=self.base_sha)
        plan = Plan(
            stages=stages or STAGES, runs_on=(), head_sha=head_sha, base_sha=self.base_sha, policy_sha256="p" * 64
        )
        evidence = run_in(self.root, event, plan, self.out, say=self.said.append)
        assert evidence == read(self.out)[0]
        return evidence


Begin = Callable[..., Place]


@pytest.fixture
def begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Begin:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)

    def made(train: str, **more: str) -> Place:
        root = tmp_path / "work"
        root.mkdir()
        place = Place(root, tmp_path / "evidence")
        place.git("init", "-q", "-b", "main")
        files = {"sluice_yaml": POLICY.replace("TRAIN", train), "contract_yaml": CONTRACT, "train_csv": "id\n1\n2\n"}
        files |= {"train_py": "", "made_json": '{"roc_auc": 0.9}', "_gitignore": "/metrics.json\n"}
        place.base_sha = place.commit(**{**files, **more})
        place.commit()
        return place

    return made


def codes(evidence: Evidence) -> list[tuple[str, str]]:
    return [(problem.stage, problem.reason_code) for problem in evidence.problems]


def test_all_is_well(begin: Begin) -> None:
    evidence = begin(WRITES).run()
    assert evidence.problems == ()
    assert evidence.training is not None and evidence.training.message == ""
    assert evidence.evaluation is not None and evidence.evaluation.message == ""
    assert [artifact.path for artifact in evidence.training.artifacts] == ["metrics.json"]


# -- the head's own contracts ----------------------------------------------------------------------


def test_a_head_that_breaks_its_contract_is_told_before_the_merge(begin: Begin) -> None:
    place = begin(WRITES)
    place.commit(contract_yaml="schema: nonsense\n")
    evidence = place.run()
    assert ("data", "contract") in codes(evidence)
    assert "contract.yaml" in evidence.problems[0].message
    assert [result.verdict for result in evidence.data] == ["pass"], "the base's contract is measured all the same"
    assert evidence.training is None, "no time is spent on what cannot be merged"


def test_a_head_that_deletes_its_contract_is_told_before_the_merge(begin: Begin) -> None:
    place = begin(WRITES)
    place.commit(contract_yaml=None)
    evidence = place.run()
    assert codes(evidence)[0] == ("data", "contract")
    assert "there is no file contract.yaml" in evidence.problems[0].message


# -- results that training did not write -----------------------------------------------------------


def test_a_leftover_is_no_result(begin: Begin) -> None:
    place = begin("true")
    (place.root / "metrics.json").write_text('{"roc_auc": 0.99}')
    evidence = place.run()
    assert codes(evidence) == [("evaluation", "stale-results")]
    assert evidence.evaluation is None
    assert "metrics.json: was not written by this training" in evidence.problems[0].message


def test_committed_results_that_training_leaves_alone_are_remarked(begin: Begin) -> None:
    evidence = begin("true", metrics_json='{"roc_auc": 0.99}', _gitignore="").run()
    assert evidence.problems == ()
    assert evidence.training is not None and evidence.evaluation is not None
    assert evidence.training.message == evidence.evaluation.message
    assert evidence.training.message == "metrics.json was not written by this training"


def test_the_same_bytes_written_again_are_this_training_s(begin: Begin) -> None:
    evidence = begin(WRITES, metrics_json='{"roc_auc": 0.9}', _gitignore="").run()
    assert evidence.evaluation is not None and evidence.evaluation.message == ""


def test_committed_results_without_training_are_as_asked(begin: Begin) -> None:
    evidence = begin("true", metrics_json='{"roc_auc": 0.99}', _gitignore="").run("evaluation")
    assert evidence.problems == ()
    assert evidence.evaluation is not None and evidence.evaluation.message == ""


def test_outputs_of_a_stage_of_dvc_that_is_up_to_date_are_results(begin: Begin) -> None:
    stages = "stages:\n  train:\n    cmd: cp train.csv metrics.json\n    deps: [train.csv]\n    outs: [metrics.json]\n"
    place = begin(f"{sys.executable} -m dvc repro -q")
    dvc = (sys.executable, "-m", "dvc")
    subprocess.run((*dvc, "init", "-q"), cwd=place.root, check=True)
    place.commit(dvc_yaml=stages, train_csv='{"roc_auc": 0.9}\n')
    subprocess.run((*dvc, "repro", "-q"), cwd=place.root, check=True)
    place.commit()
    evidence = place.run("training", "evaluation")
    assert evidence.problems == ()
    assert evidence.evaluation is not None and "was not written" in evidence.evaluation.message
    (place.root / "metrics.json").unlink()
    place.commit(sluice_yaml=POLICY.replace("TRAIN", "true"))
    (place.root / "metrics.json").write_text('{"roc_auc": 0.99}')
    assert codes(place.run("training", "evaluation")) == [("evaluation", "digest")]


# -- what is recorded ------------------------------------------------------------------------------


def test_a_clean_commit_is_clean_though_training_rewrites_a_file(begin: Begin) -> None:
    place = begin(f"{WRITES} && date +%N >> train.py")
    assert place.run().environment.dirty is False
    assert place.run().environment.dirty is True


def test_a_baseline_that_ran_again_is_called_rerun(begin: Begin) -> None:
    place = begin(WRITES)
    policy = POLICY.replace("TRAIN", WRITES).replace(
        "metrics.json}", "metrics.json, baseline: {ref: base, rerun: true}}"
    )
    place.base_sha = place.commit(sluice_yaml=policy)
    place.commit(train_py="# other")
    evaluation = place.run("training", "evaluation").evaluation
    assert evaluation is not None
    assert evaluation.baseline == f"base {place.base_sha[:12]}, rerun"


# -- what is left behind ---------------------------------------------------------------------------


def test_no_secret_reaches_the_evidence(begin: Begin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "correct-horse-battery")
    program = tmp_path / "bin" / "dvc"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "no: https://me:pa55word@host/x $AWS_SECRET_ACCESS_KEY" >&2\nexit 1\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    place = begin(WRITES)
    place.git("rm", "-q", "train.csv")
    pointer = "outs:\n- md5: d41d8cd98f00b204e9800998ecf8427e\n  size: 1\n  hash: md5\n  path: train.csv\n"
    (place.root / "train.csv.dvc").write_text(pointer)
    (place.root / ".dvc").mkdir()
    (place.root / ".dvc" / "config").write_text("")
    place.base_sha = place.commit()
    evidence = place.run()
    assert "DVC could not bring train.csv" in evidence.problems[0].message
    written = (place.out / "evidence.json").read_text()
    assert "pa55word" not in written and "correct-horse" not in written
    assert "https://***@host/x ***" in evidence.problems[0].message


def test_an_unreadable_configuration_keeps_secrets_too(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_API_KEY", "correct-horse-battery")
    place = begin(WRITES)
    place.commit(sluice_yaml="version: 1\ncorrect-horse-battery: 1\n")
    assert "correct-horse" not in str(place.run().problems)


def test_a_killed_run_leaves_no_earlier_evidence(begin: Begin) -> None:
    place = begin(WRITES)
    place.run()
    assert (place.out / "evidence.json").is_file() and (place.out / "report.html").is_file()
    place.commit(sluice_yaml=POLICY.replace("TRAIN", "kill -9 $PPID"))
    command = (sys.executable, "-m", "sluice", "run", "--base", place.base_sha, "--out", str(place.out))
    done = subprocess.run(command, cwd=place.root, capture_output=True, check=False)
    assert done.returncode == -9, done.stderr
    assert not (place.out / "evidence.json").exists()
    assert not (place.out / "report.html").exists()


def test_a_folder_that_takes_no_evidence_is_told_before_training(begin: Begin) -> None:
    place = begin(f"touch trained && {WRITES}")
    place.out.write_text("a file")
    place.out = place.out / "below"
    with pytest.raises(UsageError, match="evidence cannot be written there"):
        place.run()
    assert not (place.root / "trained").exists()
