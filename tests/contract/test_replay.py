"""`sluice gate --replay` as people and scripts rely on it: the table, the JSON, and that it never opens a gate."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from sluice.adapters.decode import evidence as evidence_file
from sluice.domain.evaluation import EvaluationResult, MetricValue
from sluice.domain.evidence import Evidence, Subject

POLICY = """version: 1
evaluation: {task: classification, metrics: metrics.json}
gates:
  - {metric: roc_auc, min: 0.7}
"""
ROW = {
    "pull_request", "head_sha", "repository", "started_at", "evidence", "then", "proposed", "changes", "note",
}  # fmt: skip


def git(root: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    return subprocess.run(
        ["git", *who, *arguments], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()  # fmt: skip


def sluice(root: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "INPUT_", "MLFLOW_"))}
    return subprocess.run(
        [sys.executable, "-m", "sluice", *arguments], cwd=root, env=env | more, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A repository, and the folder where the evidence of its pull requests is kept."""

    root: Path
    evidence: Path
    base: str

    def add(self, number: int | None, value: float, day: int, **subject: Any) -> Path:
        """Evidence of a pull request whose head has a metric file of its own."""
        git(self.root, "switch", "-q", "-c", f"pull-{number}-{day}", self.base)
        (self.root / "metrics.json").write_text(json.dumps({"roc_auc": value, "n": day}))
        git(self.root, "commit", "-q", "-a", "-m", "results")
        head_sha = git(self.root, "rev-parse", "HEAD")
        told = Subject(repository="acme/churn", head_sha=head_sha, base_sha=self.base, pr_number=number)
        made = Evidence(
            sluice_version="0.1.0",
            subject=replace(told, **subject),
            stages=("evaluation",),
            started_at=f"2026-05-{day:02}T10:00:00+00:00",
            evaluation=EvaluationResult(n=None, metrics=(MetricValue(metric="roc_auc", value=value, source="file"),)),
        )
        git(self.root, "switch", "-q", "main")
        folder = self.evidence / f"{day}" / f"run-{number}"
        evidence_file.write(made, folder)
        return folder

    def replay(self, n: int, policy: str, *more: str) -> subprocess.CompletedProcess[str]:
        (self.root / "new.yaml").write_text(policy)
        where = ("--policy", "new.yaml", "--evidence-root", str(self.evidence))
        return sluice(self.root, "gate", "--replay", str(n), *where, *more, GITHUB_REPOSITORY="acme/churn")


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    root = tmp_path / "churn"
    root.mkdir()
    (root / "sluice.yaml").write_text(POLICY)
    (root / "metrics.json").write_text('{"roc_auc": 0.5}')
    (root / ".gitignore").write_text("new.yaml\n")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "base")
    (tmp_path / "evidence").mkdir()
    return Kept(root=root, evidence=tmp_path / "evidence", base=git(root, "rev-parse", "HEAD"))


def test_the_table_shows_what_would_have_been_blocked(kept: Kept) -> None:
    for number, value in ((1, 0.75), (2, 0.9), (3, 0.6)):
        kept.add(number, value, number)
    kept.add(2, 0.5, 1)  # an older run of the second
    done = kept.replay(10, POLICY.replace("0.7", "0.8"))
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert [row[0] for row in rows[1:]] == ["#3", "#2", "#1"]
    assert [row[2:4] for row in rows[1:]] == [["fail", "fail"], ["pass", "pass"], ["pass", "fail"]]
    assert done.stdout.splitlines()[3].endswith("roc_auc.min: pass → fail")
    assert "would have closed 1 that was open" in done.stderr and "nothing is decided by this" in done.stderr
    assert "1 older run of" in done.stderr


def test_the_json_has_every_row_and_no_verdict_over_all(kept: Kept) -> None:
    kept.add(1, 0.75, 1)
    kept.add(2, 0.9, 2)
    done = kept.replay(1, POLICY.replace("0.7", "0.95"), "--json")
    printed = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert {"verdict", "open"} & printed.keys() == set()
    assert printed["policy"] == "new.yaml" and len(printed["policy_sha256"]) == 64
    (row,) = printed["replayed"]
    assert row.keys() >= ROW and row["pull_request"] == 2, "the newest one alone was asked for"
    assert row["then"] == {"verdict": "pass", "open": True, "enforced": True}
    assert row["proposed"] == {"verdict": "fail", "open": False, "enforced": True}
    (change,) = row["changes"]
    assert (change["gate"], change["then"], change["proposed"]) == ("roc_auc.min", "pass", "fail")
    assert (printed["would_close"], printed["would_open"], printed["not_judged"]) == (1, 0, 0)


