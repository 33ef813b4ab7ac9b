"""Every number is a multiple of the contract's; missing values are not in question, NaN and infinite values are none.

Whole numbers exactly; of others the quotient may be off a whole number by a billionth, since 0.3 is no multiple of 0.1
in binary.
"""

from __future__ import annotations

from sluice.domain.asked_values import distance, not_finite
from sluice.domain.bounds import number_text
from sluice.domain.check import (
    Expr,
    Spec,
    Table,
    column_of,
    column_spec,
)
from sluice.domain.contract import Contract
from sluice.domain.kinds import is_float, is_integer, is_number
from sluice.domain.row_check import row_check

NAME = "multiple_of"
TOLERANCE = 1e-9


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every column with a divisor."""
    stated = ((column, column.multiple_of) for column in contract.columns)
    return tuple(
        column_spec(NAME, column, f"multiples of {number_text(step)}") for column, step in stated if step is not None
    )


def unfit(spec: Spec, kind: str) -> str:
    """Why the column has no multiples."""
    return "" if is_number(kind) else f"not measured: a column of {kind} holds no numbers"


def is_other(table: Table, spec: Spec, kind: str) -> Expr:
    """Which rows hold a number that is no multiple."""
    step, values = column_of(spec).multiple_of or 1, table[spec.column]
    if is_integer(kind) and step == int(step):
        return values % int(step) != 0
    off = distance(values.cast("float64") / float(step)) > TOLERANCE
    return off | not_finite(values) if is_float(kind) else off


CHECK = row_check(NAME, specs, is_other, lambda spec: f"are not {spec.limit}", unfit=unfit)
