"""The metrics that training logged to MLflow: of the one run that carries this measurement's fingerprint."""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from sluice.adapters.mlflow import bounded
from sluice.adapters.redaction import Redactor
from sluice.domain.errors import EvidenceError
from sluice.domain.evaluation import MetricValue

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.tracking import MlflowClient

TAG = "sluice.fingerprint"
"""The tag that ties a run to what it was trained from; MLflow sets it by itself on runs that training starts."""

CONTEXT = "MLFLOW_RUN_CONTEXT"
MAX_METRICS = 1_000
MAX_NAME_CHARS = 256
_MAX_RUNS = 100
_PARENT = "mlflow.parentRunId"
_RUN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TAG_IT = f"start it by `mlflow.start_run()` in training, or set its tag `{TAG}` from SLUICE_FINGERPRINT"


def run_context(env: Mapping[str, str], fingerprint: str) -> str:
    """What MLflow's clients read tags of new runs from, with the fingerprint among those that the user has set."""
    try:
        given: Any = json.loads(env.get(CONTEXT, "{}"))
    except ValueError:
        given = {}
    tags = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    return json.dumps({**tags, TAG: fingerprint})


def logged_metrics(
    *, experiment: str | None, run_id: str, fingerprint: str, tracking_uri: str
) -> tuple[MetricValue, ...]:
    """The last value of every metric of the run ``run_id``, or of the newest of an experiment with this fingerprint.

    A last value that is not finite is a metric without a value. Raises ``EvidenceError`` (``mlflow``) with one sentence
    where there is no such run, where it did not finish, is of another fingerprint, or has over 1,000 metrics.
    """
    where = f"MLflow run {run_id[:64]}" if run_id else f"MLflow experiment {experiment}"
    if not tracking_uri:
        raise _refused("there is no server to ask", where, "set MLFLOW_TRACKING_URI for this job")
    if run_id and not _RUN_ID.fullmatch(run_id):
        raise _refused("is no id of a run", where, "let training write the id alone into the file")
    try:
        from mlflow.tracking import MlflowClient
    except ImportError:
        raise _refused("MLflow is not installed", where, "install `sluice-gate[mlflow]`") from None
    with bounded():
        try:
            client = MlflowClient(tracking_uri=tracking_uri)
            run = client.get_run(run_id) if run_id else _newest(client, str(experiment), fingerprint, where)
            return _values(run, fingerprint, where)
        except EvidenceError:
            raise
        except Exception as error:  # the server and its stores raise whatever their plug-ins raise
            said = " ".join(Redactor.of(os.environ).clean(str(error)).split())[:200]
            raise _refused(f"does not answer ({said})", where, "see that the server is up and has the run") from None


def _newest(client: MlflowClient, experiment: str, fingerprint: str, where: str) -> Run:
    kept = client.get_experiment_by_name(experiment)
    if kept is None:
        raise _refused("there is no such experiment", where, "let training log to it")
    tagged = f"tags.`{TAG}` = '{fingerprint}'"
    newest = ["attributes.start_time DESC"]
    runs = client.search_runs([kept.experiment_id], tagged, max_results=_MAX_RUNS, order_by=newest)
    # What a run starts inside itself, such as the steps of a search, carries its tags.
    own = [run for run in runs if _PARENT not in run.data.tags]
    if not own:
        raise _refused("no run has the fingerprint of this training", where, _TAG_IT)
    return own[0]


def _values(run: Run, fingerprint: str, where: str) -> tuple[MetricValue, ...]:
    if run.info.lifecycle_stage == "deleted":
        raise _refused("the run is deleted", where, "train again")
    if run.data.tags.get(TAG) != fingerprint:
        raise _refused("the run is of another fingerprint, or of none", where, _TAG_IT)
    if run.info.status != "FINISHED":
        said = f"the run did not finish: it is {str(run.info.status)[:20]}"
        raise _refused(said, where, "let training end its run, and see its log")
    metrics = cast("dict[str, float]", run.data.metrics)
    if len(metrics) > MAX_METRICS:
        raise _refused(f"the run has more than {MAX_METRICS:,} metrics", where, "log fewer")
    if any(len(name) > MAX_NAME_CHARS for name in metrics):
        raise _refused(f"the run has a metric with a name of over {MAX_NAME_CHARS} characters", where)
    return tuple(_value(name, metrics[name]) for name in sorted(metrics))


def _value(name: str, last: float) -> MetricValue:
    # Databases have no infinite numbers: MLflow keeps the greatest finite ones in their place.
    if math.isfinite(last) and abs(last) < sys.float_info.max:
        return MetricValue(metric=name, value=float(last), source="mlflow")
    reason = f"`{last}`, not a finite number, is its last value"
    return MetricValue(metric=name, value=None, source="mlflow", reason=reason, reason_code="metric")


def _refused(what: str, where: str, remedy: str = "") -> EvidenceError:
    return EvidenceError(what, reason_code="mlflow", where=where, remedy=remedy)
