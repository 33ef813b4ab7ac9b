"""What a metric is: one frozen descriptor per metric, listed in ``sluice.metrics.METRICS``.

NumPy is named for types only, so that the gate can read names, directions and ranges without loading it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sluice.domain.config import Task
from sluice.domain.evaluation import Direction
from sluice.domain.metric_names import FAMILY_NUMBERS, Numbers

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray
    from sluice.domain.sums import Sums

LEVEL = 0.95
"""Confidence level of every interval, two-sided: a non-inferiority gate errs in at most 2.5 % at its margin."""

MIN_ROWS = 30
"""Fewer rows are measured and shown, but no gate is judged on them: the intervals rest on larger samples."""

MIN_TRIALS = 20
"""Fewer effective rows under a value (positive rows for recall, the rarer class for ranking) and no limit is judged on
the value itself; there the standard errors of ranking metrics are too small as well (88 % coverage at ten)."""

RANGE_ROUNDING = 1e-9
"""How far rounding may carry a value over the edge of its range, relative to the edge (absolute at zero)."""

Labels = Any
"""True or predicted values, one per row: numbers, or text where the classes have names."""

Need = Literal["score", "prediction", "probabilities", "low", "high", "naive", "query", "time", "group"]
"""A column of the predictions, beside the true value, as ``evaluation.columns`` names them.

Where no column is named for ``group``, all rows are of one group.
"""


class Undefined(ValueError):
    """The metric has no value on these rows; the text says why, in words that follow the metric's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One evaluation metric, with all that its interval and its gate need.

    ``value(y, p, w)`` and ``influence(y, p, w)`` take the true values, what ``needs`` names and the weights (or
    ``None``), of one length n. ``p`` has shape (n,) where one column is needed, (n, k) for k of them, in their order;
    for ``probabilities`` it is (n, classes), and ``y`` then holds the class's position. ``value`` raises
    ``Undefined``. ``influence`` gives one value per row (mean zero, weights included, so that the standard error is
    ``std / sqrt(n)``), or ``None``: then the interval is bootstrapped, by ``many`` where there is one:
    ``many(y, p, draws)`` is the value under every row of ``draws``, weights of shape (replicates, n); NaN where there
    is none. ``outer(y, p, w)`` is -1 or 1 for rows of which, in whatever set of these rows is drawn, only the sum over
    each class counts, since their values of ``p`` are below, or above, all that matter; else 0. ``trials(y, p, w)`` is
    how many rows the value is a rate over (for values from 0 to 1 only); ``counted`` is true where every row counts as
    right or wrong, so that few disagreements must not look certain. ``among(y)`` marks the rows of which the value is
    the share where ``p`` equals ``y``: McNemar's test is of them. Rows of one query are one observation where
    ``unit_rows`` says so. ``sums`` is what it is made of where sums of the rows are all it needs (of ``trials``, it has
    then every row). ``unasked`` is false for what is measured only where somebody names it.
    """

    name: str
    tasks: tuple[Task, ...]
    direction: Direction
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    needs: tuple[Need, ...]
    binary: bool = True
    unit_rows: Literal["row", "query"] = "row"
    counted: bool = False
    among: Callable[[Labels], Labels] | None = None
    unasked: bool = True
    value: Callable[[Labels, Labels, FloatArray | None], float]
    influence: Callable[[Labels, Labels, FloatArray | None], FloatArray | None]
    many: Callable[[Labels, Labels, FloatArray], FloatArray] | None = None
    outer: Callable[[Labels, Labels, FloatArray | None], Labels] | None = None
    trials: Callable[[Labels, Labels, FloatArray | None], float] | None = None
    sums: Sums | None = None
    definition: str
    assumptions: str = ""
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Metrics that differ by one number, written after an ``@``: ``fbeta@2``, ``ndcg@10``.

    ``make`` gives the metric of a number, whose name has it; which numbers may stand there, ``metric_names`` says. The
    one of the usual number is measured unasked, unless nobody but the user can know the number.
    """

    name: str
    parameter: str
    unasked: bool = True
    make: Callable[[float], Metric]

    @property
    def numbers(self) -> Numbers:
        """What may stand after the ``@``."""
        return FAMILY_NUMBERS[self.name]

    @property
    def usual(self) -> float:
        """The number that most people would choose."""
        return self.numbers.usual

    def of(self, text: str) -> Metric | None:
        """The metric of a number written plainly (``2``, ``0.95``); ``None`` where it is none, or out of range."""
        number = self.numbers.read(text)
        return None if number is None else self.make(number)


def outside(metric: Metric, value: float) -> str:
    """What is wrong with a value outside the metric's range; empty for one inside."""
    edges = (metric.low, metric.high)
    if metric.low <= value <= metric.high:
        return ""
    if any(math.isclose(value, edge, rel_tol=RANGE_ROUNDING, abs_tol=RANGE_ROUNDING) for edge in edges):
        return ""
    return f"{value:.6g} is outside {metric.low:g} to {metric.high:g}, the range of {metric.name}"


def weight_of(rows: Labels, weight: FloatArray | None) -> float:
    """Total weight of the rows that are marked with 1; their number where there are no weights."""
    return float(rows.sum() if weight is None else (rows * weight).sum())


def need_both_classes(y: Labels, weight: FloatArray | None) -> None:
    """Raise ``Undefined`` where all rows (that weigh anything) are of one class."""
    need_positives(y, weight)
    if weight_of(1 - y, weight) <= 0:
        raise Undefined("needs both classes; no row is negative")


def need_chances(p: Labels) -> None:
    """Raise ``Undefined`` where a score is not a probability."""
    if p.min() < 0 or p.max() > 1:
        worst = p.min() if p.min() < 0 else p.max()
        raise Undefined(f"needs probabilities from 0 to 1; there is a score of {worst:.6g}")


def need_positives(y: Labels, weight: FloatArray | None) -> None:
    """Raise ``Undefined`` where no row (that weighs anything) is positive."""
    if weight_of(y, weight) <= 0:
        raise Undefined("needs positive rows; no row is positive")
