"""Every text has the contract's pattern somewhere in it; missing values are not in question.

Patterns are RE2's, which are matched in time linear in the text, so that none runs for ever. ``^`` and ``$`` are the
text's own ends.
"""

from __future__ import annotations

from sluice.domain.asked_values import cut, holds_no_text
from sluice.domain.check import (
    Expr,
    Spec,
    Table,
    column_of,
    column_spec,
)
from sluice.domain.contract import Contract
from sluice.domain.row_check import row_check

NAME = "pattern"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every column with a pattern."""
    return tuple(
        column_spec(NAME, column, f"matches {cut(column.pattern)}") for column in contract.columns if column.pattern
    )


def is_other(table: Table, spec: Spec, kind: str) -> Expr:
    """Which rows hold a text without the pattern."""
    return ~table[spec.column].re_search(column_of(spec).pattern)


CHECK = row_check(NAME, specs, is_other, lambda spec: "do not match the pattern", unfit=holds_no_text)
