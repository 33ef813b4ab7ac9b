"""Two demands side by side: which is the stricter, and whom the difference breaks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from sluice.domain.contract import Bound
from sluice.domain.drift_limits import Severity
from sluice.domain.evolution import ContractChange, Direction

Relation = Literal["same", "added", "removed", "narrowed", "widened", "changed"]

_TIGHTER = ("added", "narrowed", "changed")
_LOOSER = ("removed", "widened", "changed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The severities of one demand in the old contract and in the new (``None``: it is not stated there)."""

    old: Severity | None
    new: Severity | None


def relation(*, old_in_new: bool, new_in_old: bool) -> Relation:
    """What became of the set of allowed data, by which of the two holds the other."""
    if old_in_new:
        return "same" if new_in_old else "widened"
    return "narrowed" if new_in_old else "changed"


def stated(old: object, new: object) -> Relation:
    """What became of a demand that cannot be compared but for being the same; empty and ``None`` are none."""
    if old == new:
        return "same"
    if not old:
        return "added"
    return "changed" if new else "removed"


def broken(became: Relation, weights: Weights) -> tuple[Direction, ...]:
    """Whom a change of the demand breaks; what only warns breaks nobody."""
    found: list[Direction] = []
    if became in _TIGHTER and weights.new == "fail":
        found.append("backward")
    if became in _LOOSER and weights.old == "fail":
        found.append("forward")
    return tuple(found)


def reweighed(what: str, weights: Weights, *, column: str | None, line: int) -> tuple[ContractChange, ...]:
    """The change of a demand's severity, where it is stated in both contracts and weighs otherwise."""
    if weights.old is None or weights.new is None or weights.old == weights.new:
        return ()
    raised = weights.new == "fail"
    said = "closes the gate now, and only warned before" if raised else "only warns now, and closed the gate before"
    change = ContractChange(
        code="severity-raised" if raised else "severity-lowered",
        sentence=f"{what} {said}",
        column=column,
        line=line,
        breaks=("backward",) if raised else ("forward",),
    )
    return (change,)


# -- ranges -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Numbers between two ends; an end is infinite where there is none."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False

    @property
    def everything(self) -> bool:
        """Whether no number is outside."""
        return self.low == -math.inf and self.high == math.inf

    @property
    def nothing(self) -> bool:
        """Whether no number is inside."""
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def holds(self, other: Span) -> bool:
        """Whether all of the other is inside."""
        if other.nothing:
            return True
        low = self.low < other.low or (self.low == other.low and (other.low_open or not self.low_open))
        high = self.high > other.high or (self.high == other.high and (other.high_open or not self.high_open))
        return low and high

    def meets(self, other: Span) -> bool:
        """Whether some number is in both."""
        low, low_open = max((self.low, self.low_open), (other.low, other.low_open))
        high, closed = min((self.high, not self.high_open), (other.high, not other.high_open))
        return not Span(low=low, high=high, low_open=low_open, high_open=not closed).nothing


def span(bound: Bound, *, counts: bool) -> Span:
    """The bound's own range, whatever its sign; of counts, which are whole and not negative, with whole ends."""
    low = -math.inf if bound.minimum is None else bound.minimum
    high = math.inf if bound.maximum is None else bound.maximum
    if not counts or bound.unit != "rows":
        return Span(low=low, high=high, low_open=bound.exclusive_minimum, high_open=bound.exclusive_maximum)
    if math.isfinite(low):
        low = math.floor(low) + 1 if bound.exclusive_minimum else math.ceil(low)
    if math.isfinite(high):
        high = math.ceil(high) - 1 if bound.exclusive_maximum else math.floor(high)
    return Span(low=low if low > 0 else -math.inf, high=high)


def bounds(old: Bound, new: Bound, *, counts: bool) -> Relation:
    """What became of a bound on a number; ``counts``: the number is one of rows, or a share of them."""
    if old.unit != new.unit:
        return "changed"
    first, second = span(old, counts=counts), span(new, counts=counts)
    return relation(
        old_in_new=_within((first, old.negated), (second, new.negated)),
        new_in_old=_within((second, new.negated), (first, old.negated)),
    )


def _within(inner: tuple[Span, bool], outer: tuple[Span, bool]) -> bool:
    """Whether every number that the inner bound allows the outer one allows; each with whether it is negated."""
    (first, not_first), (second, not_second) = inner, outer
    if not not_first:
        return not first.meets(second) if not_second else second.holds(first)
    # What is outside of a range reaches to infinity on some side, but where the range does.
    return first.holds(second) if not_second else second.everything or first.everything
