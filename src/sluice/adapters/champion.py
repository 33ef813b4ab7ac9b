"""What data a registered model was trained on, as MLflow has it from a run of Sluice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from sluice.adapters.mlflow import SOURCE_TYPE
from sluice.adapters.registered import asking, missing, version_of

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.tracking import MlflowClient

_SHA1 = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_RUNS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """One dataset that a model was trained on; ``revision`` is empty for data that no commit holds."""

    model: str
    source: str
    revision: str
    sha256: str


def trained_on(model: str, dataset: str, *, tracking_uri: str, experiment: str = "sluice") -> TrainingData:
    """The data of this name that the model ``name@alias`` or ``name/version`` was trained on.

    It is looked for in the run that the model version names, then in what Sluice recorded of the same commit. Raises
    ``DataError`` (``model``) with one sentence for whatever is missing.
    """
    with asking(model, tracking_uri) as client:
        found = version_of(client, model)
        if not found.run_id:
            raise missing(model, "its version names no run that made it", "register it from its training run")
        for run in _runs(client, client.get_run(found.run_id), experiment):
            if (data := _recorded(run, dataset, found.label)) is not None:
                return data
    said = f"no run of Sluice has recorded `{dataset}` for the commit that it was trained from"
    raise missing(model, said, "let Sluice run with MLFLOW_TRACKING_URI where the model is trained")


def _runs(client: MlflowClient, own: Run, experiment: str) -> Iterator[Run]:
    """The run that made the model, then Sluice's own runs of the same commit, the newest first."""
    yield own
    commit = own.data.tags.get("mlflow.source.git.commit", "")
    kept = client.get_experiment_by_name(experiment)
    if kept is None or not _SHA1.fullmatch(commit):
        return
    wanted = f"params.head_sha = '{commit}' and attributes.status = 'FINISHED'"
    newest = ["attributes.start_time DESC"]
    yield from client.search_runs([kept.experiment_id], wanted, max_results=_MOST_RUNS, order_by=newest)


def _recorded(run: Run, dataset: str, model: str) -> TrainingData | None:
    for entry in run.inputs.dataset_inputs if run.inputs else ():
        if entry.dataset.name == dataset and entry.dataset.source_type == SOURCE_TYPE:
            return _believed(entry.dataset.source, model)
    return None


def _believed(text: str, model: str) -> TrainingData | None:
    """What was recorded, where it is what Sluice writes: whoever may write to the registry may have written it."""
    try:
        told: Any = json.loads(text)
    except ValueError:
        return None
    if not isinstance(told, dict):
        return None
    told = cast("dict[str, Any]", told)
    source, revision, sha256 = (told.get(key, "") for key in ("source", "revision", "sha256"))
    if not isinstance(source, str) or not _SHA256.fullmatch(str(sha256)) or not source.isprintable():
        return None
    inside = _SHA1.fullmatch(str(revision)) and not source.startswith("/") and ".." not in source.split("/")
    if not inside and "://" not in source:
        return None
    return TrainingData(model=model, source=source, revision=str(revision), sha256=str(sha256))
