"""The evidence that runs left in MLflow, read back and judged under a proposed policy."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from sluice.adapters.decode import evidence as evidence_file
from sluice.adapters.mlflow import log_run
from sluice.adapters.recorded import kept
from sluice.domain.errors import OutsideError, UsageError
from sluice.domain.evaluation import EvaluationResult, MetricValue
from sluice.domain.evidence import Evidence, Figure, Problem, Subject
from sluice.entry.cli import main

pytestmark = pytest.mark.filterwarnings("ignore:.*noload")  # MLflow's own use of SQLAlchemy

POLICY = """version: 1
evaluation: {task: classification, metrics: metrics.json}
gates:
  - {metric: roc_auc, min: 0.7}
"""


def git(root: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    done = subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a base, and a pull request's head; MLflow is a SQLite file beside it."""
    made = tmp_path / "churn"
    made.mkdir()
    (made / "sluice.yaml").write_text(POLICY)
    (made / "metrics.json").write_text('{"roc_auc": 0.5}')
    (made / ".gitignore").write_text("new.yaml\n")
    git(made, "init", "-q", "-b", "main")
    git(made, "add", ".")
    git(made, "commit", "-q", "-m", "base")
    (made / "metrics.json").write_text('{"roc_auc": 0.75}')
    git(made, "commit", "-q", "-a", "-m", "head")
    (made / "new.yaml").write_text(POLICY.replace("0.7", "0.8"))
    monkeypatch.chdir(made)
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/churn")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address(made))
    return made


def address(root: Path) -> str:
    return f"sqlite:///{root.parent}/mlflow.db"


def record(root: Path, number: int, value: float, folder: Path, *, repository: str = "acme/churn") -> Evidence:
    """One run of Sluice, recorded as `sluice run` does it."""
    subject = Subject(
        repository=repository, head_sha=git(root, "rev-parse", "HEAD"), base_sha=git(root, "rev-parse", "HEAD~1"),
        pr_number=number,
    )  # fmt: skip
    made = Evidence(
        sluice_version="0.1.0", subject=subject, stages=("evaluation",), started_at=f"2026-05-0{number}T10:00:00+00:00",
        evaluation=EvaluationResult(n=None, metrics=(MetricValue(metric="roc_auc", value=value, source="file"),)),
    )  # fmt: skip
    evidence_file.write(made, folder)
    logged = log_run(made, tracking_uri=address(root), artifacts=[folder / "evidence.json"])
    assert logged.warning == ""
    return made


def test_what_was_recorded_is_judged_under_the_proposed_policy(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(root, 1, 0.75, tmp_path / "one")
    record(root, 2, 0.9, tmp_path / "two")
    record(root, 3, 0.99, tmp_path / "three", repository="acme/other")
    assert main(["gate", "--replay", "5", "--policy", "new.yaml", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    rows = {row["pull_request"]: row for row in printed["replayed"]}
    assert rows[1]["then"]["verdict"] == "pass" and rows[1]["proposed"]["verdict"] == "fail"
    assert rows[2]["then"]["verdict"] == rows[2]["proposed"]["verdict"] == "pass"
    assert rows[1]["evidence"].startswith("MLflow run ")
    (other,) = (row for row in printed["replayed"] if row["repository"] == "acme/other")
    assert other["then"] is other["proposed"] is None and "another repository" in other["note"]
    assert (printed["would_close"], printed["not_judged"]) == (1, 1)


def test_only_as_many_runs_are_fetched_as_are_asked_for(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(root, 1, 0.75, tmp_path / "one")
    record(root, 2, 0.9, tmp_path / "two")
    assert main(["gate", "--replay", "1", "--policy", "new.yaml", "--json"]) == 0
    assert [row["pull_request"] for row in json.loads(capsys.readouterr().out)["replayed"]] == [2]


def test_a_run_without_readable_evidence_is_named(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = record(root, 1, 0.75, tmp_path / "one")
    bare = log_run(made, tracking_uri=address(root))
    (tmp_path / "evidence.json").write_text('{"schema_version": 1')
    cut = log_run(made, tracking_uri=address(root), artifacts=[tmp_path / "evidence.json"])
    assert main(["gate", "--replay", "9", "--policy", "new.yaml"]) == 0
    told = {line.split("MLflow run ")[1][:32]: line for line in capsys.readouterr().out.splitlines() if "[" in line}
    assert "holds no evidence.json" in told[bare.run_id] and "not judged" in told[bare.run_id]
    assert "evidence.json" in told[cut.run_id] and "not judged" in told[cut.run_id]


def test_evidence_is_kept_without_its_pictures_and_read_so(root: Path, tmp_path: Path) -> None:
    made = record(root, 1, 0.75, tmp_path / "one")
    drawn = replace(made, figures=(Figure(path="figures/a.png", title="t", alt="a", sha256="0" * 64),))
    kept_alone = tmp_path / "alone"
    kept_alone.mkdir()
    (kept_alone / "evidence.json").write_text(json.dumps(evidence_file.to_json(drawn)))
    evidence, sha256 = evidence_file.read_alone(kept_alone)
    assert evidence == made and len(sha256) == 64


def test_runs_of_others_in_the_experiment_are_no_runs_of_sluice(root: Path, tmp_path: Path) -> None:
    from mlflow.tracking import MlflowClient

    record(root, 1, 0.75, tmp_path / "one")
    client = MlflowClient(address(root))
    experiment = client.get_experiment_by_name("sluice")
    assert experiment is not None
    client.create_run(experiment.experiment_id)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert len(list(kept(scratch, tracking_uri=address(root)))) == 1


def test_a_server_without_runs_and_one_that_is_down_are_told_apart(root: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no experiment"):
        next(kept(tmp_path, tracking_uri=address(root)))
    with pytest.raises(OutsideError, match="does not answer"):
        next(kept(tmp_path, tracking_uri="http://user:correct-horse@127.0.0.1:9"))


def test_a_run_that_did_not_train_is_recorded_as_well(root: Path, tmp_path: Path) -> None:
    """A pull request whose data closes the gate never trains; its evidence is worth a replay all the same."""
    from sluice.entry.running import logged

    made = record(root, 1, 0.75, tmp_path / "one")
    closed = replace(made, problems=(Problem(stage="evaluation", reason_code="metric", message="none"),))
    evidence_file.write(closed, tmp_path / "closed")
    said: list[str] = []
    assert logged(closed, tmp_path / "closed", said.append) == closed and said == []
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert len(list(kept(scratch, tracking_uri=address(root)))) == 2
