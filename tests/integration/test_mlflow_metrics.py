"""Metrics that training logged to a real MLflow, in a database of SQLite: which run counts, and which never does."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from mlflow.entities import Metric
from mlflow.tracking import MlflowClient

from sluice.adapters.decode.config import load_config
from sluice.adapters.git import Git
from sluice.adapters.mlflow_metrics import TAG, logged_metrics, run_context
from sluice.core.contract_gates import Contracts
from sluice.core.fingerprint import fingerprint
from sluice.core.gate import decide
from sluice.domain.config import Training
from sluice.domain.decision import Decision
from sluice.domain.errors import ConfigError, EvidenceError
from sluice.domain.evidence import Evidence, Subject
from sluice.domain.planning import Plan
from sluice.domain.verdict import Verdict
from sluice.entry.workshop import workshop
from sluice.pipeline.measuring import measure
from sluice.pipeline.order import Order

MARK = "f" * 64


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("mlflow")
    address = f"http://127.0.0.1:{_free_port()}"
    command = (
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", address.rpartition(":")[2]),
        *("--backend-store-uri", f"sqlite:///{home}/mlflow.db", "--artifacts-destination", str(home / "artifacts")),
        *("--workers", "1"),
    )
    with (home / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=home, start_new_session=True)
    until = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(f"{address}/health", timeout=5).close()
            break
        except OSError:
            assert time.monotonic() < until, (home / "log").read_text()
            time.sleep(0.2)
    yield address
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def uri(server: str) -> str:
    """The server, its experiment `train` new for every test."""
    client = MlflowClient(tracking_uri=server)
    kept = client.get_experiment_by_name("train")
    if kept is not None:
        client.rename_experiment(kept.experiment_id, f"before-{time.monotonic_ns()}")
    return server


@pytest.fixture
def client(uri: str) -> MlflowClient:
    return MlflowClient(tracking_uri=uri)


def logged(
    client: MlflowClient,
    *,
    tags: dict[str, str],
    status: str = "FINISHED",
    others: Mapping[str, float] | None = None,
    **metrics: float,
) -> str:
    kept = client.get_experiment_by_name("train")
    experiment = kept.experiment_id if kept else client.create_experiment("train")
    run = client.create_run(experiment, tags=tags).info.run_id
    values = {**metrics, **(others or {})}
    steps = [Metric(name, x, 0, step) for name, value in values.items() for step, x in enumerate((0.123, value))]
    for start in range(0, len(steps), 1_000):
        client.log_batch(run, metrics=steps[start : start + 1_000])
    client.set_terminated(run, status)
    return run


def read(uri: str, *, experiment: str | None = "train", run_id: str = "") -> dict[str, float | str | None]:
    found = logged_metrics(experiment=experiment, run_id=run_id, fingerprint=MARK, tracking_uri=uri)
    assert all(value.source == "mlflow" for value in found)
    return {value.metric: value.reason if value.value is None else value.value for value in found}


def refused(uri: str, *, experiment: str | None = "train", run_id: str = "") -> str:
    with pytest.raises(EvidenceError) as caught:
        read(uri, experiment=experiment, run_id=run_id)
    assert caught.value.reason_code == "mlflow"
    return caught.value.sentence


def test_the_last_value_of_each_metric_of_the_newest_run_counts(client: MlflowClient, uri: str) -> None:
    logged(client, tags={TAG: MARK}, auc=0.5)
    newest = logged(client, tags={TAG: MARK}, auc=0.9, loss=float("nan"), steps=float("inf"))
    logged(client, tags={TAG: MARK, "mlflow.parentRunId": newest}, auc=0.1)
    logged(client, tags={TAG: "a" * 64}, auc=0.2)
    logged(client, tags={}, auc=0.3)
    found = read(uri)
    assert found["auc"] == 0.9
    assert "not a finite number, is its last value" in str(found["loss"])
    assert isinstance(found["steps"], str)
    assert read(uri, experiment=None, run_id=newest) == found


@pytest.mark.parametrize("status", ["FAILED", "KILLED", "RUNNING"])
def test_a_run_that_did_not_finish_is_an_error_though_an_older_one_did(
    client: MlflowClient, uri: str, status: str
) -> None:
    logged(client, tags={TAG: MARK}, auc=0.9)
    logged(client, tags={TAG: MARK}, status=status, auc=0.9)
    assert f"the run did not finish: it is {status}" in refused(uri)


def test_what_is_not_this_trainings_is_an_error(client: MlflowClient, uri: str) -> None:
    assert "there is no such experiment" in refused(uri)
    other = logged(client, tags={TAG: "a" * 64}, auc=0.9)
    assert "no run has the fingerprint of this training" in refused(uri)
    assert "the run is of another fingerprint, or of none" in refused(uri, run_id=other)
    gone = logged(client, tags={TAG: MARK}, auc=0.9)
    client.delete_run(gone)
    assert "the run is deleted" in refused(uri, run_id=gone)
    assert "does not answer" in refused(uri, run_id="0" * 32)
    assert "is no id of a run" in refused(uri, run_id="../../x\n")
    assert "there is no server to ask" in refused("")
    assert "does not answer" in refused("http://127.0.0.1:9")


def test_a_run_with_too_many_metrics_is_an_error(client: MlflowClient, uri: str) -> None:
    logged(client, tags={TAG: MARK}, others={f"m{index}": 1.0 for index in range(1_001)})
    assert "more than 1,000 metrics" in refused(uri)


@pytest.mark.parametrize("given", ["", "[1]", "{", '{"a": "b"}'])
def test_the_tags_of_the_user_stay(given: str) -> None:
    tags = json.loads(run_context({"MLFLOW_RUN_CONTEXT": given}, MARK))
    assert tags[TAG] == MARK
    assert tags.get("a") == ("b" if "b" in given else None)


POLICY = """version: 1
training: {run: "PYTHON train.py", inputs: ["*.py"]}
evaluation:
  task: classification
  mlflow: MLFLOW
  baseline: {ref: base, rerun: RERUN}
