"""One metric on one set of rows, and the difference of two, each with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from sluice.core import bootstrap
from sluice.core.condensing import Side, condensed
from sluice.core.needed import needed
from sluice.core.reach import of_difference, of_value, unseen
from sluice.domain import significance, stats
from sluice.domain.clusters import Clusters, Marks, clustered, observed, spread, whole
from sluice.domain.metric import Metric, Undefined, outside
from sluice.domain.predictions import Codes, Column, Predictions
from sluice.domain.stats import FloatArray, Interval


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measurement:
    """A metric's value on some rows with what its interval is made of; ``value`` is ``None`` with a ``reason``.

    ``design`` is how many rows are worth one independent row: ``trials`` are divided by it already. ``at`` is, for a
    baseline whose rows are in another order than the candidate's, the position of each row's partner.
    """

    metric: Metric
    y: Column
    p: Column
    weight: FloatArray | None
    value: float | None = None
    influence: FloatArray | None = None
    clusters: Clusters | None = None
    design: float = 1.0
    trials: float | None = None
    at: Codes | None = None
    reason: str = ""
    reason_code: str = ""

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.y)

    @property
    def rests_on(self) -> float | None:
        """How many independent rows, weights taken into account, the value rests on; all where it is no rate."""
        if self.value is None:
            return None
        every = stats.effective_rows(stats.relative_weights(self.weight, self.n))
        return every / self.design if self.trials is None else self.trials


def measure(metric: Metric, predictions: Predictions, threshold: float, at: Codes | None = None) -> Measurement:
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
    influence, clusters = metric.influence(y, p, weight), _clusters(metric, predictions)
    design = _design(metric, influence, clusters, predictions)
    return Measurement(
        metric=metric,
        y=y,
        p=p,
        weight=weight,
        value=value,
        influence=influence,
        clusters=clusters,
        design=design,
        trials=metric.trials(y, p, weight) / design if metric.trials else None,
        at=at,
    )


def _clusters(metric: Metric, predictions: Predictions) -> Clusters | None:
    """What stands for one observation, where it is not the row.

    Metrics that take the groups themselves (the series of events) say what they assume of them, and are the metric's
    to count. Those of queries have each query's influence on its rows.
    """
    if metric.unit_rows == "query":
        codes, kind = (predictions.query, "queries") if predictions.group is None else (predictions.group, "groups")
        return None if codes is None else clustered(codes, kind)
    if predictions.group is None or "group" in metric.needs:
        return None
    return clustered(predictions.group)


def _design(metric: Metric, influence: FloatArray | None, clusters: Clusters | None, predictions: Predictions) -> float:
    """How many observations (rows, or queries) are worth one independent one, at least 1."""
    if clusters is None or clusters.kind == "queries":
        return 1.0
    weights = stats.relative_weights(predictions.weight, predictions.n)
    if influence is None:
        return whole(clusters, weights)
    found = spread(influence, clusters, weights)
    if found.few or metric.unit_rows == "row" or predictions.query is None:
        return found.design
    of_queries = spread(influence, clustered(predictions.query, "queries"), weights).error
    return max((found.error / of_queries) ** 2, 1.0) if of_queries > 0 else found.design


def _error(influence: FloatArray, measured: Measurement, counts: Marks | None = None) -> float | str:
    """The standard error of the value (or difference) of these influence values, or why there is none."""
    clusters = measured.clusters
    if clusters is None:
        return stats.standard_error(influence) if measured.n > 1 else "one row has no spread"
    if clusters.kind == "queries":
        found = observed(influence, clusters)
    else:
        found = spread(influence, clusters, stats.relative_weights(measured.weight, measured.n), counts)
    return found.few or found.error


def interval(measured: Measurement, seed: str) -> Interval | str:
    """The interval of a value, or why there is none; resampling depends on ``seed`` alone."""
    metric, value = measured.metric, measured.value
    if value is None:
        return measured.reason
    if measured.influence is None:
        found = _resampled((measured,), stats.generator(seed, metric.name))
        if found == bootstrap.NO_SPREAD and measured.trials is not None:
            return stats.bounded(value, 0.0, measured.trials)
        return found if isinstance(found, str) else found.holding(value)
    return of_value(measured, _error(measured.influence, measured))


def difference(candidate: Measurement, baseline: Measurement, seed: str) -> Interval | str:
    """The interval of candidate minus baseline on the same rows, or why there is none."""
    if candidate.value is None or baseline.value is None:
        return candidate.reason or baseline.reason
    metric, span = candidate.metric, candidate.metric.high - candidate.metric.low
    if candidate.influence is None or baseline.influence is None:
        found = _resampled((candidate, baseline), stats.generator(seed, metric.name, "difference"))
        delta = candidate.value - baseline.value
        if found == bootstrap.NO_SPREAD and candidate.trials is not None and baseline.trials is not None:
            return unseen(delta, min(candidate.trials, baseline.trials)).clipped(-span, span)
        return found if isinstance(found, str) else found.holding(delta)
    ours = candidate.influence if baseline.at is None else candidate.influence[baseline.at]
    theirs = baseline.influence
    # The rows are in the baseline's order from here on, its clusters are the candidate's.
    rows = candidate if baseline.at is None else _moved(candidate, baseline)
    return of_difference(candidate, baseline, _error(ours - theirs, rows, (ours != 0) | (theirs != 0)))


def _moved(candidate: Measurement, baseline: Measurement) -> Measurement:
    """The candidate with its clusters and weights alone, in the order of the baseline's rows."""
    at, clusters = baseline.at, candidate.clusters
    if clusters is None or at is None:
        return candidate
    codes = clusters.codes[at]
    weight = None if candidate.weight is None else candidate.weight[at]
    return replace(candidate, weight=weight, clusters=replace(clusters, codes=codes))


