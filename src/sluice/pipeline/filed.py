"""What training left of its results beside predictions: metrics, in files and in MLflow, and reports of tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sluice.core.metric_files import agreed, one_of_each
from sluice.domain.config import Evaluation, Suite
from sluice.domain.errors import EvidenceError, SluiceError
from sluice.domain.evaluation import MetricValue
from sluice.domain.result_rules import USES_DVC, metric_paths, named_paths, suites_of
from sluice.domain.suites import SuiteResult
from sluice.pipeline.order import Order, Workshop
from sluice.pipeline.results import MAX_REPORT_BYTES, metrics_bytes

Find = Callable[[str], "Path | None"]
"""Where the file of a path lies; ``None`` where there is none."""

DVC_FILE = "dvc.yaml"


def in_work_tree(shop: Workshop) -> Find:
    """Files as they lie in the work tree."""
    return lambda path: shop.root / path if (shop.root / path).exists() else None


def result_paths(evaluation: Evaluation | None, shop: Workshop) -> tuple[str, ...]:
    """Every file of results of the work tree; those of a ``dvc.yaml`` that cannot be read are left out here."""
    if evaluation is None:
        return ()
    try:
        metrics = metric_files(evaluation, in_work_tree(shop), shop)
    except SluiceError:
        metrics = ()
    return tuple(dict.fromkeys((*(path for _key, path in named_paths(evaluation)), *metrics)))


def metric_files(evaluation: Evaluation, find: Find, shop: Workshop) -> tuple[str, ...]:
    """The paths of the metric files. Raises ``EvidenceError`` where ``dvc.yaml`` must name them and does not."""
    if evaluation.metrics != USES_DVC:
        return metric_paths(evaluation)
    file = find(DVC_FILE)
    if file is None:
        remedy = "name the files in `evaluation.metrics`"
        raise EvidenceError("there is no such file", reason_code="metric", where=DVC_FILE, remedy=remedy)
    return shop.dvc_metrics(metrics_bytes(file, DVC_FILE))


def written_metrics(evaluation: Evaluation, order: Order, shop: Workshop, mark: str) -> tuple[MetricValue, ...] | None:
    """The candidate's metrics, of its metric files and its run in MLflow; ``None`` where neither is named.

    Raises ``EvidenceError`` for a file or a run that is not there, or not this training's.
    """
    filed = _filed(evaluation, order, shop)
    return agreed(filed, _logged(evaluation, in_work_tree(shop), shop, mark))


def _filed(evaluation: Evaluation, order: Order, shop: Workshop) -> tuple[MetricValue, ...] | None:
    """The candidate's metrics, of all its metric files; ``None`` where none is named.

    What DVC tracks is brought where nothing was trained. Raises ``EvidenceError`` for a file that is not there, and for
    a name that two files have.
    """
    if evaluation.metrics is None:
        return None
    paths = metric_files(evaluation, in_work_tree(shop), shop)
    absent = tuple(path for path in paths if not (shop.root / path).exists())
    if evaluation.metrics == USES_DVC and absent and "training" not in order.plan.stages:
        shop.pull(absent, order.subject.base_sha)
    return one_of_each({path: shop.metrics(metrics_bytes(shop.root / path, path), path) for path in paths})


def _logged(evaluation: Evaluation, find: Find, shop: Workshop, mark: str) -> tuple[MetricValue, ...] | None:
    """The metrics of the run that was trained from the fingerprint ``mark``; ``None`` where no run is named."""
    asked = evaluation.mlflow
    if asked is None:
        return None
    if asked.run_file is None:
        return shop.logged(asked.experiment, "", mark)
    file = find(asked.run_file)
    if file is None:
        remedy = "let training write the id of its run"
        raise EvidenceError("there is no such file", reason_code="mlflow", where=asked.run_file, remedy=remedy)
    run_id = metrics_bytes(file, asked.run_file).decode(errors="replace").strip()
    if not run_id:
        raise EvidenceError("names no run", reason_code="mlflow", where=asked.run_file)
    return shop.logged(None, run_id, mark)


def baseline_metrics(evaluation: Evaluation, find: Find, shop: Workshop, mark: str) -> tuple[MetricValue, ...] | None:
    """The baseline's metrics, of its files and of its run, known by ``mark``; ``None`` where there are none."""
    try:
        logged = _logged(evaluation, find, shop, mark)
    except SluiceError as error:
        shop.say(f"baseline: {error.sentence}")
        logged = None
    return agreed(_baseline_files(evaluation, find, shop), logged)


def _baseline_files(evaluation: Evaluation, find: Find, shop: Workshop) -> tuple[MetricValue, ...] | None:
    """The metrics of those of the baseline's files that are there; ``None`` where there are none."""
    if evaluation.metrics is None or (evaluation.metrics == USES_DVC and find(DVC_FILE) is None):
        return None
    there = {path: file for path in metric_files(evaluation, find, shop) if (file := find(path)) is not None}
    if not there:
        return None
    return one_of_each({path: shop.metrics(metrics_bytes(file, path), path) for path, file in there.items()})


def suite_results(evaluation: Evaluation, shop: Workshop) -> tuple[SuiteResult, ...]:
    """What the reports of tests say; one that is missing or cannot be read says why, and spoils no other."""
    return tuple(_suite_result(suite, shop) for suite in suites_of(evaluation))


def _suite_result(suite: Suite, shop: Workshop) -> SuiteResult:
    file = shop.root / suite.path
    if not file.exists():
        said = f"{suite.path}: there is no such file"
        return SuiteResult(name=suite.name, path=suite.path, reason=said, reason_code="missing-evidence")
    try:
        return shop.junit(metrics_bytes(file, suite.path, MAX_REPORT_BYTES), suite.name, suite.path)
    except EvidenceError as error:
        return SuiteResult(name=suite.name, path=suite.path, reason=error.sentence, reason_code="tests")
