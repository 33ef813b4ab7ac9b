"""The operators of quality rules (``mustBe`` and its like) as ranges."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from sluice.adapters.decode.odcs import OPERATORS, Node
from sluice.domain.contract import Bound

_AT_LEAST = ("mustBeGreaterOrEqualTo", "mustBeGreaterThanOrEqualTo")
_AT_MOST = ("mustBeLessOrEqualTo", "mustBeLessThanOrEqualTo")


def read(rule: Node, *, whole: bool = False, truth: bool = False) -> list[Bound]:
    """The ranges that the rule's number must lie in, one for all that it must be and one for each that it must not.

    ``whole``: the number is a count, so that ranges are those of whole numbers. ``truth``: it may be true or false,
    which are 1 and 0. Empty where the rule compares with nothing. Raises ``ConfigError`` for an empty range.
    """
    unit = "percent" if rule.get("unit") == "percent" and not truth else "rows"
    joined: Bound | None = None
    found: list[Bound] = []
    for key in sorted(OPERATORS):
        if rule.get(key) is None:
            continue
        bound = replace(_bound(key, *_ends(rule.at(key), key, truth=truth)), unit=unit)
        if bound.negated:
            found.append(bound)
        else:
            joined = bound if joined is None else _meet(joined, bound)
    if joined is not None:
        joined = _counted(joined) if whole else joined
        _require_some(rule, joined, truth=truth)
        found.insert(0, joined)
    return found


def allows_none_alone(bound: Bound) -> bool:
    """Whether the range says of a count that it is nothing: at most 0, or less than one row."""
    if (
        bound.negated
        or bound.maximum is None
        or (bound.minimum or 0) > 0
        or (bound.exclusive_minimum and bound.minimum == 0)
    ):
        return False
    if bound.exclusive_maximum:
        return bound.unit == "rows" and 0 < bound.maximum <= 1
    return bound.maximum == 0


def _ends(node: Node, key: str, *, truth: bool) -> tuple[float, float]:
    values = node.value if key.endswith("Between") else [node.value]
    between = key.endswith("Between")
    if not isinstance(values, list) or len(values) != (2 if between else 1):
        node.refuse("must be two numbers")
    if truth and not between:
        values = [int(value) if isinstance(value, bool) else value for value in values]
    if not all(_is_number(value) for value in values):
        node.refuse("must be two numbers" if between else "must be a number")
    return values[0], values[-1]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _bound(key: str, first: float, last: float) -> Bound:
    match key:
        case "mustBe" | "mustBeBetween":
            return Bound(minimum=first, maximum=last)
        case "mustNotBe" | "mustNotBeBetween":
            return Bound(minimum=first, maximum=last, negated=True)
        case "mustBeGreaterThan":
            return Bound(minimum=first, exclusive_minimum=True)
        case "mustBeLessThan":
            return Bound(maximum=first, exclusive_maximum=True)
        case _:
            return Bound(minimum=first) if key in _AT_LEAST else Bound(maximum=first)


def _meet(one: Bound, other: Bound) -> Bound:
    """The range in which both are kept."""
    low = max(
        ((bound.minimum, bound.exclusive_minimum) for bound in (one, other) if bound.minimum is not None),
        default=(None, False),
    )
    high = min(
        ((bound.maximum, not bound.exclusive_maximum) for bound in (one, other) if bound.maximum is not None),
        default=(None, True),
    )
    return replace(one, minimum=low[0], exclusive_minimum=low[1], maximum=high[0], exclusive_maximum=not high[1])


def _counted(bound: Bound) -> Bound:
    """The same range of whole numbers, its ends within."""
    low, high = bound.minimum, bound.maximum
    if low is not None:
        low = math.floor(low) + 1 if bound.exclusive_minimum else math.ceil(low)
    if high is not None:
        high = math.ceil(high) - 1 if bound.exclusive_maximum else math.floor(high)
    return replace(bound, minimum=low, maximum=high, exclusive_minimum=False, exclusive_maximum=False)


def _require_some(rule: Node, bound: Bound, *, truth: bool) -> None:
    low, high = bound.minimum, bound.maximum
    empty = (
        low is not None
        and high is not None
        and (low > high or (low == high and (bound.exclusive_minimum or bound.exclusive_maximum)))
    )
    below = not truth and high is not None and (high < 0 or (high == 0 and bound.exclusive_maximum))
    if empty or below:
        rule.refuse("no number can fulfil it")
