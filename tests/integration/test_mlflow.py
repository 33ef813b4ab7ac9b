"""Runs in a real MLflow server on SQLite, and what happens without one."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from sluice.adapters.champion import trained_on
from sluice.adapters.mlflow import log_run
from sluice.adapters.registered import asking, fetched, recorded_predictions, version_of
from sluice.domain.champion import Registered
from sluice.domain.errors import DataError
from sluice.domain.evaluation import EvaluationResult, MetricValue
from sluice.domain.evidence import Evidence, Problem, Subject
from sluice.domain.training import Environment, TrainResult
from sluice.domain.validation import DatasetResult
from sluice.domain.verdict import Verdict

EVIDENCE = Evidence(
    sluice_version="0.1",
    subject=Subject(repository="o/r", head_sha="a" * 40, base_sha="b" * 40, base_ref="main", pr_number=7),
    stages=("data", "training", "evaluation"),
    fingerprint="f" * 64,
    environment=Environment(seed=7),
    data=(
        DatasetResult(
            dataset="train",
            source="data/train.csv",
            verdict=Verdict.PASS,
            data_sha256="d" * 64,
            contract_path="c.yaml",
            contract_sha256="c" * 64,
            n_rows=1,
            n_columns=1,
            results=(),
        ),
    ),
    training=TrainResult(status="success", command="true", exit_code=0, duration_s=2.5),
    evaluation=EvaluationResult(
        n=10,
        metrics=(
            MetricValue(metric="roc_auc", value=0.91),
            MetricValue(metric="recall", slice="region=north east", value=0.5),
            MetricValue(metric="recall", slice="region:north east", value=0.6),
            MetricValue(metric="f1", value=None, reason="undefined"),
        ),
    ),
)


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
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (
        (home / "log").open("wb") as log,
        subprocess.Popen(command, cwd=home, stdout=log, stderr=log, env=environment, start_new_session=True) as running,
    ):
        try:
            _wait_for(f"{address}/health", running, home / "log")
            yield address
        finally:
            os.killpg(running.pid, 15)
            running.wait(timeout=30)


def _wait_for(address: str, running: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert running.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.3)
    raise AssertionError(log.read_text())


def test_a_run_is_recorded(server: str, tmp_path: Path) -> None:
    from mlflow.tracking import MlflowClient

    (tmp_path / "evidence.json").write_text('{"schema_version": 1}')
    logged = log_run(EVIDENCE, tracking_uri=server, experiment="gate", artifacts=[tmp_path / "evidence.json"])
    assert logged.warning == ""
    client = MlflowClient(server)
    run = client.get_run(logged.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {
        "training.duration_s": 2.5,
        "roc_auc": 0.91,
        "recall/region_north east": 0.5,
        "recall/region_north east_2": 0.6,
    }
    assert run.data.params == {
        "fingerprint": "f" * 64,
        "head_sha": "a" * 40,
        "base_sha": "b" * 40,
        "seed": "7",
        "data.train.sha256": "d" * 64,
    }
    assert run.data.tags["sluice.pr_number"] == "7"
    assert run.data.tags["sluice.repository"] == "o/r"
    assert [found.path for found in client.list_artifacts(logged.run_id)] == ["evidence.json"]
    again = log_run(EVIDENCE, tracking_uri=server, experiment="gate")
    assert again.run_id not in ("", logged.run_id)


def test_a_run_with_problems_is_a_failed_run(server: str) -> None:
    from dataclasses import replace

    from mlflow.tracking import MlflowClient

    evidence = replace(EVIDENCE, problems=(Problem(stage="data", reason_code="digest", message="differs"),))
    logged = log_run(evidence, tracking_uri=server, experiment="gate")
    assert MlflowClient(server).get_run(logged.run_id).info.status == "FAILED"


@pytest.mark.filterwarnings("ignore:.*noload")  # MLflow's own use of SQLAlchemy
def test_a_database_in_the_work_tree_leaves_the_tree_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlflow.tracking import MlflowClient

    monkeypatch.chdir(tmp_path)
    (tmp_path / ".gitignore").write_text("*.db\n/.gitignore\n/evidence.json\n")
    (tmp_path / "evidence.json").write_text("{}")
    subprocess.run(("git", "init", "-q"), check=True)
    logged = log_run(EVIDENCE, tracking_uri="sqlite:///runs.db", artifacts=[tmp_path / "evidence.json"])
    assert logged.warning == ""
    said = subprocess.run(("git", "status", "--porcelain"), check=True, capture_output=True, text=True).stdout
    assert said == ""
    assert not (tmp_path / "mlruns").exists()
    stored = MlflowClient("sqlite:///runs.db").list_artifacts(logged.run_id)
    assert [found.path for found in stored] == ["evidence.json"]


def test_a_missing_artifact_is_a_warning(server: str, tmp_path: Path) -> None:
    logged = log_run(EVIDENCE, tracking_uri=server, artifacts=[tmp_path / "none"])
    assert logged.run_id == ""
    assert "is incomplete" in logged.warning


def test_a_server_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "correct-horse")
    started = time.monotonic()
    logged = log_run(EVIDENCE, tracking_uri=f"http://user:correct-horse@127.0.0.1:{_free_port()}")
    assert logged.run_id == ""
    assert "did not take the run" in logged.warning
    assert "correct-horse" not in logged.warning
    assert time.monotonic() - started < 30
    assert "MLFLOW_HTTP_REQUEST_TIMEOUT" not in os.environ


def test_a_server_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    started = time.monotonic()
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        logged = log_run(EVIDENCE, tracking_uri=f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert logged.run_id == ""
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("address", ["", "no-such-scheme://x", "http://", "\0"])
def test_an_address_that_is_none(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    logged = log_run(EVIDENCE, tracking_uri=address)
    assert logged.run_id == ""
    assert logged.warning


def registered(server: str, name: str, run_id: str, alias: str = "champion") -> None:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(server)
    client.create_registered_model(name)
    version = client.create_model_version(name, source=f"runs:/{run_id}/model", run_id=run_id)
    client.set_registered_model_alias(name, alias, version.version)


@pytest.mark.parametrize("named", ["one@champion", "models:/one@champion", "one/1"])
def test_the_data_of_a_champion_is_that_of_its_run(server: str, named: str) -> None:
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    client = MlflowClient(server)
    try:
        client.get_registered_model("one")
    except MlflowException:
        registered(server, "one", log_run(EVIDENCE, tracking_uri=server).run_id)
    found = trained_on(named, "train", tracking_uri=server)
    assert (found.source, found.revision, found.sha256) == ("data/train.csv", "a" * 40, "d" * 64)
    assert found.model == "one version 1"


def test_or_that_of_sluices_run_for_the_same_commit(server: str) -> None:
    """Training registers the model from a run of its own; Sluice's is told by the commit."""
    from dataclasses import replace

    from mlflow.tracking import MlflowClient

    sha = "9" * 40
    log_run(replace(EVIDENCE, subject=replace(EVIDENCE.subject, head_sha=sha)), tracking_uri=server)
    client = MlflowClient(server)
    run = client.create_run(client.create_experiment("training"), tags={"mlflow.source.git.commit": sha})
    registered(server, "two", run.info.run_id)
    assert trained_on("two@champion", "train", tracking_uri=server).revision == sha
    with pytest.raises(DataError, match="no run of Sluice has recorded `test` for the commit"):
        trained_on("two@champion", "test", tracking_uri=server)


