"""Every text is as long as the contract says, in characters; missing values are not in question."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.domain.asked_values import holds_no_text
from sluice.domain.bounds import bound_text
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
    judge_count,
)
from sluice.domain.contract import Bound, Column, Contract

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


def aggregates(table: Table, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """How many texts are too short or too long."""
    return {"wrong": is_wrong(table, spec, kind).sum()}


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed and failed are both the number of rows with a text of another length."""
    wrong = int(measured.values["wrong"] or 0)
    return Observation(observed=wrong, n_rows=measured.n_rows, n_failed=wrong)


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass where every text is of an allowed length."""
    return judge_count(spec, seen, f"do not have {spec.limit}")


CHECK = Check(
    name=NAME,
    specs=specs,
    unfit=holds_no_text,
    aggregates=aggregates,
    observe=observe,
    judge=judge,
    fails=is_wrong,
)