gates:
  - {metric: roc_auc, min: 0.8}
  - {metric: roc_auc, max_drop: 0.05}
"""
TRAIN = """
import mlflow
mlflow.set_experiment("train")
with mlflow.start_run() as run:
    mlflow.log_metric("roc_auc", 0.5, step=0)
    mlflow.log_metric("roc_auc", AUC, step=1)
    with mlflow.start_run(nested=True):
        mlflow.log_metric("roc_auc", 0.99)
    open("run.txt", "w").write(run.info.run_id + "\\n")
"""


class Place:
    """A repository whose training logs to MLflow; its first commit is trained, as CI of the base would."""

    def __init__(self, above: Path, mlflow: str, *, rerun: bool = False) -> None:
        self.root, self.scratch = above / "repo", above / "scratch"
        self.root.mkdir()
        self.scratch.mkdir()
        self._git("init", "-q", "-b", "main")
        (self.root / ".gitignore").write_text("run.txt\nmlruns/\n")
        policy = POLICY.replace("PYTHON", sys.executable).replace("MLFLOW", mlflow).replace("RERUN", str(rerun).lower())
        (self.root / "sluice.yaml").write_text(policy)
        self.base = ""
        self.base = self.commit(0.9)

    def _git(self, *arguments: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        subprocess.run(("git", *identity, *arguments), cwd=self.root, check=True, capture_output=True)

    def commit(self, auc: float | str) -> str:
        (self.root / "train.py").write_text(TRAIN.replace("AUC", str(auc)))
        self._git("add", "-A")
        self._git("commit", "-qm", "x", "--allow-empty")
        return Git(self.root).head()

    def decided(self) -> tuple[Evidence, Decision]:
        git = Git(self.root)
        policy = load_config((self.root / "sluice.yaml").read_bytes())
        subject = Subject(repository="o/r", head_sha=git.head(), base_sha=self.base)
        plan = Plan(
            stages=("training", "evaluation"),
            runs_on=(),
            head_sha=subject.head_sha,
            base_sha=self.base,
            policy_sha256=policy.sha256,
        )
        order = Order(subject=subject, plan=plan, head=policy, policy=policy, version="0")
        evidence = measure(order, workshop(git, subject, self.scratch, lambda _: None))
        return evidence, decide(policy, evidence, "", subject=plan, contracts=Contracts(base={}))


@pytest.fixture
def tracked(uri: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    return uri


@pytest.mark.slow
def test_a_run_of_training_is_found_by_its_fingerprint_and_compared_with_the_bases(
    tmp_path: Path, tracked: str
) -> None:
    place = Place(tmp_path, "{experiment: train}")
    place.decided()  # the base's own run
    place.commit(0.88)
    evidence, decision = place.decided()
    verdicts = {gate.gate: gate for gate in decision.results}
    assert verdicts["roc_auc.min"].observed == 0.88
    assert verdicts["roc_auc.max_drop"].verdict is Verdict.PASS
    assert verdicts["roc_auc.max_drop"].baseline == 0.9
    assert evidence.evaluation is not None
    assert evidence.evaluation.metrics[0].source == "mlflow"


@pytest.mark.slow
def test_a_baseline_that_is_trained_again_is_not_taken_for_the_candidate(tmp_path: Path, tracked: str) -> None:
    place = Place(tmp_path, "{run_file: run.txt}", rerun=True)
    place.commit(0.7)
    _, decision = place.decided()
    gates = {gate.gate: gate for gate in decision.results}
    assert (gates["roc_auc.max_drop"].observed, gates["roc_auc.max_drop"].baseline) == (0.7, 0.9)
    assert gates["roc_auc.max_drop"].verdict is Verdict.FAIL
    head = load_config((place.root / "sluice.yaml").read_bytes()).value
    assert isinstance(head.training, Training)
    mark = fingerprint(Git(place.root).tree("HEAD"), head)
    found = logged_metrics(experiment="train", run_id="", fingerprint=mark, tracking_uri=tracked)
    assert [value.value for value in found] == [0.7]


@pytest.mark.slow
def test_training_that_logs_nothing_closes_the_gate(tmp_path: Path, tracked: str) -> None:
    place = Place(tmp_path, "{experiment: train}")
    (place.root / "train.py").write_text("pass\n")
    evidence, decision = place.decided()
    assert [problem.reason_code for problem in evidence.problems] == ["mlflow"]
    assert not decision.open


@pytest.mark.parametrize("entry", ["{}", "{experiment: a, run_file: b}", "{experiment: ' '}", "{run_file: ../x}"])
def test_which_run_is_said_in_one_way(entry: str) -> None:
    with pytest.raises(ConfigError, match=r"evaluation\.mlflow"):
        load_config(POLICY.replace("MLFLOW", entry).replace("RERUN", "false").encode())
