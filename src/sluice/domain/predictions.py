"""What a model predicted, row by row, checked once where it enters."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sluice.domain.config import Task
from sluice.domain.errors import EvidenceError
from sluice.domain.stats import FloatArray

if TYPE_CHECKING:
    from sluice.domain.ports import PredictionsFile

MAX_SLICE_VALUES = 100
"""More values than this make a column a key or a number, not a slice: each would be measured by itself."""

MAX_SUM_ROUNDING = 0.02
"""How far rounding may carry the sum of a row's probabilities from 1: files hold them with two digits or more."""

MAX_SLICES = 1000
"""So many slices of all columns together are measured: every one is a line of the report, and takes its time."""

MAX_SLICE_CHARS = 200
"""Longer slice values would not fit a report."""

Codes = NDArray[np.int32]
Index = NDArray[np.intp]
Column = NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slicing:
    """A slice column: its values in order, and for every row the position of its value."""

    values: tuple[str, ...]
    codes: Codes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions:
    """Columns of equal length. ``y`` and ``prediction`` hold numbers, or text where classes have names.

    ``binary`` is true where every class, true or predicted, is 0 or 1. ``probabilities`` has a column for each of
    ``classes``. ``group`` and ``query`` are numbers from 0 on, one for each different value; ``time`` is in seconds.
    ``file`` is where they come from, to be read part by part.
    """

    y: Column
    score: FloatArray | None = None
    prediction: Column | None = None
    key: Column | None = None
    weight: FloatArray | None = None
    group: Codes | None = None
    query: Codes | None = None
    time: FloatArray | None = None
    low: FloatArray | None = None
    high: FloatArray | None = None
    naive: FloatArray | None = None
    probabilities: FloatArray | None = None
    classes: tuple[str, ...] = ()
    slices: Mapping[str, Slicing] = field(default_factory=dict[str, Slicing])
    sha256: str = ""
    binary: bool = False
    file: PredictionsFile | None = None

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.y)

    def take(self, rows: Index | Codes) -> Predictions:
        """These rows alone, in this order, without key and slices."""
        taken: dict[str, Column | None] = {name: getattr(self, name) for name in _BY_ROW}
        chosen: dict[str, Any] = {name: None if column is None else column[rows] for name, column in taken.items()}
        return Predictions(y=self.y[rows], classes=self.classes, binary=self.binary, **chosen)


_BY_ROW = (
    "score", "prediction", "weight", "group", "query", "time", "low", "high", "naive", "probabilities",
)  # fmt: skip

