"""One run in MLflow for one evidence: a record for people, never a condition of the gate."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sluice.adapters.redaction import Redactor
from sluice.domain.evidence import Evidence

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput, Metric, Param, RunTag
    from mlflow.tracking import MlflowClient

# A server that does not answer costs seconds, not the minutes that MLflow waits by itself.
_BOUNDS = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
_MAX_VALUE = 500
_MAX_KEY = 250
_MAX_METRICS = 1_000
_MAX_DATASETS = 50
_MAX_DIGEST = 36
SOURCE_TYPE = "sluice"
"""What the records of datasets are told by that Sluice makes."""
_DATABASE = re.compile(r"sqlite:///(?P<path>[^?]+)(?:\?.*)?")
_FOREIGN = re.compile(r"[^\w\-. /]", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """The run's id; empty where MLflow did not take it, with a ``warning`` in one sentence that says why."""

    run_id: str
    warning: str = ""


def log_run(
    evidence: Evidence, *, tracking_uri: str, experiment: str = "sluice", artifacts: Iterable[Path] = ()
) -> Logged:
    """Record one evidence as a finished run, within seconds; nothing that MLflow does fails the caller.

    Parameters: the fingerprint, both commits, the digests of the data, the seed. Metrics: the candidate's values, those
    that are numbers. Tags: ``sluice.*``. Inputs: each dataset with its source, commit and digest, so that it can be had
    again. ``artifacts`` are files to store with the run, as ``evidence.json``.
    """
    if not tracking_uri:  # MLflow would take whatever address it was given last
        return Logged(run_id="", warning="There is no address of MLflow to record the run at; set MLFLOW_TRACKING_URI.")
    try:
        from mlflow.tracking import MlflowClient
    except ImportError:
        return Logged(
            run_id="", warning="MLflow is not installed; install `sluice-gate[mlflow]` to have runs recorded there."
        )
    with bounded():
        run_id = ""
        try:
            client = MlflowClient(tracking_uri=tracking_uri)
            run_id = client.create_run(_experiment(client, experiment), run_name=_name(evidence)).info.run_id
            client.log_batch(run_id, metrics=_metrics(evidence), params=_params(evidence), tags=_tags(evidence))
            client.log_inputs(run_id, _datasets(evidence))
            for artifact in artifacts:
                client.log_artifact(run_id, str(artifact))
            client.set_terminated(run_id, "FINISHED" if _ended_well(evidence) else "FAILED")
        except Exception as error:  # the tracking server and its stores raise whatever their plug-ins raise
            return Logged(run_id="", warning=_sentence(tracking_uri, run_id, error))
    return Logged(run_id=run_id)


def _experiment(client: MlflowClient, name: str) -> str:
    """The experiment's id, made where there is none."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return found.experiment_id
    database = _DATABASE.fullmatch(client.tracking_uri)
    if database is None:
        return client.create_experiment(name)
    return client.create_experiment(name, artifact_location=_beside(Path(database["path"]).resolve()).as_uri())


def _beside(database: Path) -> Path:
    """A folder for artifacts next to a database file, which git does not see.

    MLflow's own choice is `mlruns` in the current folder: the user's work tree, which would then count as changed.
    """
    folder = database.with_name(f"{database.name}.artifacts")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n")
    return folder


@contextmanager
def bounded() -> Iterator[None]:
    """MLflow reads its limits from the environment alone; what the user has set stands."""
    added = [name for name in _BOUNDS if name not in os.environ]
    os.environ.update({name: _BOUNDS[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def _name(evidence: Evidence) -> str:
    subject = evidence.subject
    number = f"#{subject.pr_number} " if subject.pr_number is not None else ""
    return f"{subject.repository} {number}{subject.head_sha[:12]}"[:_MAX_VALUE]


def _ended_well(evidence: Evidence) -> bool:
    trained = evidence.training is None or evidence.training.verdict.opens
    return trained and not evidence.problems


def _metrics(evidence: Evidence) -> Sequence[Metric]:
    from mlflow.entities import Metric

    now_ms = int(time.time() * 1000)
    values: dict[str, float] = {}
    if evidence.training is not None:
        values["training.duration_s"] = evidence.training.duration_s
    for metric in evidence.evaluation.metrics if evidence.evaluation else ():
        if metric.value is not None:
            values[_unused(_key(f"{metric.metric}/{metric.slice}" if metric.slice else metric.metric), values)] = (
                metric.value
            )
    return [Metric(key, value, now_ms, 0) for key, value in list(values.items())[:_MAX_METRICS]]


def _params(evidence: Evidence) -> Sequence[Param]:
    from mlflow.entities import Param

    values: dict[str, str] = {
        "fingerprint": evidence.fingerprint,
        "head_sha": evidence.subject.head_sha,
        "base_sha": evidence.subject.base_sha,
    }
    if evidence.environment.seed is not None:
        values["seed"] = str(evidence.environment.seed)
    for one in evidence.data[:_MAX_DATASETS]:
        values[_unused(_key(f"data.{one.dataset}.sha256"), values)] = one.data_sha256
    return [Param(key, value[:_MAX_VALUE]) for key, value in values.items() if value]


def _tags(evidence: Evidence) -> Sequence[RunTag]:
    from mlflow.entities import RunTag

    subject = evidence.subject
    values = {
        "sluice.version": evidence.sluice_version,
        "sluice.repository": subject.repository,
        "sluice.event": subject.event,
        "sluice.base_ref": subject.base_ref,
        "sluice.pr_number": str(subject.pr_number) if subject.pr_number is not None else "",
        "sluice.stages": ",".join(evidence.stages),
        "sluice.training": evidence.training.status if evidence.training else "",
        "sluice.config_sha256": evidence.config_sha256,
        "mlflow.source.git.commit": subject.head_sha,
    }
    return [RunTag(key, value[:_MAX_VALUE]) for key, value in values.items() if value]


def _datasets(evidence: Evidence) -> list[DatasetInput]:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    found: list[DatasetInput] = []
    for one in evidence.data[:_MAX_DATASETS]:
        # A URL is not the commit's to say; what lies in git or DVC, the commit names.
        revision = "" if "://" in one.source else evidence.subject.head_sha
        source = {"source": one.source, "revision": revision, "sha256": one.data_sha256}
        # MLflow takes two of one name and digest for one: the commit is part of what it tells them by.
        dataset = Dataset(
            name=one.dataset[:_MAX_VALUE],
            digest=f"{one.data_sha256[:24]}-{revision[:10]}"[:_MAX_DIGEST],
            source_type=SOURCE_TYPE,
            source=json.dumps(source, sort_keys=True),
        )
        if one.data_sha256:
            found.append(DatasetInput(dataset, [InputTag("mlflow.data.context", "validation")]))
    return found


def _key(name: str) -> str:
    """A name that every MLflow server takes: no signs of its own meaning, no path that leads upwards."""
    parts = [part for part in _FOREIGN.sub("_", name).split("/") if part.strip(". ")]
    return "/".join(parts)[:_MAX_KEY] or "_"


def _unused(key: str, taken: Mapping[str, object]) -> str:
    number = 2
    found = key
    while found in taken:
        found = f"{key}_{number}"
        number += 1
    return found


def _sentence(tracking_uri: str, run_id: str, error: Exception) -> str:
    clean = Redactor.of(os.environ).clean
    said = " ".join(clean(f"{type(error).__name__}: {error}").split())[:300]
    part = f" (run {run_id} is incomplete)" if run_id else ""
    return f"MLflow at {clean(tracking_uri)} did not take the run{part}: {said}; see that the server is up."
