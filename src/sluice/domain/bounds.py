"""Ranges that a number must lie in, or outside of: asked, and said."""

from __future__ import annotations

from sluice.domain.contract import Bound


def inside(bound: Bound, value: float) -> bool:
    """Whether the bound allows the value, which is in the bound's own unit; NaN is never allowed."""
    if value != value:
        return False
    low = bound.minimum is None or (value > bound.minimum if bound.exclusive_minimum else value >= bound.minimum)
    high = bound.maximum is None or (value < bound.maximum if bound.exclusive_maximum else value <= bound.maximum)
    return (low and high) is not bound.negated


def bound_text(bound: Bound) -> str:
    """The range as people say it, such as ``at least 5``; the same range always reads the same."""
    said = _range(bound)
    if bound.negated:
        said = f"not {said.removeprefix('exactly ')}" if bound.minimum is not None else f"not ({said})"
    return said


def _range(bound: Bound) -> str:
    low, high = bound.minimum, bound.maximum
    if low is not None and high is not None:
        if low == high:
            return f"exactly {number_text(low)}"
        if not (bound.exclusive_minimum or bound.exclusive_maximum):
            return f"{number_text(low)} to {number_text(high)}"
    least = "" if low is None else f"{'more than' if bound.exclusive_minimum else 'at least'} {number_text(low)}"
    most = "" if high is None else f"{'less than' if bound.exclusive_maximum else 'at most'} {number_text(high)}"
    return " and ".join(part for part in (least, most) if part) or "any number of"


def number_text(value: float) -> str:
    """The number without a needless fraction, and with every digit that it has."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