_PLURALS = {"score": "scores", "prediction": "predictions", "query": "queries", "time": "times"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows that are looked at together: the file's name, and how many of its rows come before them.

    They are all there are unless ``more`` may come.
    """

    where: str
    before: int = 0
    more: bool = False


MAX_UNKNOWN_CLASSES = 0.01
"""The share of rows in which a model may answer with a class that no row has: rare ones may be missing from a test."""


def misnumbered(predictions: Predictions | PredictionsFile) -> str:
    """Why a model's classes are not those of the target, as where it counts them from another number; else empty.

    Such a model is always wrong, and so a baseline that everything beats. Of a file that is not read it says nothing.
    """
    if not isinstance(predictions, Predictions) or predictions.prediction is None or not predictions.n:
        return ""
    unknown = predictions.prediction[~np.isin(predictions.prediction, predictions.y)]
    if len(unknown) <= MAX_UNKNOWN_CLASSES * predictions.n:
        return ""
    said = f"answers with the class `{str(unknown[0])[:60]}`, and in {len(unknown):,} of {predictions.n:,} rows with"
    return f"{said} a class that no row's target is"


def checked(predictions: Predictions, task: Task, *, where: str) -> Predictions:
    """The same predictions with ``binary`` set, once every rule holds.

    Raises ``EvidenceError`` naming the row (from 1) for a number that is not finite, a weight below zero, a key
    that occurs twice, probabilities that do not sum to 1 and whatever else its task does not allow, and for no rows at
    all, classes that are not whole, text where a number must be, and a column that its task needs.
    """
    found = checked_part(predictions, task, Part(where=where))
    refuse_nothing(predictions.n, None if predictions.weight is None else float(predictions.weight.sum()), where)
    if predictions.key is not None:
        _refuse_repeated(predictions.key, where)
    refuse_slices({name: slicing.values for name, slicing in predictions.slices.items()}, where)
    if task == "events":
        _refuse_same_time(predictions, Part(where=where))
    return found


def checked_part(predictions: Predictions, task: Task, part: Part) -> Predictions:
    """Some rows of a file with ``binary`` set for these, once they keep every rule that is of rows by themselves.

    Raises ``EvidenceError`` as ``checked`` does, but for the rules that all rows keep or break together.
    """
    for name, column in _numbers(predictions).items():
        _refuse(~np.isfinite(column), f"the {name} is not a finite number", part)
    if predictions.weight is not None:
        _refuse(predictions.weight < 0, "the weight is negative", part)
    if task == "classification":
        return _checked_classes(predictions, part)
    _need_columns(predictions, task, part.where)
    _check_values(predictions, task, part)
    return predictions


def refuse_nothing(n: int, weight: float | None, where: str) -> None:
    """Raise ``EvidenceError`` for a file without rows, or with rows that all weigh nothing."""
    if n == 0:
        raise EvidenceError("the predictions hold no rows", reason_code="data-empty", where=where)
    if weight is not None and weight <= 0:
        raise EvidenceError("all weights are zero", reason_code="metric", where=where)


def refuse_slices(values: Mapping[str, Collection[str]], where: str) -> None:
    """Raise ``EvidenceError`` for slice columns of too many values, or of one that is too long."""
    for name, own in values.items():
        if len(own) > MAX_SLICE_VALUES:
            what = f"the slice column `{name}` has {len(own)} values, at most {MAX_SLICE_VALUES} are evaluated"
            raise EvidenceError(what, reason_code="metric", where=where, remedy="slice by a coarser column")
        if any(len(value) > MAX_SLICE_CHARS for value in own):
            what = f"the slice column `{name}` has a value of more than {MAX_SLICE_CHARS} characters"
            raise EvidenceError(what, reason_code="metric", where=where)
    n_slices = sum(map(len, values.values()))
    if n_slices > MAX_SLICES:
        what = f"the slice columns have {n_slices} values together, at most {MAX_SLICES} are evaluated"
        raise EvidenceError(what, reason_code="metric", where=where, remedy="slice by fewer or by coarser columns")


def _numbers(predictions: Predictions) -> dict[str, Column]:
    columns = {
        "true value": predictions.y,
        "score": predictions.score,
        "prediction": predictions.prediction,
        "weight": predictions.weight,
        "time": predictions.time,
        "low end": predictions.low,
        "high end": predictions.high,
        "naive forecast": predictions.naive,
    }
    return {name: column for name, column in columns.items() if column is not None and column.dtype.kind == "f"}


def _refuse(bad: NDArray[np.bool_], what: str, part: Part) -> None:
    if bad.any():
        row, others = int(bad.argmax()) + 1, int(bad.sum()) - 1
        more = f" (and in {others} more)" if others and not part.more else ""
        said = f"{what} in row {part.before + row}{more}"
        raise EvidenceError(said, reason_code="metric", where=part.where)


def _refuse_repeated(key: Column, where: str) -> None:
    ordered = np.sort(key)
    if not (ordered[1:] == ordered[:-1]).any():
        return
    _, first, counts = np.unique(key, return_index=True, return_counts=True)
    if (counts > 1).any():
        row = int(first[counts > 1].min())
        what = f"the key {str(key[row])[:60]!r} of row {row + 1} occurs more than once"
        raise EvidenceError(what, reason_code="metric", where=where, remedy="a key names one row")


def _need_columns(predictions: Predictions, task: Task, where: str) -> None:
    """Refuse predictions without the columns that every metric of the task needs."""
    given = {name for name in _BY_ROW if getattr(predictions, name) is not None}
    needed = {
        "ranking": (("score", {"score"}), ("query", {"query"})),
        "events": (("time", {"time"}), ("prediction", {"prediction", "score"})),
    }.get(task, (("prediction", {"prediction", "low"}),))
    for column, any_of in needed:
        if not given & any_of:
            what = f"{task} needs a column of {_PLURALS[column]}"
            remedy = f"name it in `evaluation.columns.{column}`"
            raise EvidenceError(what, reason_code="metric", where=where, remedy=remedy)
    for name, column in (("target", predictions.y), ("predictions", predictions.prediction)):
        if column is not None and column.dtype.kind != "f":
            raise EvidenceError(f"the {name} hold text, {task} needs numbers", reason_code="metric", where=where)


def _check_values(predictions: Predictions, task: Task, part: Part) -> None:
    if task == "ranking":
        _refuse(predictions.y < 0, "the true value (how relevant a row is) is negative", part)
    if task == "events":
        _refuse(_other_than_zero_one(predictions.y), "the true value is neither 0 nor 1 (an event)", part)
        if predictions.prediction is not None:
            bad = _other_than_zero_one(predictions.prediction)
            _refuse(bad, "the prediction is neither 0 nor 1 (an alarm)", part)
    if predictions.low is not None and predictions.high is not None:
        _refuse(predictions.low > predictions.high, "the low end is above the high end", part)


def _refuse_same_time(predictions: Predictions, part: Part) -> None:
    """Refuse rows of one series and time: which of them comes first would be anybody's guess."""
    time = np.zeros(predictions.n) if predictions.time is None else predictions.time
    group = np.zeros(predictions.n, dtype=np.int32) if predictions.group is None else predictions.group
    order = np.lexsort((time, group))
    again = np.zeros(predictions.n, dtype=np.bool_)
    again[order[1:]] = (np.diff(time[order]) == 0) & (np.diff(group[order]) == 0)
    if again.any() and predictions.group is None:
        row = int(again.argmax()) + 1
        what, remedy = f"the time of row {row} occurs more than once", "name the series in `evaluation.columns.group`"
        raise EvidenceError(what, reason_code="metric", where=part.where, remedy=remedy)
    _refuse(again, "the time occurs more than once in its series", part)


def _check_probabilities(probabilities: FloatArray, part: Part) -> None:
    outside = (probabilities < 0) | (probabilities > 1)
    _refuse(np.logical_or.reduce(~np.isfinite(probabilities), axis=1), "a probability is not a finite number", part)
    _refuse(np.logical_or.reduce(outside, axis=1), "a probability is not between 0 and 1", part)
    _refuse(np.abs(probabilities.sum(axis=1) - 1) > MAX_SUM_ROUNDING, "the probabilities do not sum to 1", part)


def _checked_classes(predictions: Predictions, part: Part) -> Predictions:
    y, prediction = predictions.y, predictions.prediction
    for name, column in (("true class", y), ("predicted class", prediction)):
        if column is not None and column.dtype.kind == "f":
            _refuse(column != np.floor(column), f"the {name} is not a whole number", part)
    if prediction is not None and (y.dtype.kind == "f") != (prediction.dtype.kind == "f"):
        what = "true and predicted classes are of different types, one text and one numbers"
        raise EvidenceError(what, reason_code="metric", where=part.where)
    binary = all(column is None or _zero_one(column) for column in (y, prediction))
    if predictions.probabilities is not None:
        _check_probabilities(predictions.probabilities, part)
    if not binary and prediction is None and predictions.probabilities is None:
        what = f"scores need a target of the classes 0 and 1, and it holds {named(y)}"
        raise EvidenceError(what, reason_code="metric", where=part.where, remedy="code the positive class as 1")
    return replace(predictions, binary=binary)


def _zero_one(column: Column) -> bool:
    return column.dtype.kind == "f" and not _other_than_zero_one(column).any()


def _other_than_zero_one(column: Column) -> NDArray[np.bool_]:
    return np.isin(column, (0.0, 1.0), invert=True).reshape(column.shape)


def named(column: Column, most: int = 5) -> str:
    """The first few different values of a column, for a sentence."""
    values = np.unique(column)
    shown = ", ".join(f"`{value:g}`" if column.dtype.kind == "f" else f"`{str(value)[:40]}`" for value in values[:most])
    return f"{shown} and {len(values) - most} more" if len(values) > most else shown