@pytest.mark.parametrize("model", ["nobody@champion", "nobody/3", "one@nothing"])
def test_a_champion_that_is_not_there(server: str, model: str) -> None:
    with pytest.raises(DataError) as caught:
        trained_on(model, "train", tracking_uri=server)
    assert "the registry does not have it" in caught.value.sentence
    assert "\n" not in caught.value.sentence


def record(**changed: object) -> str:
    return json.dumps({"source": "train.csv", "revision": "a" * 40, "sha256": "d" * 64} | changed)


@pytest.mark.parametrize(
    "source",
    [
        "not json",
        "[]",
        record(source="../../etc/passwd"),
        record(source="/etc/passwd"),
        record(revision="--upload-pack=x"),
        record(sha256="short"),
        record(source=7),
    ],
)
def test_a_record_that_sluice_would_not_write_is_not_believed(server: str, source: str) -> None:
    import uuid

    from mlflow.entities import Dataset, DatasetInput
    from mlflow.tracking import MlflowClient

    client, name = MlflowClient(server), uuid.uuid4().hex
    run = client.create_run(client.create_experiment(name))
    client.log_inputs(run.info.run_id, [DatasetInput(Dataset("train", "d", "sluice", source))])
    registered(server, name, run.info.run_id)
    with pytest.raises(DataError, match="no run of Sluice has recorded"):
        trained_on(f"{name}@champion", "train", tracking_uri=server)


def test_the_files_of_a_registered_model_are_fetched(server: str, tmp_path: Path) -> None:
    from mlflow.tracking import MlflowClient

    client, sha256 = MlflowClient(server), "5" * 64
    run_id = client.create_run(client.create_experiment("files")).info.run_id
    for name, folder in (("MLmodel", "model"), ("p.csv", f"sluice/predictions/{sha256}"), ("two.csv", "more")):
        (tmp_path / name).write_text(f"{name}\n")
        client.log_artifact(run_id, str(tmp_path / name), folder)
    registered(server, "files", run_id)
    with asking("files@champion", server) as asked:
        found = version_of(asked, "files@champion")
        assert found == Registered(name="files", version="1", run_id=run_id)
        (tmp_path / "to").mkdir()
        folder = fetched(asked, found, server, tmp_path / "to")
        assert [(file.name, file.read_text()) for file in folder.iterdir()] == [("MLmodel", "MLmodel\n")]
        kept = recorded_predictions(asked, found, sha256, tmp_path / "to")
        assert kept is not None and kept.read_text() == "p.csv\n"
        for digest in ("6" * 64, "../../more", ""):
            assert recorded_predictions(asked, found, digest, tmp_path / "to") is None
        client.log_artifact(run_id, str(tmp_path / "two.csv"), f"sluice/predictions/{sha256}")
        with pytest.raises(DataError, match="its run keeps several files"):
            recorded_predictions(asked, found, sha256, tmp_path / "to")


def test_a_registry_that_goes_away_is_named(server: str, tmp_path: Path) -> None:
    found, away = Registered(name="one", version="1", run_id="a" * 32), f"http://127.0.0.1:{_free_port()}"
    with (
        pytest.raises(DataError, match="model one version 1: the registry does not answer"),
        asking(found.label, away) as asked,
    ):
        recorded_predictions(asked, found, "5" * 64, tmp_path)
    with asking(found.label, server) as asked:
        assert recorded_predictions(asked, found, "5" * 64, tmp_path) is None  # a run that was cleared away


def test_without_a_registry_or_without_an_answer() -> None:
    with pytest.raises(DataError, match="set MLFLOW_TRACKING_URI"):
        trained_on("a@b", "train", tracking_uri="")
    address = f"http://127.0.0.1:{_free_port()}"
    with pytest.raises(DataError, match="the registry does not answer"):
        trained_on("a@b", "train", tracking_uri=address)
