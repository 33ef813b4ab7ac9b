"""How many rows would decide a gate whose interval straddles its margin."""

from __future__ import annotations

import math

MOST_ROWS = 1_000_000_000
"""An estimate so near its margin that more rows than this were needed counts as one at the margin."""


def rows_to_decide(difference: float, low: float, high: float, margin: float, n: int) -> int | None:
    """At how many rows the interval would clear ``margin``, on the side of it where ``difference`` lies.

    All four numbers are of one unit and one sign (all of a drop, or all of a difference); ``n`` is how many rows the
    interval from ``low`` to ``high`` rests on. An interval shrinks with the root of the rows, so that ``n`` times the
    square of half-width over distance is needed, were the difference to stay: more than ``n`` where the interval
    straddles the margin, ``n`` where it is clear of it already. ``None`` where the difference is at the margin (within
    what ``MOST_ROWS`` could tell), and for numbers that are not finite or out of order. Source: Cochran 1977, section
    4.4 (rows for a given half-width).
    """
    if n < 1 or not all(map(math.isfinite, (difference, low, high, margin))) or not low <= difference <= high:
        return None
    below = difference < margin
    distance = margin - difference if below else difference - margin
    reach = high - difference if below else difference - low
    if not distance > 0:
        return None
    if reach <= distance:
        return n
    times = reach / distance
    needed = n * times * times
    return max(math.ceil(needed), n + 1) if needed <= MOST_ROWS else None
