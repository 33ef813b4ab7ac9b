"""From predictions to metrics with intervals, slices, and the comparison with the baseline on the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sluice.core.measurement import Measurement, difference, difference_unpaired, interval, measure
from sluice.core.pairing import Pairing, identical, pair
from sluice.domain.config import Evaluation
from sluice.domain.evaluation import Comparison, EvaluationResult, MetricValue
from sluice.domain.metric import LEVEL, MIN_ROWS, Metric
from sluice.domain.predictions import Index, Predictions
from sluice.domain.stats import Interval
from sluice.metrics import available


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sides:
    """The rows that a comparison is made on; ``candidate`` is ``None`` where they are the candidate's own."""

    method: str
    paired: bool
    candidate: Predictions | None
    baseline: Predictions
    same: bool = False


def evaluate(
    candidate: Predictions, spec: Evaluation, baseline: Predictions | None = None, *, seed: str = ""
) -> EvaluationResult:
    """Every metric that the columns allow, on all rows and every slice, compared with ``baseline`` where there is one.

    ``seed`` is any text (the fingerprint): resampling depends on it alone. Intervals are two-sided at ``stats.LEVEL``;
    slices of fewer than ``MIN_ROWS`` rows have no value.
    """
    pairing = pair(candidate, baseline) if baseline is not None else None
    values: list[MetricValue] = []
    comparisons: list[Comparison] = []
    for label, ours, theirs in _slices(candidate, baseline):
        rows = candidate.take(ours)
        own = [_measured(metric, rows, label, spec) for metric in available(spec)]
        values += [_value(measured, label, seed) for measured in own]
        if baseline is not None and pairing is not None:
            sides = _sides(pairing, (candidate, ours), (baseline, theirs), spec)
            comparisons += [_compared(measured, sides, label, spec, seed) for measured in own]
    return EvaluationResult(
        n=candidate.n,
        metrics=tuple(values),
        comparisons=tuple(comparisons),
        predictions_sha256=candidate.sha256,
        baseline_sha256=baseline.sha256 if baseline is not None else "",
    )


def _slices(candidate: Predictions, baseline: Predictions | None) -> Iterator[tuple[str, Index, Index]]:
    """Label and row positions in both files: all rows first, then every slice that either side has.

    A slice that only the baseline has stays, without rows: a slice that vanished must not open a gate on it.
    """
    yield "", np.arange(candidate.n), np.arange(baseline.n if baseline is not None else 0)
    for column, slicing in candidate.slices.items():
        theirs = baseline.slices.get(column) if baseline is not None else None
        for value in dict.fromkeys((*slicing.values, *(theirs.values if theirs is not None else ()))):
            yield f"{column}={value}", _rows(candidate, column, value), _rows(baseline, column, value)


def _rows(predictions: Predictions | None, column: str, value: str) -> Index:
    slicing = predictions.slices.get(column) if predictions is not None else None
    if slicing is None or value not in slicing.values:
        return np.arange(0)
    return np.flatnonzero(slicing.codes == slicing.values.index(value))


def _sides(
    pairing: Pairing, candidate: tuple[Predictions, Index], baseline: tuple[Predictions, Index], spec: Evaluation
) -> _Sides:
    (ours, our_rows), (theirs, their_rows) = candidate, baseline
    if pairing.candidate is None or pairing.baseline is None:
        return _Sides(method=pairing.method, paired=False, candidate=None, baseline=theirs.take(their_rows))
    # A joined row belongs to the candidate's slice on both sides: both are measured on the same rows.
    member = np.zeros(ours.n, dtype=np.bool_)
    member[our_rows] = True
    kept = member[pairing.candidate]
    left, right = ours.take(pairing.candidate[kept]), theirs.take(pairing.baseline[kept])
    return _Sides(
        method=pairing.method,
        paired=True,
        candidate=None if len(pairing.candidate) == ours.n else left,
        baseline=right,
        same=identical(left, right, spec.task),
    )


def _measured(metric: Metric, rows: Predictions, label: str, spec: Evaluation) -> Measurement:
    if rows.n >= (MIN_ROWS if label else 1):
        return measure(metric, rows, spec.threshold)
    reason = f"only {rows.n} rows, at least {MIN_ROWS} are needed"
    return Measurement(
        metric=metric, y=rows.y, p=rows.y, weight=rows.weight, reason=reason, reason_code="not-enough-evidence"
    )


def _value(measured: Measurement, label: str, seed: str) -> MetricValue:
    metric, found = measured.metric, interval(measured, f"{seed}\0{label}")
    low, high, level, reason = _ends(found)
    return MetricValue(
        metric=metric.name,
        slice=label,
        value=measured.value,
        ci_low=low,
        ci_high=high,
        ci_level=level,
        n=measured.n,
        trials=measured.rests_on,
        unit=metric.unit,
        direction=metric.direction,
        reason=f"no interval: {reason}" if reason and measured.value is not None else reason,
        reason_code=measured.reason_code,
    )


def _compared(own: Measurement, sides: _Sides, label: str, spec: Evaluation, seed: str) -> Comparison:
    ours = own if sides.candidate is None else _measured(own.metric, sides.candidate, label, spec)
    theirs = _measured(own.metric, sides.baseline, label, spec)
    method, found = _difference(ours, theirs, sides, f"{seed}\0{label}")
    low, high, level, reason = _ends(found)
    has_both = ours.value is not None and theirs.value is not None
    return Comparison(
        metric=own.metric.name,
        slice=label,
        candidate=ours.value,
        baseline=theirs.value,
        difference=ours.value - theirs.value if ours.value is not None and theirs.value is not None else None,
        ci_low=low,
        ci_high=high,
        ci_level=level,
        n=min(ours.n, theirs.n),
        method=method,
        direction=own.metric.direction,
        reason=f"no interval: {reason}" if reason and has_both else reason,
    )


def _difference(ours: Measurement, theirs: Measurement, sides: _Sides, seed: str) -> tuple[str, Interval | str]:
    if ours.value is None:
        return sides.method, ours.reason
    if theirs.value is None:
        return sides.method, f"the baseline has no value: {theirs.reason}"
    if not sides.paired:
        return sides.method, difference_unpaired(ours, theirs, seed)
    if sides.same:
        return f"{sides.method}; identical predictions", Interval(low=0.0, high=0.0)
    return sides.method, difference(ours, theirs, seed)


def _ends(found: Interval | str) -> tuple[float | None, float | None, float | None, str]:
    """Low end, high end, level and reason of an interval or of the want of one."""
    return (None, None, None, found) if isinstance(found, str) else (found.low, found.high, LEVEL, "")
