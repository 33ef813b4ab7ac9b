"""Every value of the column lies between the contract's minimum and maximum.

Missing values are not in question; NaN, infinite values and times without end are outside every range.
"""

from __future__ import annotations

from sluice.domain.check import (
    Expr,
    Spec,
    Table,
    clock,
    column_of,
    column_spec,
    moment,
)
from sluice.domain.contract import Column, Contract, Scalar
from sluice.domain.kinds import TIMESTAMPS, is_float, is_number
from sluice.domain.row_check import row_check

NAME = "value_range"

FLOAT_MAX = 1.7976931348623157e308


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every column with a minimum, a maximum or both."""
    bounded = (column for column in contract.columns if column.minimum is not None or column.maximum is not None)
    return tuple(column_spec(NAME, column, limit_text(column)) for column in bounded)


def limit_text(column: Column) -> str:
    """The range as people write it, such as ``0 <= value < 10``."""
    low = "" if column.minimum is None else f"{column.minimum} {'<' if column.exclusive_minimum else '<='} "
    high = "" if column.maximum is None else f" {'<' if column.exclusive_maximum else '<='} {column.maximum}"
    return f"{low}value{high}"


def unfit(spec: Spec, kind: str) -> str:
    """Why the column's values cannot be compared with the limits."""
    column = column_of(spec)
    stated = [bound for bound in (column.minimum, column.maximum) if bound is not None]
    if all(comparable(bound, kind) is not None for bound in stated):
        return ""
    return f"not measured: a column of {kind} does not compare with {' and '.join(map(str, stated))}"


def comparable(bound: Scalar, kind: str) -> Expr | None:
    """The bound as a value of the column's kind; ``None`` where they do not compare."""
    if isinstance(bound, str):
        return clock(bound) if kind == "time" else moment(bound, kind) if kind in ("date", *TIMESTAMPS) else None
    return bound if is_number(kind) and not isinstance(bound, bool) else None


def is_outside(table: Table, spec: Spec, kind: str) -> Expr:
    """Which rows hold a value outside the range.

    Asked as "not inside", which a NaN is in every engine, whether it compares with nothing or is the greatest value.
    """
    column, values = column_of(spec), table[spec.column]
    low, above = _end(column.minimum, kind, exclusive=column.exclusive_minimum, upper=False)
    high, below = _end(column.maximum, kind, exclusive=column.exclusive_maximum, upper=True)
    tests: list[Expr] = []
    if low is not None:
        tests.append(values > low if above else values >= low)
    if high is not None:
        tests.append(values < high if below else values <= high)
    beyond = ~(tests[0] if len(tests) == 1 else tests[0] & tests[1])
    # A time without end has no year.
    return beyond | (values.notnull() & values.year().isnull()) if kind in ("date", *TIMESTAMPS) else beyond


def _end(bound: Scalar | None, kind: str, *, exclusive: bool, upper: bool) -> tuple[Expr | None, bool]:
    """Where one side of the range ends, and whether the end itself is outside; ``None`` where it never does."""
    end = None if bound is None else comparable(bound, kind)
    if kind.startswith("uint") and end is not None and end < 0:
        # The engine does not compare unsigned columns with numbers below zero: no value is, all are above.
        return 0, upper
    if end is None and is_float(kind):
        # An open side still ends before infinity.
        return (FLOAT_MAX if upper else -FLOAT_MAX), False
    return end, exclusive


CHECK = row_check(NAME, specs, is_outside, lambda spec: f"lie outside the range `{spec.limit}`", unfit=unfit)
