"""Numbers as documents write them: finite and within 64 bits, or told why not."""

from __future__ import annotations

import math
from dataclasses import dataclass

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
_MAX_DIGITS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class BadNumber:
    """A number that must not be used, in the document's words, and why."""

    text: str
    why: str


def integer(text: str, base: int = 10) -> int | BadNumber:
    """A whole number within 64 bits with sign."""
    # Python itself refuses very long ones, and slowly; no 64-bit number needs as many digits.
    value = int(text, base) if len(text) <= _MAX_DIGITS else INT64_MAX + 1
    if INT64_MIN <= value <= INT64_MAX:
        return value
    return BadNumber(text=text[:40], why="beyond 64 bits")


def real(text: str) -> float | BadNumber:
    """A finite floating-point number; ``1e999`` is none."""
    value = float(text)
    return value if math.isfinite(value) else not_finite(text)


def not_finite(text: str) -> BadNumber:
    """What ``NaN`` and ``Infinity`` become."""
    return BadNumber(text=text[:40], why="not a finite number")
