"""Numbers and differences in the words of a gate's message."""

from __future__ import annotations

from decimal import Decimal

from sluice.domain.margin import measured, stated
from sluice.domain.metric import LEVEL

CONFIDENCE = f"{LEVEL * 100:g} %"


def moved(worse: float) -> str:
    """How a candidate compares with its baseline; ``worse`` is positive where it is the worse one."""
    return (
        f"worse by {worse:.4g}" if worse > 0 else f"better by {-worse:.4g}" if worse < 0 else "as good as the baseline"
    )


def reach(least: float, most: float) -> str:
    """The ends of such a difference's interval in the words of ``moved``: nobody has to know which sign is worse."""
    if least == most == 0:
        return "0 to 0"
    if (least < 0) == (most < 0):
        ends = sorted((abs(least), abs(most)))
        return f"{short(ends[0])} to {short(ends[1])} {'better' if least < 0 else 'worse'}"
    return f"{short(-least)} better to {short(most)}{' worse' if most else ''}"


def between(low: float | None, high: float | None) -> str:
    """The interval of a value, in brackets; nothing where there is none."""
    return "" if low is None or high is None else f" ({CONFIDENCE} interval {short(low)} to {short(high)})"


def short(value: float) -> str:
    """Four significant digits."""
    # Adding zero takes the sign off a negative zero.
    return f"{value + 0.0:.4g}"


def shown(value: float, bound: float) -> str:
    """The value, with as many digits as it takes to tell it from the limit."""
    brief = short(value)
    return repr(value) if float(brief) == bound and measured(value) != stated(bound) else brief


def allowed(written: float | str, margin: Decimal) -> str:
    """A margin as it is written; a share also in the metric's unit."""
    return f"{written} ({short(float(margin))})" if isinstance(written, str) else f"{written:g}"
