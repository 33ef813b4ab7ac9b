"""The evidence of earlier runs, as MLflow keeps it beside the runs that Sluice recorded there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sluice.adapters.decode.evidence import FILE_NAME, MAX_JSON_BYTES
from sluice.adapters.mlflow import bounded
from sluice.adapters.redaction import Redactor
from sluice.domain.errors import OutsideError, UsageError

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.tracking import MlflowClient

T = TypeVar("T")

MAX_RUNS = 2_000
_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The evidence of one run, fetched into ``folder``; ``None`` with a ``problem`` where it could not be had."""

    run: str
    repository: str
    folder: Path | None
    problem: str = ""


def kept(scratch: Path, *, tracking_uri: str, experiment: str = "sluice", repository: str = "") -> Iterator[Kept]:
    """Every run that Sluice recorded, the newest first, each fetched when it is asked for; at most 2,000.

    The evidence of runs that name another repository than ``repository`` is not fetched. Raises ``UsageError`` where
    MLflow is not installed or has no such experiment, ``OutsideError`` where it does not answer.
    """
    try:
        from mlflow.tracking import MlflowClient
    except ImportError:
        raise UsageError("MLflow is not installed", remedy="install `sluice-gate[mlflow]`") from None
    with bounded():
        client = _asked(lambda: MlflowClient(tracking_uri=tracking_uri), tracking_uri)
        found = _asked(lambda: client.get_experiment_by_name(experiment), tracking_uri)
        if found is None:
            said = f"has no experiment `{experiment}`: no run of Sluice was recorded there"
            raise UsageError(said, where=_shown(tracking_uri), remedy="name a folder with `--evidence-root`")
        for run in _runs(client, found.experiment_id, tracking_uri):
            yield _fetched(client, run, scratch, repository)


def _runs(client: MlflowClient, experiment_id: str, tracking_uri: str) -> Iterator[Run]:
    token: str | None = None
    for _page in range(MAX_RUNS // _PAGE):
        page = _asked(
            lambda token=token: client.search_runs(
                [experiment_id], max_results=_PAGE, order_by=["attributes.start_time DESC"], page_token=token
            ),
            tracking_uri,
        )
        # What others have put into the experiment is no run of Sluice.
        yield from (run for run in page if "sluice.version" in run.data.tags)
        token = page.token
        if not token:
            return


def _fetched(client: MlflowClient, run: Run, scratch: Path, repository: str) -> Kept:
    name, run_id = run.data.tags.get("sluice.repository", ""), run.info.run_id
    if repository and name.casefold() not in (repository.casefold(), "local"):
        return Kept(run=run_id, repository=name, folder=None)
    folder = scratch / run_id
    try:
        files = {file.path: file.file_size or 0 for file in client.list_artifacts(run_id)}
        if FILE_NAME not in files:
            return Kept(run=run_id, repository=name, folder=None, problem=f"the run holds no {FILE_NAME}")
        if files[FILE_NAME] > MAX_JSON_BYTES:
            said = f"its {FILE_NAME} is larger than {MAX_JSON_BYTES:,} bytes"
            return Kept(run=run_id, repository=name, folder=None, problem=said)
        folder.mkdir()
        client.download_artifacts(run_id, FILE_NAME, str(folder))
    except Exception as error:  # the store raises whatever its plug-ins raise; one run is not all of them
        return Kept(run=run_id, repository=name, folder=None, problem=f"it cannot be fetched: {_said(error)}")
    return Kept(run=run_id, repository=name, folder=folder)


def _asked(ask: Callable[[], T], tracking_uri: str) -> T:
    try:
        return ask()
    except Exception as error:  # the tracking server and its stores raise whatever their plug-ins raise
        said = f"does not answer: {_said(error)}"
        raise OutsideError(said, where=f"MLflow at {_shown(tracking_uri)}", remedy="see that it is up") from None


def _shown(tracking_uri: str) -> str:
    return Redactor.of(os.environ).clean(tracking_uri)


def _said(error: Exception) -> str:
    return " ".join(Redactor.of(os.environ).clean(f"{type(error).__name__}: {error}").split())[:200]
