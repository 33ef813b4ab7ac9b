"""Metrics that a script wrote to a file or logged to MLflow: taken as they are, and merged with measured ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from sluice.domain.errors import EvidenceError
from sluice.domain.evaluation import Comparison, Direction, EvaluationResult, MetricValue
from sluice.domain.metric import outside
from sluice.metrics import metric_named

POINT = "point"
"""Method of a comparison of two plain numbers: nothing is known of their spread."""

SAME_VALUE = 1e-6
"""A file and the predictions may differ by this, relatively, before the report says that they disagree."""


def one_of_each(files: Mapping[str, tuple[MetricValue, ...]]) -> tuple[MetricValue, ...]:
    """The metrics of several files together. Raises ``EvidenceError`` naming both for a name that two of them have."""
    found: dict[str, str] = {}
    for path, values in files.items():
        for value in values:
            if value.metric in found:
                what = f"states `{value.metric[:60]}`, and so does {found[value.metric]}"
                remedy = "leave it out of one of them, or name one of the files only"
                raise EvidenceError(what, reason_code="metric", where=path, remedy=remedy)
        found |= {value.metric: path for value in values}
    return tuple(value for values in files.values() for value in values)


def agreed(
    filed: tuple[MetricValue, ...] | None, logged: tuple[MetricValue, ...] | None
) -> tuple[MetricValue, ...] | None:
    """Metrics of files and of a run together; one that both have, with different numbers, has no value."""
    if filed is None or logged is None:
        return logged if filed is None else filed
    of_run = {value.metric: value for value in logged}
    names = {value.metric for value in filed}
    both = tuple(_agreed(value, of_run[value.metric]) if value.metric in of_run else value for value in filed)
    return (*both, *(value for value in logged if value.metric not in names))


def _agreed(filed: MetricValue, logged: MetricValue) -> MetricValue:
    if _same(filed.value, logged.value):
        return filed
    reason = f"the metric file says {_shown(filed.value)}, and the MLflow run {_shown(logged.value)}"
    return replace(filed, value=None, reason=reason, reason_code="metric")


def from_file(
    metrics: tuple[MetricValue, ...],
    baseline: tuple[MetricValue, ...] | None,
    directions: Mapping[str, Direction] | None = None,
) -> EvaluationResult:
    """The metrics of a file and their comparison with the baseline's file.

    Names that Sluice knows get their direction, unit and range: a value outside the range is no value. Other names
    have the direction that ``directions`` states, or none, so that only `min` and `max` can be judged on them.
    """
    stated = directions or {}
    known = tuple(_known(value, stated) for value in metrics)
    comparisons = () if baseline is None else compare_values(known, tuple(_known(value, stated) for value in baseline))
    return EvaluationResult(n=None, metrics=known, comparisons=comparisons)


def compare_values(metrics: tuple[MetricValue, ...], baseline: tuple[MetricValue, ...]) -> tuple[Comparison, ...]:
    """Candidate minus baseline, number by number, without intervals."""
    before = {(value.metric, value.slice): value for value in baseline}
    return tuple(_compared(value, before.get((value.metric, value.slice))) for value in metrics)


def merge(measured: EvaluationResult, filed: EvaluationResult) -> EvaluationResult:
    """Measured metrics, then those that only the file has; the message names the metrics on which they disagree."""
    names = {(value.metric, value.slice) for value in measured.metrics}
    return replace(
        measured,
        metrics=(*measured.metrics, *(value for value in filed.metrics if (value.metric, value.slice) not in names)),
        comparisons=(
            *measured.comparisons,
            *(found for found in filed.comparisons if (found.metric, found.slice) not in names),
        ),
        message=" ".join(part for part in (measured.message, _disagreement(measured, filed)) if part),
    )


def _known(value: MetricValue, directions: Mapping[str, Direction]) -> MetricValue:
    metric = metric_named(value.metric)
    source = "file" if value.source == "predictions" else value.source
    value = replace(value, source=source, direction=None, reason_code="metric" if value.value is None else "")
    if metric is None:
        return replace(value, direction=directions.get(value.metric))
    value = replace(value, direction=metric.direction, unit=value.unit or metric.unit)
    wrong = outside(metric, value.value) if value.value is not None else ""
    return replace(value, value=None, reason=wrong, reason_code="range") if wrong else value


def _compared(ours: MetricValue, theirs: MetricValue | None) -> Comparison:
    before = theirs.value if theirs is not None else None
    reason = ""
    if ours.value is None:
        reason = ours.reason
    elif before is None:
        reason = (
            f"the baseline has no value: {theirs.reason}" if theirs is not None else "the baseline has no such metric"
        )
    difference = ours.value - before if ours.value is not None and before is not None else None
    # Two finite numbers at the far ends of the number range may differ by more than a number can hold.
    if difference is not None and not math.isfinite(difference):
        difference, reason = None, "the difference is too large for a number"
    return Comparison(
        metric=ours.metric,
        slice=ours.slice,
        candidate=ours.value,
        baseline=before,
        difference=difference,
        method=POINT,
        direction=ours.direction,
        reason=reason,
    )


def _disagreement(measured: EvaluationResult, filed: EvaluationResult) -> str:
    values: Mapping[tuple[str, str], float | None] = {(v.metric, v.slice): v.value for v in measured.metrics}
    differing = [
        f"{value.metric} ({_shown(value.value)}, measured {_shown(values[value.metric, value.slice])})"
        for value in filed.metrics
        if (value.metric, value.slice) in values and not _same(value.value, values[value.metric, value.slice])
    ]
    if not differing:
        return ""
    return f"The metric file disagrees with the predictions, which count: {', '.join(differing)}."


def _same(a: float | None, b: float | None) -> bool:
    return a is b if a is None or b is None else math.isclose(a, b, rel_tol=SAME_VALUE, abs_tol=1e-12)


def _shown(value: float | None) -> str:
    return "no value" if value is None else f"{value:.6g}"
