"""What several checks ask of a column's values, as expressions that every engine has; and their limits, as text."""

from __future__ import annotations

import hashlib
import re

from sluice.domain.check import Expr, Spec

FLOAT64_MAX = 1.7976931348623157e308
_WIDTH = re.compile(r"(u?)int([0-9]+)")

# A limit is read by people and compared by machines: longer ones are cut, and named by their digest.
MAX_LIMIT_CHARS = 160


def cut(text: str) -> str:
    """The text on one line, as part of a limit; a long one shows its beginning and its digest."""
    line = " ".join(text.split())
    if len(line) <= MAX_LIMIT_CHARS and line == text:
        return line
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"{line[:MAX_LIMIT_CHARS]}{' ...' if len(line) > MAX_LIMIT_CHARS else ''} (digest {digest})"


def holds_no_text(spec: Spec, kind: str) -> str:
    """Why a column cannot be asked for its texts; empty where it holds texts."""
    return "" if kind == "string" else f"not measured: a column of {kind} holds no text"


def outside_numbers(values: Expr, kind: str, low: float, high: float) -> Expr:
    """Which numbers are below the one or above the other; a NaN is in every engine."""
    tests: list[Expr] = []
    least, greatest = kind_range(kind)
    if low > least:
        tests.append(values >= low)
    if high < greatest:
        tests.append(values <= high)
    if not tests:
        return values.isnull() & values.notnull()
    return ~(tests[0] if len(tests) == 1 else tests[0] & tests[1])


def kind_range(kind: str) -> tuple[float, float]:
    """Least and greatest number that a column of this kind can hold at all.

    Engines do not compare a column of whole numbers with what is beyond it.
    """
    whole = _WIDTH.fullmatch(kind)
    if whole is None:
        return -float("inf"), float("inf")
    bits = int(whole[2])
    return (0, 2**bits - 1) if whole[1] else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def distance(numbers: Expr) -> Expr:
    """How far every float is from a whole number; 0 for NaN, infinite ones, and those too great to have a fraction."""
    small = (numbers.abs() < 2.0**53).ifelse(numbers, 0.0)
    return (small - small.round(0)).abs()


def not_finite(values: Expr) -> Expr:
    """Which floats are NaN or infinite: asked as "not within", since not every engine can be asked by name."""
    return ~(values.abs() <= FLOAT64_MAX)
