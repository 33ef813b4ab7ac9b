"""The registry of models, MLflow's, asked for one version: which one a name means, its recorded predictions, its files.

Nothing of a model is loaded here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sluice.adapters.mlflow import bounded
from sluice.adapters.redaction import Redactor
from sluice.domain.champion import MODEL, PREDICTIONS, Registered
from sluice.domain.errors import DataError

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

MAX_PREDICTIONS_BYTES = 4 << 30
_PAGE = 1000

_NOT_THERE = frozenset(("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "NOT_FOUND"))
_NO_SERVER = "set MLFLOW_TRACKING_URI for this job; a pull request from a fork has no secrets, and so no registry"
_NO_ANSWER = "see that the server is up, and that this job may ask it: a pull request from a fork has no secrets"
_FIRST_MODEL = "register the model that is in use now, and give it this alias"
_DIGEST = re.compile(r"[0-9a-f]{64}")


@contextmanager
def asking(model: str, tracking_uri: str) -> Iterator[MlflowClient]:
    """A client for questions about one model; whatever is wrong is a ``DataError`` (``model``) of one sentence."""
    if not tracking_uri:
        raise missing(model, "there is no model registry to ask", _NO_SERVER)
    try:
        from mlflow.exceptions import MlflowException
        from mlflow.tracking import MlflowClient
    except ImportError:
        raise missing(model, "MLflow is not installed", "install `sluice-gate[mlflow]`") from None
    with bounded():
        try:
            yield MlflowClient(tracking_uri=tracking_uri)
        except DataError:
            raise
        except Exception as error:  # the registry and its stores raise whatever their plug-ins raise
            if isinstance(error, MlflowException) and error.error_code in _NOT_THERE:
                raise missing(model, f"the registry does not have it ({_said(error)})", _FIRST_MODEL) from None
            raise missing(model, f"the registry does not answer for it ({_said(error)})", _NO_ANSWER) from None


def version_of(client: MlflowClient, model: str) -> Registered:
    """The version that ``name@alias``, ``name/version`` or an alias alone means now."""
    named = MODEL.fullmatch(model)
    if named is None:
        raise missing(model, "names no model", "write `name@alias` or `name/version`")
    name, alias, version = named["name"], named["alias"] or named["only"], named["version"]
    if not name:
        name = _only_one(client, alias)
    found = client.get_model_version_by_alias(name, alias) if alias else client.get_model_version(name, version)
    return Registered(name=str(found.name), version=str(found.version), run_id=str(found.run_id or ""))


def _only_one(client: MlflowClient, alias: str) -> str:
    """The name of the one registered model that has an alias; several are not chosen from."""
    names: list[str] = []
    token = None
    while True:
        page = client.search_registered_models(max_results=_PAGE, page_token=token)
        names += [str(found.name) for found in page if alias in found.aliases]
        token = page.token
        if not token:
            break
    if not names:
        raise missing(alias, "no model of the registry has this alias", _FIRST_MODEL)
    if len(names) > 1:
        said = f"{len(names):,} models of the registry have this alias, {names[0][:60]} and {names[1][:60]} among them"
        raise missing(alias, said, f"say which one: `name@{alias}`")
    return names[0]


def recorded_predictions(client: MlflowClient, found: Registered, data_sha256: str, folder: Path) -> Path | None:
    """The predictions that the model's run keeps for the data of this digest, fetched; ``None`` where it keeps none."""
    from mlflow.exceptions import MlflowException

    if not found.run_id or not _DIGEST.fullmatch(data_sha256):
        return None
    try:
        kept = [file for file in client.list_artifacts(found.run_id, f"{PREDICTIONS}/{data_sha256}") if not file.is_dir]
    except MlflowException as error:
        if error.error_code in _NOT_THERE:
            return None  # a run that was cleared away keeps nothing
        raise
    if not kept:
        return None
    where = f"{PREDICTIONS}/{data_sha256[:12]}…"
    if len(kept) > 1:
        raise missing(found.label, f"its run keeps several files in {where}", "keep one")
    if (kept[0].file_size or 0) > MAX_PREDICTIONS_BYTES:
        raise missing(found.label, f"its run keeps over {MAX_PREDICTIONS_BYTES:,} bytes in {where}")
    return Path(client.download_artifacts(found.run_id, kept[0].path, str(folder)))


def fetched(client: MlflowClient, found: Registered, tracking_uri: str, folder: Path) -> Path:
    """The model's folder, fetched below ``folder``, which is empty; nobody has looked at it yet."""
    from mlflow.artifacts import download_artifacts

    # Not by the name of the version: MLflow would add a file of its own to the folder.
    address = client.get_model_version_download_uri(found.name, found.version)
    # MLflow's stubs leave the types of these out.
    place = Path(download_artifacts(artifact_uri=address, dst_path=str(folder), tracking_uri=tracking_uri))
    if not place.resolve().is_relative_to(folder.resolve()):
        raise missing(found.label, "its files lie on this machine, outside of what was fetched")
    return place


def missing(model: str, what: str, remedy: str = "") -> DataError:
    """A model, or something of it, that cannot be had."""
    return DataError(what, reason_code="model", where=f"model {model}", remedy=remedy)


def _said(error: Exception) -> str:
    return " ".join(Redactor.of(os.environ).clean(str(error)).split())[:200]
