"""What the model's results say now: task, columns, and limits that today's model keeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sluice.core.setup.documents import EvaluationPlan
from sluice.core.setup.results import Limit, Shape, limits, shape, task_of
from sluice.core.setup.survey import Survey, is_kept
from sluice.domain.config import Evaluation
from sluice.domain.errors import EvidenceError, SluiceError
from sluice.domain.evaluation import EvaluationResult, MetricValue

MAX_METRICS_BYTES = 5_000_000

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Files that may hold results, the likeliest first; ``must``: somebody named them."""

    predictions: Sequence[str]
    metrics: Sequence[str]
    must: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Predicted:
    path: str
    shape: Shape
    result: EvaluationResult


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filed:
    path: str
    values: tuple[MetricValue, ...]


def assess(
    root: Path, candidates: Candidates, found: Survey, *, trains: bool
) -> tuple[EvaluationPlan, tuple[Limit, ...]]:
    """The evaluation section and first gates; raises ``EvidenceError`` where no file can be used, saying why."""
    problems: list[str] = []
    predicted = _first(root, candidates.predictions, _predicted, problems)
    filed = _first(root, candidates.metrics, _filed, problems)
    if (predicted is None and filed is None) or (candidates.must and problems):
        said = "; ".join(problems) or "there are no predictions (`predictions.parquet`) and no metrics (`metrics.json`)"
        raise EvidenceError(said, reason_code="missing-evidence")
    paths = [one.path for one in (predicted, filed) if one is not None]
    kept = all(is_kept(found, path) for path in paths)
    task = predicted.shape.task if predicted else task_of(filed.values if filed else ())
    plan = EvaluationPlan(
        task=task,
        predictions=predicted.path if predicted else None,
        shape=predicted.shape if predicted else None,
        metrics=filed.path if filed else None,
        baseline="kept" if kept else "rerun" if trains else "none",
    )
    return plan, limits(_result(predicted, filed), task, with_baseline=plan.baseline != "none")


def _first(root: Path, paths: Sequence[str], read: Callable[[Path, str], Read], problems: list[str]) -> Read | None:
    """The first file that can be read; why the others could not is added to ``problems``."""
    said: list[str] = []
    for path in paths:
        if not (root / path).is_file():
            said.append(f"{path} is not here yet: run the training once (or `dvc pull`), then this again")
            continue
        try:
            return read(root, path)
        except SluiceError as error:
            said.append(error.sentence)
    problems += said
    return None


def _predicted(root: Path, path: str) -> _Predicted:
    from sluice.adapters.predictions import open_predictions
    from sluice.adapters.profiling import profile
    from sluice.adapters.tables import open_table
    from sluice.core.evaluation import evaluate

    with open_table(root, path) as table:
        found = shape(profile(table))
    if isinstance(found, str):
        raise EvidenceError(f"{path} {found}", reason_code="metric", remedy="name the columns in `evaluation.columns`")
    spec = Evaluation(task=found.task, predictions=path, columns=found.columns)
    return _Predicted(path=path, shape=found, result=evaluate(open_predictions(root / path, spec), spec, seed=path))


def _filed(root: Path, path: str) -> _Filed:
    from sluice.adapters.decode.metrics_file import read_metrics

    if (root / path).stat().st_size > MAX_METRICS_BYTES:
        raise EvidenceError(f"is over {MAX_METRICS_BYTES:,} bytes", reason_code="metric", where=path)
    values = read_metrics((root / path).read_bytes(), path=path)
    if all(value.value is None for value in values):
        raise EvidenceError("holds no numbers", reason_code="metric", where=path)
    return _Filed(path=path, values=values)


def _result(predicted: _Predicted | None, filed: _Filed | None) -> EvaluationResult:
    from sluice.core.metric_files import from_file, merge

    of_file = from_file(filed.values, None) if filed else None
    if predicted is not None and of_file is not None:
        return merge(predicted.result, of_file)
    found = predicted.result if predicted else of_file
    if found is None:
        raise AssertionError("assess has sorted this out")
    return found
