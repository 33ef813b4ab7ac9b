"""Every text has the contract's pattern somewhere in it; missing values are not in question.

Patterns are RE2's, which are matched in time linear in the text, so that none runs for ever. ``^`` and ``$`` are the
text's own ends.
"""

from __future__ import annotations

from collections.abc import Mapping

from sluice.domain.asked_values import cut, holds_no_text
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
from sluice.domain.contract import Contract

NAME = "pattern"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every column with a pattern."""
    return tuple(
        column_spec(NAME, column, f"matches {cut(column.pattern)}") for column in contract.columns if column.pattern
    )


def is_other(table: Table, spec: Spec, kind: str) -> Expr:
    """Which rows hold a text without the pattern."""
    return ~table[spec.column].re_search(column_of(spec).pattern)


def aggregates(table: Table, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """How many texts are without the pattern."""
    return {"others": is_other(table, spec, kind).sum()}


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed and failed are both the number of rows with a text without the pattern."""
    others = int(measured.values["others"] or 0)
    return Observation(observed=others, n_rows=measured.n_rows, n_failed=others)


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass where every text matches."""
    return judge_count(spec, seen, "do not match the pattern")


CHECK = Check(
    name=NAME,
    specs=specs,
    unfit=holds_no_text,
    aggregates=aggregates,
    observe=observe,
    judge=judge,
    fails=is_other,
)
