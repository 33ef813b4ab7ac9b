"""The evaluation of files with more rows than are read into memory: part by part, as far as metrics add up.

Metrics that need all rows at once have no value there, and say so.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from sluice.core.confusion import Told, confusion_of
from sluice.core.frames import IDENTICAL
from sluice.core.pairing import BY_KEY, BY_POSITION, Pairing, agreeing, differing
from sluice.core.reach import of_difference, of_value
from sluice.core.stating import comparison_of, value_of
from sluice.core.summing import Summed, Tallies, adds_up
from sluice.domain import stats
from sluice.domain.cells import Cells
from sluice.domain.config import Evaluation
from sluice.domain.confusion import Confusion
from sluice.domain.errors import EvidenceError
from sluice.domain.evaluation import Comparison, EvaluationResult, MetricValue
from sluice.domain.metric import Metric
from sluice.domain.ports import PredictionsFile
from sluice.domain.predictions import Predictions, refuse_nothing, refuse_slices
from sluice.domain.significance import by_interval, mcnemar
from sluice.domain.stats import Interval

NOT_DRAWN = "more rows than fit in memory: metrics that need all of them at once are not measured, and no curves drawn"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sides:
    """What each model's rows add up to, and both models' where they are the same rows."""

    own: tuple[Tallies, Tallies]
    pairing: Pairing
    both: Tallies | None
    most: int


def file_of(predictions: Predictions | PredictionsFile) -> PredictionsFile:
    """The file to read part by part; raises ``EvidenceError`` for rows in memory that come from none."""
    if not isinstance(predictions, Predictions):
        return predictions
    if predictions.file is None:
        said = "rows of no file cannot be compared with those of a file that is not read into memory"
        raise EvidenceError(said, reason_code="metric")
    return predictions.file


def too_many(most: int) -> str:
    """Why a metric is not measured of a file with more than ``most`` rows, in words that follow its name."""
    return f"needs all rows in memory at once, and files of more than {most:,} rows are not read into it"


def evaluate_large(
    candidate: PredictionsFile, spec: Evaluation, baseline: PredictionsFile | None = None
) -> EvaluationResult:
    """As ``evaluate`` does, for every metric that adds up; the others have no value, with the reason.

    Raises ``EvidenceError`` for whatever a file must not hold.
    """
    ours, most, sides = _added(candidate, spec), candidate.most, None
    if baseline is not None:
        own = (ours, _added(baseline, spec))
        pairing, both = _paired((candidate, baseline), own, spec)
        sides = _Sides(own=own, pairing=pairing, both=both, most=most)
    values: list[MetricValue] = []
    comparisons: list[Comparison] = []
    own = sides.own if sides is not None else (ours,)
    for label in _labels(own):
        for metric in ours.metrics:
            measured = _measured(ours, metric, label, most)
            values.append(value_of(measured, of_value(measured, ours.error(label, measured)), label))
            if sides is not None:
                comparisons.append(_compared(metric, sides, label))
    return EvaluationResult(
        n=ours.tally("").n,
        metrics=tuple(values),
        comparisons=tuple(comparisons),
        predictions_sha256=candidate.sha256,
        baseline_sha256=baseline.sha256 if baseline is not None else "",
        confusion=_confusion(own, spec),
        message=NOT_DRAWN,
    )


def _added(file: PredictionsFile, spec: Evaluation) -> Tallies:
    """All rows of a file added up, once every rule holds."""
    tallies, n, weight = Tallies(spec), 0, None
    for part in file.parts():
        tallies.add(part)
        refuse_slices(tallies.slices, file.where)
        n += part.n
        weight = weight if part.weight is None else (weight or 0.0) + float(part.weight.sum())
    refuse_nothing(n, weight, file.where)
    file.require_unique_key()
    return tallies


def _labels(own: tuple[Tallies, ...]) -> Iterator[str]:
    """All rows first, then every slice that either side has, the candidate's first."""
    yield ""
    for column in own[0].slices:
        values = dict.fromkeys(value for tallies in own for value in sorted(tallies.slices[column]))
        yield from (f"{column}={value}" for value in values)


def _measured(tallies: Tallies, metric: Metric, label: str, most: int) -> Summed:
    if adds_up(metric):
        return tallies.summed(metric, label)
    return Summed(metric=metric, n=tallies.tally(label).n, reason=too_many(most), reason_code="metric")


# -- the same rows --------------------------------------------------------------------------------


class _OtherRows(Exception):
    """Two files do not have the same rows in the same order."""


Joint = tuple[Pairing, Tallies | None]
"""What both models' rows add up to; where they are not the same, the pairing says why."""


