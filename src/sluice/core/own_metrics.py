"""Functions of the user's own as metrics: what is asked of them, and intervals and comparisons of what they answer.

Rows are drawn anew with replacement, those of one group or query together, and the function is called on each draw; a
difference from the baseline is that of both on the same draws. Source: Efron & Tibshirani 1993, chapters 8 and 13.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from sluice.core.bootstrap import of_replicates
from sluice.core.frames import IDENTICAL, Frame, Joined, Sides, slices, taken
from sluice.core.large import file_of, too_many
from sluice.core.needed import needed
from sluice.core.pairing import pair
from sluice.domain import significance, stats
from sluice.domain.clusters import MIN_CLUSTERS, clustered
from sluice.domain.config import Evaluation
from sluice.domain.errors import ConfigError
from sluice.domain.evaluation import Comparison, EvaluationResult, MetricValue
from sluice.domain.functions import Answer, Ask, Sample
from sluice.domain.metric import LEVEL, MIN_ROWS, Metric, outside
from sluice.domain.ports import PredictionsFile
from sluice.domain.predictions import Predictions
from sluice.domain.stats import Interval
from sluice.metrics import metric_named
from sluice.metrics.own import own_metric

Call = Callable[[Metric, Iterator[Ask]], tuple[Answer, ...]]
"""Has one function answer asks, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Rows:
    """One slice: its rows, the two sides of its comparison, and which answers speak of it."""

    label: str
    rows: Predictions
    sides: Sides | None
    own: int | None = None
    theirs: int | None = None
    reason: str = ""


def evaluate_own(
    candidate: Predictions | PredictionsFile,
    spec: Evaluation,
    baseline: Predictions | PredictionsFile | None,
    call: Call,
) -> EvaluationResult:
    """The values of every function of the policy, on all rows and every slice, and their comparison with the baseline.

    Where one side is not in memory, functions are not called, and have no value. Raises ``ConfigError`` for a function
    of a name that one of Sluice's own metrics has.
    """
    values: list[MetricValue] = []
    comparisons: list[Comparison] = []
    for name, function in spec.functions.items():
        if metric_named(name) is not None:
            said, where = "is the name of one of Sluice's own metrics", f"evaluation.functions.{name}"
            raise ConfigError(said, where=where, remedy="call it otherwise")
        metric = own_metric(name, function, spec)
        if not isinstance(candidate, Predictions) or not (baseline is None or isinstance(baseline, Predictions)):
            values.append(_not_called(metric, file_of(candidate).most))
            continue
        asked: list[_Rows] = []
        answers = call(metric, _asks(metric, candidate, baseline, spec, asked))
        values += [_value(metric, one, answers) for one in asked]
        comparisons += [_compared(metric, one, answers) for one in asked if one.sides is not None]
    n = candidate.n if isinstance(candidate, Predictions) else None
    return EvaluationResult(n=n, metrics=tuple(values), comparisons=tuple(comparisons))


# -- what is asked --------------------------------------------------------------------------------


def _asks(
    metric: Metric, candidate: Predictions, baseline: Predictions | None, spec: Evaluation, asked: list[_Rows]
) -> Iterator[Ask]:
    """Every ask, one after the other, so that the rows of a single slice are in memory at a time."""
    ours = _frame(candidate)
    joined = None if baseline is None else Joined(ours, _frame(baseline), pair(candidate, baseline), spec)
    count = 0
    for label, mine, theirs in slices(ours, joined):
        rows = taken(ours.rows, mine, None)
        sides = joined.sides(mine, theirs) if joined else None
        asks, one = _of_slice(metric, label, rows, sides, spec)
        own = count if one.reason == "" else None
        asked.append(replace(one, own=own, theirs=None if own is None else count + len(asks) - 1))
        count += len(asks)
        yield from asks


def _frame(predictions: Predictions) -> Frame:
    return Frame(rows=predictions, order=np.arange(predictions.n))


