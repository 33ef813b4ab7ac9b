"""How far intervals reach for a standard error: of a value, and of the difference of two on the same rows."""

from __future__ import annotations

from typing import Protocol

from sluice.domain import stats
from sluice.domain.metric import MIN_TRIALS, Metric
from sluice.domain.stats import Interval


class Measured(Protocol):
    """A metric's value on some rows, wherever these are; ``value`` is ``None`` with a ``reason``."""

    @property
    def metric(self) -> Metric:
        """The metric."""
        ...

    @property
    def n(self) -> int:
        """Number of rows."""
        ...

    @property
    def value(self) -> float | None:
        """The value."""
        ...

    @property
    def trials(self) -> float | None:
        """How many independent rows the value is a rate over; ``None`` where it is no rate."""
        ...

    @property
    def rests_on(self) -> float | None:
        """How many independent rows the value rests on."""
        ...

    @property
    def reason(self) -> str:
        """Why there is no value."""
        ...

    @property
    def reason_code(self) -> str:
        """The reason in a word."""
        ...


def of_value(measured: Measured, error: float | str) -> Interval | str:
    """The interval of a value whose standard error this is, or why there is none; an error in words is handed on."""
    metric, value = measured.metric, measured.value
    if value is None:
        return measured.reason
    if isinstance(error, str):
        return error
    if measured.trials is not None:
        return stats.bounded(value, error, measured.trials)
    if stats.is_zero(error, value):
        return "no spread: the error is the same in every row"
    return stats.normal(value, error).clipped(metric.low, metric.high)


def of_difference(candidate: Measured, baseline: Measured, error: float | str) -> Interval | str:
    """The interval of candidate minus baseline on the same rows, or why there is none; an error in words likewise.

    Where the error is none, it is what the number of rows leaves open.
    """
    if candidate.value is None or baseline.value is None:
        return candidate.reason or baseline.reason
    found = error if isinstance(error, str) else _reach(candidate, baseline, error)
    span = candidate.metric.high - candidate.metric.low
    return found if isinstance(found, str) else found.clipped(-span, span)


def _reach(candidate: Measured, baseline: Measured, error: float) -> Interval | str:
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
        what = "queries" if candidate.metric.unit_rows == "query" else "rows that count"
        return f"only {trials:.0f} {what}, {MIN_TRIALS} are needed"
    if stats.is_zero(error, 1.0):
        return unseen(delta, trials)
    return stats.normal(delta, error)


def unseen(delta: float, trials: float) -> Interval:
    """What so many rows leave open of a difference that is the same in all of them."""
    reach = stats.unseen(trials)
    return Interval(low=delta - reach, high=delta + reach)