def _paired(files: tuple[PredictionsFile, PredictionsFile], own: tuple[Tallies, Tallies], spec: Evaluation) -> Joint:
    """Both models' rows, joined as ``pairing.pair`` joins those in memory."""
    candidate, baseline = files
    n_ours, n_theirs = (tallies.tally("").n for tallies in own)
    keyed = bool(candidate.key and baseline.key)
    if keyed and candidate.key != baseline.key:
        return Pairing(method="unpaired (the keys are of different types)"), None
    if n_ours == n_theirs:
        try:
            with closing(_in_order(candidate, baseline, keyed)) as pairs:
                return _together(pairs, n_theirs, spec, BY_KEY if keyed else BY_POSITION)
        except _OtherRows:
            pass
    if not keyed:
        return Pairing(method="unpaired (no key column, and the targets differ)"), None
    return _together(candidate.joined(baseline), n_theirs, spec, BY_KEY)


def _in_order(
    candidate: PredictionsFile, baseline: PredictionsFile, keyed: bool
) -> Generator[tuple[Predictions, Predictions]]:
    """The rows side by side, as they lie in the files, which is faster than a join; raises ``_OtherRows``."""
    for ours, theirs in zip(candidate.parts(), baseline.parts(), strict=True):
        left, right = (ours.key, theirs.key) if keyed else (ours.y, theirs.y)
        if left is None or right is None or not np.array_equal(left, right):
            raise _OtherRows
        yield ours, theirs


def _together(
    pairs: Iterator[tuple[Predictions, Predictions]], n_baseline: int, spec: Evaluation, method: str
) -> Joint:
    tallies, n = Tallies(spec), 0
    for ours, theirs in pairs:
        if not np.array_equal(ours.y, theirs.y):
            return Pairing(method="unpaired (the target of the same rows differs)"), None
        if (ours.weight is None) != (theirs.weight is None):
            said = "the weight of the same rows differs"
            return Pairing(method=f"unpaired ({said})", unlike=said), None
        rows = np.arange(ours.n)
        found = agreeing(ours, theirs, Pairing(method=method, candidate=rows, baseline=rows))
        if found.candidate is None:
            return found, None
        tallies.add(ours, theirs, differing=differing(ours, theirs, spec.task))
        n += ours.n
    if n < n_baseline:
        said = f"{n_baseline - n} of the baseline's {n_baseline} rows are missing"
        return Pairing(method=f"unpaired ({said})", unlike=said if n else ""), None
    return Pairing(method=method), tallies


# -- the comparison -------------------------------------------------------------------------------


def _compared(metric: Metric, sides: _Sides, label: str) -> Comparison:
    """The comparison on the same rows where there are such, else of each model on its own rows."""
    both, method = sides.both, sides.pairing.method
    if both is None or not adds_up(metric):
        ours, theirs = (_measured(tallies, metric, label, sides.most) for tallies in sides.own)
    else:
        ours, theirs = (both.summed(metric, label, side) for side in (0, 1))
    if why := _why_not(ours, theirs, sides.pairing):
        return comparison_of(ours, theirs, why, label, method=method, p_value=None)
    if both is not None and not both.tally(label).differ:
        method, found = f"{method}; {IDENTICAL}", Interval(low=0.0, high=0.0)
    elif both is not None:
        found = of_difference(ours, theirs, both.error(label, ours, theirs))
    else:
        found = _independent(ours, theirs, sides.own, label)
    p = None if isinstance(found, str) else _p_value(ours, theirs, found, both, label)
    return comparison_of(ours, theirs, found, label, method=method, p_value=p)


def _why_not(ours: Summed, theirs: Summed, pairing: Pairing) -> str:
    if ours.value is None:
        return ours.reason
    return f"the baseline has no value: {theirs.reason}" if theirs.value is None else pairing.unlike


def _independent(ours: Summed, theirs: Summed, own: tuple[Tallies, Tallies], label: str) -> Interval | str:
    left, right = (of_value(one, tallies.error(label, one)) for one, tallies in zip((ours, theirs), own, strict=True))
    if isinstance(left, str) or isinstance(right, str):
        return left if isinstance(left, str) else str(right)
    return stats.independent((ours.value or 0.0, left), (theirs.value or 0.0, right))


def _p_value(ours: Summed, theirs: Summed, found: Interval, both: Tallies | None, label: str) -> float:
    """As ``measurement.p_value``: McNemar's, mid-p, for shares of right rows among the same rows that weigh alike."""
    among, cells = ours.metric.among, both.tally(label).cells if both is not None else None
    if among is None or not isinstance(cells, Cells) or both is None or both.weighted:
        return by_interval((ours.value or 0.0) - (theirs.value or 0.0), found.low, found.high)
    y, mine, other = cells.columns
    counted = among(y).astype(bool)
    only_ours = int(cells.n[(mine == y) & (other != y) & counted].sum())
    return mcnemar(only_ours, int(cells.n[(mine != y) & (other == y) & counted].sum()))


def _confusion(own: tuple[Tallies, ...], spec: Evaluation) -> Confusion | None:
    if spec.task != "classification":
        return None
    return confusion_of([_told(tallies.tally("").cells) for tallies in own])


def _told(cells: Cells | str | None) -> Told | str:
    if not isinstance(cells, Cells):
        return cells or "there are no rows"
    return cells.columns[0], cells.columns[1], cells.n