def _of_slice(
    metric: Metric, label: str, rows: Predictions, sides: Sides | None, spec: Evaluation
) -> tuple[list[Ask], _Rows]:
    """Both models on the same rows are one ask; the candidate alone and its comparison are two where rows differ."""
    one = _Rows(label=label, rows=rows, sides=sides)
    least = MIN_ROWS if label else 1
    if rows.n < least:
        return [], replace(one, reason=f"only {rows.n} rows, at least {MIN_ROWS} are needed")
    own = _sample(metric, rows, spec)
    if isinstance(own, str):
        return [], replace(one, reason=own)
    ask = Ask(first=own, resample=not _why_not_drawn(own))
    if sides is None or sides.baseline.n < least:
        return [ask], one
    theirs = _sample(metric, _in_order(sides), spec)
    if isinstance(theirs, str):
        return [ask], one
    if not sides.paired:
        return [ask, Ask(first=theirs, resample=not _why_not_drawn(theirs))], one
    if sides.candidate is None:
        return [replace(ask, second=theirs)], one
    joined = _sample(metric, sides.candidate, spec)
    return ([ask], one) if isinstance(joined, str) else ([ask, replace(ask, first=joined, second=theirs)], one)


def _in_order(sides: Sides) -> Predictions:
    """The baseline's rows, in the order of their partners where they have any."""
    return sides.baseline if sides.at is None else sides.baseline.take(np.argsort(sides.at))


def _sample(metric: Metric, rows: Predictions, spec: Evaluation) -> Sample | str:
    found = needed(metric, rows, spec.threshold)
    if isinstance(found, str):
        return found
    codes = rows.query if rows.group is None else rows.group
    return Sample(
        y=found[0],
        p=found[1],
        weight=rows.weight,
        clusters=None if codes is None else clustered(codes).codes,
    )


def _why_not_drawn(sample: Sample) -> str:
    """Why too few different samples could be drawn from these rows; empty where they do."""
    if len(sample.y) < stats.MIN_BOOTSTRAP_ROWS:
        return f"only {len(sample.y)} rows, at least {stats.MIN_BOOTSTRAP_ROWS} are needed to resample"
    n_clusters = MIN_CLUSTERS if sample.clusters is None else int(sample.clusters.max()) + 1
    return f"rows of only {n_clusters} groups, at least {MIN_CLUSTERS} are needed" if n_clusters < MIN_CLUSTERS else ""


# -- what was answered ----------------------------------------------------------------------------


def _not_called(metric: Metric, most: int) -> MetricValue:
    return MetricValue(
        metric=metric.name,
        value=None,
        unit=metric.unit,
        direction=metric.direction,
        reason=too_many(most),
        reason_code="metric",
    )


def _value(metric: Metric, one: _Rows, answers: tuple[Answer, ...]) -> MetricValue:
    said = MetricValue(
        metric=metric.name, slice=one.label, value=None, n=one.rows.n, unit=metric.unit, direction=metric.direction
    )
    if one.own is None:
        return replace(said, reason=one.reason, reason_code="not-enough-evidence")
    answer = answers[one.own]
    if answer.first is None:
        return replace(said, reason=_of(metric, answer.first_reason), reason_code="metric")
    if wrong := outside(metric, answer.first):
        return replace(said, reason=wrong, reason_code="range")
    found = _around(answer.first, _interval(metric, answer, _units(one.rows)), one)
    low, high, level, reason = _ends(found)
    weights = stats.relative_weights(one.rows.weight, one.rows.n)
    return replace(
        said,
        value=answer.first,
        ci_low=low,
        ci_high=high,
        ci_level=level,
        trials=stats.effective_rows(weights),
        reason=reason,
    )


