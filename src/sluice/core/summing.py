"""Metrics of more rows than fit in memory, from what these add up to, part by part.

Metrics of classes alone are made of the counts of rows by their classes (``Cells``), those that are functions of means
of sums (``Moments``). Both keep what the spread needs as well, so that intervals are those of the rows themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sluice.core.frames import split, taken
from sluice.core.needed import needed
from sluice.domain import stats
from sluice.domain.cells import MAX_CELLS, Cells, counted
from sluice.domain.config import Evaluation
from sluice.domain.metric import MIN_ROWS, Metric, Undefined, outside
from sluice.domain.moments import Moments, moments
from sluice.domain.predictions import Column, Index, Predictions, named
from sluice.domain.stats import FloatArray
from sluice.domain.trials import Trials
from sluice.metrics import available
from sluice.metrics.accuracy import ACCURACY

GROUPED = "rows of groups need all rows in memory at once"


def of_classes(metric: Metric) -> bool:
    """Whether a metric knows of a row nothing but its classes, true and predicted."""
    return "classification" in metric.tasks and metric.needs == ("prediction",)


def adds_up(metric: Metric) -> bool:
    """Whether a metric can be made of sums over the rows."""
    return of_classes(metric) or metric.sums is not None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Summed:
    """A metric on some rows that are not in memory; ``value`` is ``None`` with a ``reason``.

    ``along`` is what a row's terms, or cells, move the value by: the standard error of the value, and with another
    model's taken off that of the difference, is the error along it.
    """

    metric: Metric
    n: int
    value: float | None = None
    along: FloatArray | None = None
    trials: float | None = None
    rests_on: float | None = None
    reason: str = ""
    reason_code: str = ""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What the rows of one slice add up to so far, for one model or for two on the same rows."""

    n: int = 0
    differ: bool = False
    sums: dict[str, Moments | str] = field(default_factory=dict[str, Moments | str])
    cells: Cells | str | None = None