def test_what_cannot_be_judged_is_named_and_is_never_a_pass(kept: Kept) -> None:
    kept.add(1, 0.75, 1)
    kept.add(4, 0.99, 4, repository="acme/other")
    broken = kept.add(5, 0.99, 5) / "evidence.json"
    broken.write_text(broken.read_text()[:200])
    kept.add(6, 0.99, 6, base_sha="f" * 40)
    done = kept.replay(10, POLICY, "--json")
    printed = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    found = {row["pull_request"]: row for row in printed["replayed"]}
    assert found[1]["then"]["verdict"] == found[1]["proposed"]["verdict"] == "pass"
    assert found[4]["then"] is found[4]["proposed"] is None and "another repository" in found[4]["note"]
    assert found[None]["then"] is found[None]["proposed"] is None and "evidence.json" in found[None]["note"]
    assert found[6]["then"] is None and "no commit" in found[6]["note"]
    assert printed["not_judged"] == 3
    said = kept.replay(10, POLICY).stdout
    assert said.count("not judged") == 5 and str(broken.parent) in said, "two rows twice, and one once"


def test_evidence_that_nobody_can_judge_is_exit_1(kept: Kept) -> None:
    kept.add(4, 0.99, 4, repository="acme/other")
    done = kept.replay(3, POLICY)
    assert done.returncode == 1 and "another repository" in done.stdout


def test_a_head_that_was_not_fetched_is_judged_on_what_it_measured(kept: Kept) -> None:
    kept.add(1, 0.75, 1, head_sha="e" * 40)
    done = kept.replay(3, POLICY.replace("0.7", "0.8"), "--json")
    (row,) = json.loads(done.stdout)["replayed"]
    assert (row["then"]["verdict"], row["proposed"]["verdict"]) == ("pass", "fail")
    assert "not in this clone" in row["note"]


def test_evidence_without_any_stage_is_never_a_pass(kept: Kept) -> None:
    folder = kept.add(1, 0.75, 1, head_sha="e" * 40)
    evidence, _ = evidence_file.read(folder)
    evidence_file.write(replace(evidence, stages=(), evaluation=None), folder)
    done = kept.replay(3, POLICY, "--json")
    (row,) = json.loads(done.stdout)["replayed"]
    assert row["then"] is row["proposed"] is None and "no stage was measured" in row["note"]
    assert done.returncode == 1


def test_a_base_without_a_policy_is_told_apart(kept: Kept) -> None:
    git(kept.root, "switch", "-q", "--orphan", "bare")
    git(kept.root, "commit", "-q", "--allow-empty", "-m", "nothing")
    bare = git(kept.root, "rev-parse", "HEAD")
    git(kept.root, "switch", "-q", "main")
    kept.add(1, 0.6, 1, base_sha=bare)
    (row,) = json.loads(kept.replay(3, POLICY, "--json").stdout)["replayed"]
    assert row["then"] == {"verdict": "fail", "open": True, "enforced": False}
    assert row["proposed"] == {"verdict": "fail", "open": False, "enforced": True}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--replay", "3", "--evidence-root", "."], "give it with `--policy FILE`"),
        (["--replay", "3", "--policy", "sluice.yaml"], "MLFLOW_TRACKING_URI"),
        (["--replay", "3", "--policy", "sluice.yaml", "--evidence-root", "nowhere"], "there is no such folder"),
        (["--replay", "3", "--policy", "sluice.yaml", "--evidence-root", "."], "there is no evidence"),
        (["--replay", "3", "--policy", "none.yaml", "--evidence-root", "."], "there is no such file"),
        (["--replay", "0", "--policy", "sluice.yaml"], "--replay"),
        (["evidence", "--replay", "3"], "do not go together"),
        (["--replay", "3", "--explain"], "do not go together"),
        (["evidence", "--evidence-root", "."], "needs `--replay N`"),
        ([], "name what `sluice run` wrote"),
    ],
)
def test_a_wrong_use_is_exit_2_and_says_what_to_do(kept: Kept, arguments: list[str], said: str) -> None:
    done = sluice(kept.root, "gate", *arguments)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr


def test_an_invalid_proposed_policy_is_exit_2(kept: Kept) -> None:
    kept.add(1, 0.75, 1)
    done = kept.replay(3, POLICY.replace("min: 0.7", "mni: 0.7"))
    assert done.returncode == 2 and "new.yaml:4" in done.stderr
