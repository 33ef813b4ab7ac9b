"""Every value of the column is one of those the contract lists; missing values are not in question, NaN is a value."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sluice.domain.check import (
    Expr,
    Spec,
    Table,
    column_of,
    column_spec,
    moment,
)
from sluice.domain.contract import Contract, Scalar
from sluice.domain.kinds import TIMESTAMPS, is_number
from sluice.domain.row_check import row_check

NAME = "allowed_values"

# A limit is read by people and compared by machines: longer lists are cut, and named by their digest.
MAX_LIMIT_CHARS = 160


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every column with a list of allowed values."""
    listed = (column for column in contract.columns if column.allowed)
    return tuple(column_spec(NAME, column, limit_text(column.allowed)) for column in listed)


def limit_text(allowed: tuple[Scalar, ...]) -> str:
    """``one of`` the values as JSON; a long list shows its beginning, its length and its digest."""
    text = json.dumps(allowed, ensure_ascii=False)[1:-1]
    if len(text) <= MAX_LIMIT_CHARS:
        return f"one of {text}"
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"one of {len(allowed)} values (digest {digest}): {text[:MAX_LIMIT_CHARS]} ..."


def unfit(spec: Spec, kind: str) -> str:
    """Why the column's values cannot be compared with the list."""
    strange = [value for value in column_of(spec).allowed if comparable(value, kind) is None]
    if not strange:
        return ""
    return f"not measured: a column of {kind} does not compare with {json.dumps(strange[0], ensure_ascii=False)[:80]}"


def comparable(value: Scalar, kind: str) -> Any:
    """The value as one of the column's kind; ``None`` where they do not compare."""
    if isinstance(value, bool):
        return value if kind == "boolean" else None
    if isinstance(value, str):
        return value if kind == "string" else moment(value, kind) if kind in ("date", *TIMESTAMPS) else None
    return value if is_number(kind) else None


def is_other(table: Table, spec: Spec, kind: str) -> Expr:
    """Which rows hold a value that is not listed."""
    return ~table[spec.column].isin([comparable(value, kind) for value in column_of(spec).allowed])


CHECK = row_check(NAME, specs, is_other, lambda spec: "hold a value that is not allowed", unfit=unfit)
