"""Every text is as long as the contract says, in characters; missing values are not in question."""

from __future__ import annotations

from sluice.domain.asked_values import holds_no_text
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

NAME = "text_length"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every column with a least or greatest length."""
    stated = (column for column in contract.columns if column.min_length is not None or column.max_length is not None)
    return tuple(column_spec(NAME, column, f"{bound_text(_bound(column))} characters") for column in stated)


def _bound(column: Column) -> Bound:
    return Bound(minimum=column.min_length, maximum=column.max_length)


def is_wrong(table: Table, spec: Spec, kind: str) -> Expr:
    """Which rows hold a text that is too short or too long."""
    column, length = column_of(spec), table[spec.column].length()
    short = None if column.min_length is None else length < column.min_length
    long = None if column.max_length is None else length > column.max_length
    return long if short is None else short if long is None else short | long


CHECK = row_check(NAME, specs, is_wrong, lambda spec: f"do not have {spec.limit}", unfit=holds_no_text)