class Tallies:
    """What all rows and those of every slice add up to, for one model, or for two on the same rows.

    The slices of two models' rows are the first one's.
    """

    def __init__(self, spec: Evaluation) -> None:
        """Nothing is added yet."""
        self.metrics = available(spec)
        self._spec, self._threshold = spec, spec.threshold if spec.task == "classification" else None
        self._labels: dict[str, Tally] = {}
        self._middle: float | None = None
        self._binary, self._grouped, self._models = True, False, 1
        self.weighted = False
        self.slices: dict[str, set[str]] = {name: set() for name in spec.slices}

    def add(self, *sides: Predictions, differing: NDArray[np.bool_] | None = None) -> None:
        """Some more rows, as each model has them, in one order; ``differing`` marks those that the models differ on."""
        first = sides[0]
        if self._middle is None:
            self._middle = float(first.y.mean()) if first.y.dtype.kind == "f" else 0.0
        self._binary &= all(side.binary for side in sides)
        self._grouped |= first.group is not None
        self._models = len(sides)
        self.weighted |= first.weight is not None
        for label, rows in self._parts(first):
            tally = self._labels.setdefault(label, Tally())
            tally.n += len(first.y[rows])
            tally.differ |= differing is not None and bool(differing[rows].any())
            self._add(tally, tuple(taken(side, rows, self._threshold) for side in sides))

    def _parts(self, rows: Predictions) -> Iterator[tuple[str, slice | Index]]:
        yield "", slice(None)
        for column, seen in self.slices.items():
            slicing = rows.slices.get(column)
            if slicing is None:
                continue
            seen.update(slicing.values)
            for value, positions in zip(slicing.values, split(slicing.codes, len(slicing.values)), strict=True):
                yield f"{column}={value}", positions

    def _add(self, tally: Tally, sides: tuple[Predictions, ...]) -> None:
        weight = sides[0].weight
        for metric in self.metrics:
            known = tally.sums.get(metric.name)
            if metric.sums is None or isinstance(known, str):
                continue
            terms = self._terms(metric, sides)
            more = terms if isinstance(terms, str) else moments(terms, weight)
            tally.sums[metric.name] = more if known is None or isinstance(more, str) else known + more
        if not isinstance(tally.cells, str) and any(map(of_classes, self.metrics)):
            classes = self._classes(sides)
            more = classes if isinstance(classes, str) else counted(classes, weight)
            both = more if tally.cells is None or isinstance(more, str) else tally.cells + more
            too_many = f"more than {MAX_CELLS:,} combinations of classes are not counted"
            tally.cells = too_many if isinstance(both, Cells) and len(both.n) > MAX_CELLS else both

    def _terms(self, metric: Metric, sides: tuple[Predictions, ...]) -> tuple[FloatArray, ...] | str:
        """The terms of a metric, of one model after the other, or why there are none."""
        sums, found = metric.sums, list[FloatArray]()
        for side in sides:
            given = needed(metric, side, self._spec.threshold)
            if sums is None or isinstance(given, str):
                return str(given)
            try:
                if sums.require is not None:
                    sums.require(given[1])
            except Undefined as undefined:
                return str(undefined)
            found += sums.at(*given, self._middle or 0.0)
        return tuple(found)

    def _classes(self, sides: tuple[Predictions, ...]) -> tuple[Column, ...] | str:
        """The true class, and what each model says of it, or why one says nothing."""
        found = [needed(ACCURACY, side, self._spec.threshold) for side in sides]
        missing = [one for one in found if isinstance(one, str)]
        given = [one for one in found if not isinstance(one, str)]
        return missing[0] if missing else (given[0][0], *(p for _, p in given))

    # -- what it comes to -------------------------------------------------------------------------

    def tally(self, label: str) -> Tally:
        """What was added of a slice; nothing where it has no rows."""
        return self._labels.get(label, Tally())

    def summed(self, metric: Metric, label: str, side: int = 0) -> Summed:
        """A metric of one of the models on a slice; never raises for what the rows hold."""
        n, made = self.tally(label).n, self._made(metric, label)

        def missing(reason: str, code: str = "metric") -> Summed:
            return Summed(metric=metric, n=n, reason=reason, reason_code=code)

        if n < (MIN_ROWS if label else 1):
            return missing(f"only {n} rows, at least {MIN_ROWS} are needed", "not-enough-evidence")
        if isinstance(made, str):
            return missing(made)
        try:
            value, along = self._value(metric, made, side)
        except Undefined as undefined:
            return missing(str(undefined))
        if not math.isfinite(value):
            return missing("the value is not a finite number")
        if outside(metric, value):
            return missing(outside(metric, value), "range")
        found = Summed(metric=metric, n=n, value=value, along=along)
        if self._grouped:
            return found
        trials = _trials(metric, made, side)
        return replace(found, trials=trials, rests_on=made.effective_rows if trials is None else trials)

    def _made(self, metric: Metric, label: str) -> Moments | Cells | str:
        """What a metric is made of on a slice, or why it cannot be."""
        tally = self.tally(label)
        made = tally.cells if of_classes(metric) else tally.sums.get(metric.name)
        if metric.binary and self._spec.task == "classification" and not self._binary:
            return f"needs the classes 0 and 1; the target holds {self._target()}"
        if made is None or isinstance(made, str):
            return made or "there are no rows"
        if not np.sum(made.weight) > 0:
            return "all weights are zero"
        return made if np.isfinite(np.sum(made.squares)) else "the weights are too large to be added up"

    def _value(self, metric: Metric, made: Moments | Cells, side: int) -> tuple[float, FloatArray]:
        if isinstance(made, Cells):
            return _of_cells(metric, made, side)
        size = len(made.means) // self._models
        return _of_moments(metric, made, slice(side * size, (side + 1) * size))

    def error(self, label: str, ours: Summed, theirs: Summed | None = None) -> float | str:
        """The standard error of a value, or of its difference from another model's, or why there is none."""
        made = self._made(ours.metric, label)
        if self._grouped:
            return GROUPED
        if isinstance(made, str) or ours.along is None:
            return ours.reason
        if ours.n < 2:
            return "one row has no spread"
        if theirs is None:
            return made.error(ours.along)
        return theirs.reason if theirs.along is None else made.error(ours.along - theirs.along)

    def _target(self) -> str:
        cells = self.tally("").cells
        return named(cells.columns[0]) if isinstance(cells, Cells) else "others"


def _of_moments(metric: Metric, made: Moments, own: slice) -> tuple[float, FloatArray]:
    """A metric's value, and its derivatives by all means: by the other model's they are 0."""
    sums = metric.sums
    if sums is None:
        raise TypeError(f"{metric.name} is not made of sums")
    with np.errstate(all="ignore"):
        value, along = float(sums.of(made.means[own])), np.zeros(len(made.means))
        along[own] = sums.slopes(made.means[own])
    return value, along


def _of_cells(metric: Metric, made: Cells, side: int) -> tuple[float, FloatArray]:
    """A metric's value, and the influence of a row of each cell, per weight: a cell stands for rows that are alike."""
    y, p, weight = made.columns[0], made.columns[1 + side], made.weight
    value, influence = metric.value(y, p, weight), metric.influence(y, p, weight)
    if influence is None:
        raise TypeError(f"{metric.name} has no influence values")
    relative = stats.relative_weights(weight, len(y))
    return value, np.divide(influence, relative, out=np.zeros(len(y)), where=relative > 0)


def _trials(metric: Metric, made: Moments | Cells, side: int) -> float | None:
    if metric.trials is None:
        return None
    if isinstance(made, Cells) and isinstance(metric.trials, Trials):
        return metric.trials.among(made.columns[0], made.columns[1 + side], made.weight, made.squares)
    return made.effective_rows
