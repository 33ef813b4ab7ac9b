"""One metric on one set of rows, and the difference of two, each with its interval."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sluice.core.needed import needed
from sluice.domain import stats
from sluice.domain.metric import MIN_TRIALS, Metric, Undefined, outside
from sluice.domain.predictions import Column, Predictions
from sluice.domain.stats import FloatArray, Interval

MAX_FAILED_SHARE = 0.01
"""Bootstrap samples without a value (one class only) that are left out; with more there is no interval."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measurement:
    """A metric's value on some rows with what its interval is made of; ``value`` is ``None`` with a ``reason``."""

    metric: Metric
    y: Column
    p: Column
    weight: FloatArray | None
    value: float | None = None
    influence: FloatArray | None = None
    trials: float | None = None
    reason: str = ""
    reason_code: str = ""

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.y)

    @property
    def rests_on(self) -> float | None:
        """How many rows, weights taken into account, the value rests on; all of them where it is no rate."""
        if self.value is None:
            return None
        every = stats.effective_rows(stats.relative_weights(self.weight, self.n))
        return every if self.trials is None else self.trials


def measure(metric: Metric, predictions: Predictions, threshold: float) -> Measurement:
    """The metric on all rows of ``predictions``; never raises for what the rows hold."""
    weight, found = predictions.weight, needed(metric, predictions, threshold)
    y, p = (predictions.y, predictions.y) if isinstance(found, str) else found

    def missing(reason: str, code: str = "metric") -> Measurement:
        return Measurement(metric=metric, y=y, p=p, weight=weight, reason=reason, reason_code=code)

    if isinstance(found, str):
        return missing(found)
    if weight is not None and weight.sum() <= 0:
        return missing("all weights are zero")
    try:
        value = metric.value(y, p, weight)
    except Undefined as undefined:
        return missing(str(undefined))
    if not math.isfinite(value):
        return missing("the value is not a finite number")
    if outside(metric, value):
        return missing(outside(metric, value), "range")
    trials = metric.trials(y, p, weight) if metric.trials else None
    influence = metric.influence(y, p, weight)
    return Measurement(metric=metric, y=y, p=p, weight=weight, value=value, influence=influence, trials=trials)


def interval(measured: Measurement, seed: str) -> Interval | str:
    """The interval of a value, or why there is none; resampling depends on ``seed`` alone."""
    metric, value = measured.metric, measured.value
    if value is None:
        return measured.reason
    if measured.influence is None:
        return _bootstrap(lambda drawn: _again(measured, drawn), measured.n, stats.generator(seed, metric.name))
    if measured.n < 2:
        return "one row has no spread"
    error = stats.standard_error(measured.influence)
    if measured.trials is not None:
        return stats.bounded(value, error, measured.trials)
    if stats.is_zero(error, value):
        return "no spread: the error is the same in every row"
    return stats.normal(value, error).clipped(metric.low, metric.high)


def difference(candidate: Measurement, baseline: Measurement, seed: str) -> Interval | str:
    """The interval of candidate minus baseline on the same rows in the same order, or why there is none."""
    if candidate.value is None or baseline.value is None:
        return candidate.reason or baseline.reason
    metric = candidate.metric
    if candidate.influence is None or baseline.influence is None:
        rng = stats.generator(seed, metric.name, "difference")
        return _bootstrap(lambda drawn: _again(candidate, drawn) - _again(baseline, drawn), candidate.n, rng)
    if candidate.n < 2:
        return "one row has no spread"
    error = stats.standard_error(candidate.influence - baseline.influence)
    found = _reach(candidate, baseline, error)
    span = metric.high - metric.low
    return found if isinstance(found, str) else found.clipped(-span, span)


def _reach(candidate: Measurement, baseline: Measurement, error: float) -> Interval | str:
    """The interval for a standard error; where there is none, what the number of rows leaves open."""
    value, reference = candidate.value or 0.0, baseline.value or 0.0
    delta = value - reference
    if candidate.trials is None or baseline.trials is None:
        if stats.is_zero(error, max(abs(value), abs(reference))):
            return "no spread: the two differ by the same amount in every row"
        return stats.normal(delta, error)
    trials = min(candidate.trials, baseline.trials)
    if candidate.metric.counted:
        return stats.matched(delta, error, trials)
    if trials < MIN_TRIALS:
        return f"{trials:.0f} rows of the rarer class, {MIN_TRIALS} are needed"
    if stats.is_zero(error, 1.0):
        reach = stats.unseen(trials)
        return Interval(low=delta - reach, high=delta + reach)
    return stats.normal(delta, error)


def difference_unpaired(candidate: Measurement, baseline: Measurement, seed: str) -> Interval | str:
    """The interval of candidate minus baseline on different rows, taken as independent, or why there is none."""
    of_candidate, of_baseline = interval(candidate, seed), interval(baseline, seed)
    if isinstance(of_candidate, str) or isinstance(of_baseline, str):
        return of_candidate if isinstance(of_candidate, str) else str(of_baseline)
    if candidate.value is None or baseline.value is None:
        return candidate.reason or baseline.reason
    return stats.independent((candidate.value, of_candidate), (baseline.value, of_baseline))


def _again(measured: Measurement, drawn: FloatArray) -> float:
    weight = drawn if measured.weight is None else drawn * measured.weight
    return measured.metric.value(measured.y, measured.p, weight)


def _bootstrap(value: Callable[[FloatArray], float], n: int, rng: np.random.Generator) -> Interval | str:
    if n < stats.MIN_BOOTSTRAP_ROWS:
        return f"only {n} rows, at least {stats.MIN_BOOTSTRAP_ROWS} are needed to resample"
    values: list[float] = []
    for _ in range(stats.REPLICATES):
        try:
            values.append(value(stats.resample(rng, n)))
        except Undefined:
            continue
    if len(values) < (1 - MAX_FAILED_SHARE) * stats.REPLICATES:
        return "too many resampled sets have no value"
    return stats.percentiles(np.array(values))
