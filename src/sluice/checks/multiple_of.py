"""Every number is a multiple of the contract's; missing values are not in question, NaN and infinite values are none.

Whole numbers exactly; of others the quotient may be off a whole number by a billionth, since 0.3 is no multiple of 0.1
in binary.
"""

from __future__ import annotations

from collections.abc import Mapping

from sluice.domain.asked_values import distance, not_finite
from sluice.domain.bounds import number_text
from sluice.domain.check import (
    Check,
    Expr,
    Judgement,
    Measured,
    Observation,
    Spec,
    Table,
    column_of,
    column_spec,
    is_float,
    is_integer,
    is_number,
    judge_count,
)
from sluice.domain.contract import Contract

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


def aggregates(table: Table, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """How many numbers are no multiple."""
    return {"others": is_other(table, spec, kind).sum()}


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed and failed are both the number of rows with a number that is no multiple."""
    others = int(measured.values["others"] or 0)
    return Observation(observed=others, n_rows=measured.n_rows, n_failed=others)


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass where every number is a multiple."""
    return judge_count(spec, seen, f"are not {spec.limit}")


CHECK = Check(
    name=NAME,
    specs=specs,
    unfit=unfit,
    aggregates=aggregates,
    observe=observe,
    judge=judge,
    fails=is_other,
)
