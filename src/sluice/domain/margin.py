"""Limits as people write them, and measured numbers beside them: both as decimal numbers.

A limit is what stands in the file: ``0.9`` is nine tenths, not the binary number beside it. A measured number is taken
at ``DIGITS`` significant digits, all that binary64 holds for sure of a decimal number, so that what rounding left
behind the last of them (0.30000000000000004) does not decide a gate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

DIGITS = 15
"""Significant decimal digits of a measured number that count. Source: IEEE 754, binary64."""

_SHARE = re.compile(r"(?P<percent>[0-9]{1,6}(?:\.[0-9]{1,9})?) ?%")


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """How far a candidate may be from its baseline: in the metric's unit, or as a share of the baseline's value."""

    amount: Decimal
    relative: bool = False

    def of(self, baseline: float) -> Decimal:
        """The margin in the metric's unit; a share counts by the size of the baseline's value."""
        return self.amount * abs(measured(baseline)) if self.relative else self.amount


def stated(limit: float) -> Decimal:
    """A limit as it is written."""
    return Decimal(repr(limit))


def measured(value: float) -> Decimal:
    """A measured number at ``DIGITS`` significant digits."""
    return Decimal(f"{value:.{DIGITS}g}")


def margin(written: float | str) -> Margin | None:
    """The margin of ``0.005`` or ``2 %``; ``None`` for any other text."""
    if not isinstance(written, str):
        return Margin(amount=stated(written))
    found = _SHARE.fullmatch(written)
    return Margin(amount=Decimal(found["percent"]) / 100, relative=True) if found else None
