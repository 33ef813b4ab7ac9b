"""The column is there, under its very name, and holds values of its logical type."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.domain.check import (
    MISSING_COLUMN,
    Check,
    Expr,
    Judgement,
    Measured,
    Observation,
    Spec,
    Table,
    column_of,
    column_spec,
    outside,
)
from sluice.domain.contract import Contract, LogicalType
from sluice.domain.kinds import TIMESTAMPS, is_integer, is_number
from sluice.domain.verdict import Verdict

NAME = "column_type"
ANY = "any type"

# CSV and JSON state no types: a column without a single value is read as one of these, and could be of any type.
UNTYPED = ("string", "json", "null")


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every column of the contract: it must be there even where no type is stated."""
    return tuple(column_spec(NAME, column, column.logical_type or ANY) for column in contract.columns)


def aggregates(table: Table, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """Counts values only where the type is wrong and an empty column would excuse it."""
    wrong = not fits(column_of(spec).logical_type, kind)
    return {"values": table[spec.column].count()} if wrong and kind in UNTYPED else {}


def observe(spec: Spec, measured: Measured) -> Observation:
    """The column's kind; ``null`` for a column that holds no value and so contradicts no type."""
    kind = "null" if measured.values.get("values") == 0 else measured.kind
    return Observation(observed=kind or None, n_rows=measured.n_rows)


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass where the observed kind can hold the logical type; an absent column fails by its name."""
    if seen.observed is None:
        return outside(spec, f"{MISSING_COLUMN}: `{spec.column}`")
    kind = str(seen.observed)
    if fits(column_of(spec).logical_type, kind):
        return Judgement(verdict=Verdict.PASS)
    return outside(spec, f"is {kind}, not {spec.limit}")


def fits(logical: LogicalType | None, kind: str) -> bool:
    """Whether values of this kind are of the logical type.

    ``integer`` is any width, signed or not, and decimals without a fraction; ``number`` is these, decimals and
    floats; ``timestamp`` is with or without a zone; a date is no timestamp.
    """
    if logical is None or kind == "null":
        return True
    match logical:
        case "integer":
            return is_integer(kind)
        case "number":
            return is_number(kind)
        case "timestamp":
            return kind in TIMESTAMPS
        case "object":
            return kind in ("struct", "map")
        case "string" | "boolean" | "date" | "time" | "array":
            return kind == logical


CHECK = Check(name=NAME, specs=specs, aggregates=aggregates, observe=observe, judge=judge, needs_column=False)
