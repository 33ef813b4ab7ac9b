"""From predictions to metrics with intervals, slices, and the comparison with the baseline on the same rows."""

from __future__ import annotations

from sluice.core.confusion import confusion
from sluice.core.curves import curves
from sluice.core.frames import IDENTICAL, Joined, Sides, framed, slices, taken
from sluice.core.large import evaluate_large, file_of
from sluice.core.measurement import Measurement, difference, difference_unpaired, interval, measure, p_value
from sluice.core.pairing import pair
from sluice.core.stating import comparison_of, value_of
from sluice.domain.config import Evaluation
from sluice.domain.evaluation import Comparison, EvaluationResult, MetricValue
from sluice.domain.metric import MIN_ROWS, Metric
from sluice.domain.ports import PredictionsFile
from sluice.domain.predictions import Codes, Predictions
from sluice.domain.stats import Interval
from sluice.metrics import available


def evaluate(
    candidate: Predictions | PredictionsFile,
    spec: Evaluation,
    baseline: Predictions | PredictionsFile | None = None,
    *,
    seed: str = "",
) -> EvaluationResult:
    """Every metric that the columns allow, on all rows and every slice, compared with ``baseline`` where there is one.

    ``seed`` is any text (the fingerprint): resampling depends on it alone. Intervals are two-sided at ``stats.LEVEL``;
    slices of fewer than ``MIN_ROWS`` rows have no value. Where one side is not in memory, neither is read into it:
    metrics that need all rows at once have no value then, and ``EvidenceError`` is raised for what a file holds.
    """
    if isinstance(candidate, Predictions) and (baseline is None or isinstance(baseline, Predictions)):
        return _in_memory(candidate, spec, baseline, seed)
    return evaluate_large(file_of(candidate), spec, None if baseline is None else file_of(baseline))


def _in_memory(candidate: Predictions, spec: Evaluation, baseline: Predictions | None, seed: str) -> EvaluationResult:
    ours, other = framed(candidate, spec), framed(baseline, spec) if baseline is not None else None
    threshold = spec.threshold if spec.task == "classification" else None
    joined = None
    if baseline is not None and other is not None:
        joined = Joined(ours, other, pair(candidate, baseline), spec)
    values: list[MetricValue] = []
    comparisons: list[Comparison] = []
    for label, mine, theirs in slices(ours, joined):
        rows, sides = taken(ours.rows, mine, threshold), joined.sides(mine, theirs) if joined else None
        for metric in available(spec):
            measured = _measured(metric, rows, label, spec)
            values.append(_value(measured, label, seed))
            if sides is not None:
                comparisons.append(_compared(measured, sides, label, spec, seed))
    return EvaluationResult(
        n=candidate.n,
        metrics=tuple(values),
        comparisons=tuple(comparisons),
        predictions_sha256=candidate.sha256,
        baseline_sha256=baseline.sha256 if baseline is not None else "",
        confusion=confusion(candidate, baseline, spec),
        curves=curves(ours.rows, other.rows if other is not None else None, spec),
    )


def _measured(metric: Metric, rows: Predictions, label: str, spec: Evaluation, at: Codes | None = None) -> Measurement:
    if rows.n >= (MIN_ROWS if label else 1):
        return measure(metric, rows, spec.threshold, at)
    reason = f"only {rows.n} rows, at least {MIN_ROWS} are needed"
    return Measurement(
        metric=metric, y=rows.y, p=rows.y, weight=rows.weight, reason=reason, reason_code="not-enough-evidence"
    )


def _value(measured: Measurement, label: str, seed: str) -> MetricValue:
    return value_of(measured, interval(measured, f"{seed}\0{label}"), label)


def _compared(own: Measurement, sides: Sides, label: str, spec: Evaluation, seed: str) -> Comparison:
    ours = own if sides.candidate is None else _measured(own.metric, sides.candidate, label, spec)
    theirs = _measured(own.metric, sides.baseline, label, spec, sides.at)
    method, found = _difference(ours, theirs, sides, f"{seed}\0{label}")
    p = None if isinstance(found, str) else p_value(ours, theirs, found, paired=sides.paired)
    return comparison_of(ours, theirs, found, label, method=method, p_value=p)


def _difference(ours: Measurement, theirs: Measurement, sides: Sides, seed: str) -> tuple[str, Interval | str]:
    if ours.value is None:
        return sides.method, ours.reason
    if theirs.value is None:
        return sides.method, f"the baseline has no value: {theirs.reason}"
    if sides.unlike:
        return sides.method, sides.unlike
    if not sides.paired:
        return sides.method, difference_unpaired(ours, theirs, seed)
    if sides.same:
        return f"{sides.method}; {IDENTICAL}", Interval(low=0.0, high=0.0)
    return sides.method, difference(ours, theirs, seed)
