"""What a predictions or metric file says of the model, and the first limits that fit it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from sluice.domain.config import Columns, Task
from sluice.domain.evaluation import EvaluationResult, MetricValue
from sluice.domain.metric import MIN_ROWS
from sluice.domain.profile import ColumnProfile, TableProfile
from sluice.metrics import METRICS, metric_named

MAX_CLASSES = 20
"""A target of whole numbers with more different values than this is taken as a quantity, not as classes."""

SLACK = 0.05
"""How far, relative to the value, a first limit lies from a value that has no interval."""

LEAST_DROP = 0.01
"""The smallest drop that a first gate allows, relative to the metric's range or value."""

_TARGET = ("y_true", "target", "label", "actual", "truth")
_SCORE = ("y_score", "score", "proba", "probability", "y_proba", "y_prob")
_PREDICTION = ("y_pred", "prediction", "predicted", "pred")
_KEY = ("row_id", "id", "key")
_MAIN: Mapping[Task, tuple[str, ...]] = {
    "classification": ("roc_auc", "f1", "accuracy", "average_precision", "log_loss", "recall", "precision"),
    "regression": ("rmse", "mae", "r2"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a predictions file holds, by its columns' names and values."""

    task: Task
    columns: Columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One first gate: ``kind`` is its limit's key in ``sluice.yaml``; ``why`` is a sentence for its comment."""

    metric: str
    kind: str
    value: float
    why: str


def shape(table: TableProfile) -> Shape | str:
    """The task and columns of a predictions file, or, in words that follow its path, why it is not one."""
    columns = {column.name.lower(): column for column in table.columns}
    target, score, prediction = (_first(columns, wanted) for wanted in (_TARGET, _SCORE, _PREDICTION))
    if target is None:
        return f"has no column with the true value (none of {', '.join(_TARGET)})"
    task: Task = "classification" if score is not None or _is_class(target) else "regression"
    if score is not None and not _is_zero_one(target) and prediction is not None:
        score = None
    if score is None and prediction is None:
        return f"has no column with the model's answer (none of {', '.join((*_SCORE, *_PREDICTION))})"
    key = _first(columns, _KEY)
    unique = key is not None and key.n_distinct == key.n_values == table.n_rows
    return Shape(
        task=task,
        columns=Columns(
            target=target.name,
            score=score.name if score else None,
            prediction=prediction.name if prediction else None,
            key=key.name if key and unique else None,
        ),
    )


def _first(columns: Mapping[str, ColumnProfile], wanted: Iterable[str]) -> ColumnProfile | None:
    return next((columns[name] for name in wanted if name in columns), None)


def _is_class(column: ColumnProfile) -> bool:
    if column.kind in ("string", "boolean"):
        return True
    whole = "int" in column.kind or _is_zero_one(column)
    return whole and column.n_distinct <= MAX_CLASSES


def _is_zero_one(column: ColumnProfile) -> bool:
    if column.kind == "boolean":
        return True
    return column.n_distinct <= 2 and column.minimum in (0, 1) and column.maximum in (0, 1)


def task_of(values: Iterable[MetricValue]) -> Task:
    """The task that the names of a metric file speak of; classification where they do not say."""
    known = [metric.tasks for value in values if (metric := metric_named(value.metric)) is not None]
    return "regression" if any("regression" in tasks for tasks in known) else "classification"


def limits(result: EvaluationResult, task: Task, *, with_baseline: bool) -> tuple[Limit, ...]:
    """A first floor (or ceiling) and greatest drop for the main metric; none where nothing known was measured."""
    by_name = {value.metric: value for value in result.metrics if not value.slice and _is_judged(value)}
    main = next((by_name[name] for name in _MAIN[task] if name in by_name), None)
    if main is None or main.value is None:
        return ()
    metric, value = METRICS[main.metric], main.value
    low, high = main.ci_low, main.ci_high
    half = (high - low) / 2 if low is not None and high is not None else 0.0
    reach = max(2 * half, SLACK * abs(value), 0.01 if math.isfinite(metric.high) else 0.0)
    kind = "min" if metric.direction == "higher" else "max"
    edge = _floor(value - reach) if kind == "min" else _ceiling(value + reach)
    edge = min(max(edge, metric.low), metric.high)
    side = "below" if kind == "min" else "above"
    why = f"{_measured(main)}; {side} this, something is broken"
    found = [Limit(metric=main.metric, kind=kind, value=edge, why=why)]
    if with_baseline:
        scale = 1.0 if math.isfinite(metric.high) else abs(value)
        drop = _ceiling(max(half, LEAST_DROP * scale), digits=1)
        if drop > 0:
            no_worse = "max_drop" if kind == "min" else "max_rise"
            found.append(Limit(metric=main.metric, kind=no_worse, value=drop, why="see above"))
    return tuple(found)


def _is_judged(value: MetricValue) -> bool:
    return value.value is not None and (value.n is None or value.n >= MIN_ROWS) and value.metric in METRICS


def _measured(value: MetricValue) -> str:
    number = f"{value.value:.4g}"
    if value.ci_low is None or value.ci_high is None:
        return f"now {number}"
    return f"now {number}, 95 % interval {value.ci_low:.4g} to {value.ci_high:.4g}"


def _floor(value: float, digits: int = 2) -> float:
    return _rounded(value, digits, ROUND_FLOOR)


def _ceiling(value: float, digits: int = 2) -> float:
    return _rounded(value, digits, ROUND_CEILING)


def _rounded(value: float, digits: int, rounding: str) -> float:
    """To significant digits, in one direction: limits that people read and change are short."""
    # Nine digits: what float arithmetic left behind them must not push a limit one step further.
    exact = Decimal(f"{value:.9g}")
    if not exact:
        return 0.0
    return float(exact.quantize(Decimal(1).scaleb(exact.adjusted() - digits + 1), rounding=rounding))