def difference_unpaired(candidate: Measurement, baseline: Measurement, seed: str) -> Interval | str:
    """The interval of candidate minus baseline on different rows, taken as independent, or why there is none."""
    of_candidate, of_baseline = interval(candidate, seed), interval(baseline, seed)
    if isinstance(of_candidate, str) or isinstance(of_baseline, str):
        return of_candidate if isinstance(of_candidate, str) else str(of_baseline)
    if candidate.value is None or baseline.value is None:
        return candidate.reason or baseline.reason
    return stats.independent((candidate.value, of_candidate), (baseline.value, of_baseline))


def p_value(candidate: Measurement, baseline: Measurement, found: Interval, *, paired: bool) -> float | None:
    """The two-sided p-value of no difference, 0 to 1.

    McNemar's, mid-p, where both values are shares of right rows among the same independent rows; else the one that
    belongs to the interval ``found`` (for ROC AUC that is DeLong's test).
    """
    if candidate.value is None or baseline.value is None:
        return None
    among, plain = candidate.metric.among, candidate.weight is None and candidate.clusters is None
    if not (paired and plain and among):
        return significance.by_interval(candidate.value - baseline.value, found.low, found.high)
    ours, theirs = candidate.p == candidate.y, baseline.p == baseline.y
    ours = ours if baseline.at is None else ours[baseline.at]
    counted = among(baseline.y)
    return significance.mcnemar(
        int(np.count_nonzero(ours & ~theirs & counted)), int(np.count_nonzero(theirs & ~ours & counted))
    )


def _resampled(models: tuple[Measurement, ...], rng: np.random.Generator) -> Interval | str:
    """The interval of the first model's value, less the second's where there are two, by drawing the rows anew."""
    first, sides = models[0], tuple(_side(one) for one in models)
    rows = min(one.rests_on or 0.0 for one in models)
    sample = bootstrap.Sample(n=first.n, rows=rows, clusters=first.clusters)
    if first.clusters is None and first.n >= bootstrap.MANY_ROWS and (fewer := condensed(first.metric, sides)):
        sides, sample = fewer.sides, replace(sample, copies=fewer.copies)

    def values(draws: FloatArray) -> FloatArray:
        found = [bootstrap.values_of(first.metric, side.y, side.p, side.weight, draws) for side in sides]
        return found[0] if len(found) == 1 else found[0] - found[1]

    return bootstrap.bootstrap(values, sample, rng)


def _side(measured: Measurement) -> Side:
    """The model's rows, in the order of the candidate's."""
    if measured.at is None:
        return Side(y=measured.y, p=measured.p, weight=measured.weight)
    place = np.empty(measured.n, dtype=np.intp)
    place[measured.at] = np.arange(measured.n)
    weight = None if measured.weight is None else measured.weight[place]
    return Side(y=measured.y[place], p=measured.p[place], weight=weight)