def _compared(metric: Metric, one: _Rows, answers: tuple[Answer, ...]) -> Comparison:
    sides = one.sides
    if sides is None:
        raise AssertionError("a slice without a baseline has no comparison")
    said = Comparison(
        metric=metric.name,
        slice=one.label,
        candidate=None,
        baseline=None,
        difference=None,
        n=min(one.rows.n if sides.candidate is None else sides.candidate.n, sides.baseline.n),
        method=sides.method,
        direction=metric.direction,
    )
    if one.own is None or one.theirs is None:
        return replace(said, reason=one.reason)
    own, other = answers[one.own], answers[one.theirs]
    if sides.paired:
        ours, theirs, why = other.first, other.second, other.second_reason
    else:
        ours, theirs, why = own.first, other.first if one.theirs != one.own else None, other.first_reason
    if ours is None or outside(metric, ours):
        return replace(said, reason=_of(metric, own.first_reason or other.first_reason) if ours is None else "no value")
    if theirs is None or outside(metric, theirs):
        why = outside(metric, theirs) if theirs is not None else _of(metric, why) if why else "too few rows"
        return replace(said, candidate=ours, reason=f"the baseline has no value: {why}")
    said = replace(said, candidate=ours, baseline=theirs, difference=ours - theirs)
    if sides.paired and sides.same:
        method = f"{sides.method}; {IDENTICAL}"
        return replace(said, ci_low=0.0, ci_high=0.0, ci_level=LEVEL, p_value=1.0, method=method)
    if sides.unlike:
        return replace(said, reason=f"no interval: {sides.unlike}")
    if sides.paired:
        found = _paired(metric, other, _units(sides.baseline))
    else:
        found = _unpaired(
            (ours, _interval(metric, own, _units(one.rows))), (theirs, _interval(metric, other, _units(sides.baseline)))
        )
    found = _around(ours - theirs, found, one)
    chance = None if isinstance(found, str) else significance.by_interval(ours - theirs, found.low, found.high)
    low, high, level, reason = _ends(found)
    return replace(said, ci_low=low, ci_high=high, ci_level=level, p_value=chance, reason=reason)


def _interval(metric: Metric, answer: Answer, units: int) -> Interval | str:
    if not answer.draws:
        return answer.no_draws
    return of_replicates(np.array([draw for draw in answer.draws if not outside(metric, draw)]), units)


def _paired(metric: Metric, answer: Answer, units: int) -> Interval | str:
    if not answer.differences:
        return answer.no_draws
    # Each side of a draw must be a value of the metric; the second is the first less the difference.
    pairs = zip(answer.draws, answer.differences, strict=True)
    kept = [by for ours, by in pairs if not outside(metric, ours) and not outside(metric, ours - by)]
    return of_replicates(np.array(kept), units)


def _unpaired(ours: tuple[float, Interval | str], theirs: tuple[float, Interval | str]) -> Interval | str:
    (value, of_value), (other, of_other) = ours, theirs
    if isinstance(of_value, str) or isinstance(of_other, str):
        return of_value if isinstance(of_value, str) else str(of_other)
    return stats.independent((value, of_value), (other, of_other))


def _units(rows: Predictions) -> int:
    """How many rows, or groups of them, are drawn."""
    codes = rows.query if rows.group is None else rows.group
    return rows.n if codes is None else clustered(codes).n


def _around(value: float, found: Interval | str, one: _Rows) -> Interval | str:
    """An interval that holds its value; else drawing rows anew does not show how the function varies."""
    if isinstance(found, str):
        return found or _too_few(one)
    if not found.low <= value <= found.high:
        return "the value lies outside the interval of resampled sets: the function is not one of rows drawn anew"
    return found


def _too_few(one: _Rows) -> str:
    return f"too few rows or groups to resample ({one.rows.n} rows)"


def _ends(found: Interval | str) -> tuple[float | None, float | None, float | None, str]:
    if isinstance(found, str):
        return None, None, None, f"no interval: {found}"
    return found.low, found.high, LEVEL, ""


def _of(metric: Metric, said: str) -> str:
    return f"`{metric.name}` {said}"
