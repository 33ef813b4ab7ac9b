"""Every list has as many items as the contract says, and none twice where it says so.

Missing lists are not in question.
"""

from __future__ import annotations

from sluice.domain.bounds import bound_text
from sluice.domain.check import (
    Expr,
    Spec,
    Table,
    column_of,
    column_spec,
)
from sluice.domain.contract import Bound, Column, Contract
from sluice.domain.row_check import row_check

NAME = "list_items"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every column with a least or greatest number of items, or without repeated ones."""
    return tuple(column_spec(NAME, column, text) for column in contract.columns if (text := limit_text(column)))


def limit_text(column: Column) -> str:
    """What the lists must be like; empty where nothing is said."""
    counted = column.min_items is not None or column.max_items is not None
    count = f"{bound_text(Bound(minimum=column.min_items, maximum=column.max_items))} items" if counted else ""
    return ", ".join(part for part in (count, "no item twice" if column.unique_items else "") if part)


def unfit(spec: Spec, kind: str) -> str:
    """Why the column has no items."""
    return "" if kind == "array" else f"not measured: a column of {kind} holds no lists"


def is_wrong(table: Table, spec: Spec, kind: str) -> Expr:
    """Which rows hold a list with too few or too many items, or an item twice."""
    column, lists = column_of(spec), table[spec.column]
    length = lists.length()
    tests: list[Expr] = []
    if column.min_items is not None:
        tests.append(length < column.min_items)
    if column.max_items is not None:
        tests.append(length > column.max_items)
    if column.unique_items:
        tests.append(lists.unique().length() < length)
    wrong = tests[0]
    for test in tests[1:]:
        wrong = wrong | test
    return wrong


CHECK = row_check(NAME, specs, is_wrong, lambda spec: f"hold a list that is not: {spec.limit}", unfit=unfit)
