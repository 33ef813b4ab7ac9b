"""Every value could be stored in a column of the physical type that the contract names, such as ``varchar(20)``.

The values count, and not the types of the file: ``INT`` holds where every number fits into 32 bits, however wide the
file's numbers are. Names that no known dialect has are documentation. Missing values are not in question.
"""

from __future__ import annotations

from collections.abc import Mapping

from sluice.domain.asked_values import cut, distance, kind_range, not_finite, outside_numbers
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
    outside,
)
from sluice.domain.contract import Contract
from sluice.domain.kinds import TIMESTAMPS, is_float, is_integer, is_number
from sluice.domain.physical import FLOAT32_MAX, Physical, integer_range, parsed
from sluice.domain.verdict import Verdict

NAME = "physical_type"

# Of a file that states no types, a column without values may be of any.
UNTYPED = ("string", "json", "null")
# A number in binary is what it was rounded to, and not the decimal that was meant.
TOLERANCE = 1e-6


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every column whose physical type has a known name."""
    named = (column for column in contract.columns if column.physical_type and parsed(column.physical_type))
    return tuple(column_spec(NAME, column, cut(column.physical_type)) for column in named)


def _type(spec: Spec) -> Physical:
    found = parsed(column_of(spec).physical_type)
    if found is None:
        raise TypeError(f"{column_of(spec).physical_type} is no type")
    return found


def fits(physical: Physical, kind: str) -> bool:
    """Whether a column of this kind holds values of the type's family."""
    match physical.family:
        case "integer":
            return is_integer(kind)
        case "number" | "decimal":
            return is_number(kind)
        case "timestamp":
            return _zoned(physical, kind)
        case "string":
            return kind in ("string", "uuid")
        case "object":
            return kind in ("struct", "map")
        case "json":
            return kind in ("json", "struct", "map", "array", "string")
        case "date":
            return kind in ("date", *TIMESTAMPS)
        case _:
            return kind == physical.family


def _zoned(physical: Physical, kind: str) -> bool:
    if physical.zoned is None:
        return kind in ("date", *TIMESTAMPS)
    return kind == "timestamp with time zone" if physical.zoned else kind in ("date", "timestamp")


def does_not_fit(table: Table, spec: Spec, kind: str) -> Expr | None:
    """Which rows hold a value that the type cannot; ``None`` where it can hold every value of the column's kind."""
    physical, values = _type(spec), table[spec.column]
    if not fits(physical, kind):
        return None
    if physical.max_length is not None and kind == "string":
        return values.length() > physical.max_length
    if physical.family == "integer":
        low, high = integer_range(physical.bits, signed=physical.signed)
        least, greatest = kind_range(kind)
        return None if low <= least and greatest <= high else outside_numbers(values, kind, low, high)
    if physical.family == "number" and physical.bits == 32 and kind != "float32":
        beyond = outside_numbers(values, kind, -FLOAT32_MAX, FLOAT32_MAX)
        return beyond & ~not_finite(values) if is_float(kind) else beyond
    if physical.family == "decimal" and physical.precision is not None:
        return _too_precise(values, kind, physical.precision, physical.scale)
    if physical.family == "date" and kind in TIMESTAMPS:
        # Where a date may hold a time of day, as in Oracle, the contract's logical type says so.
        return None if column_of(spec).logical_type == "timestamp" else values != values.truncate("D")
    return None


def _too_precise(values: Expr, kind: str, precision: int, scale: int) -> Expr:
    """Which numbers have more digits before or behind the point than a decimal of this size."""
    number = values.cast("float64")
    most = 10.0 ** (precision - scale)
    beyond = number.abs() >= most
    if not is_integer(kind):
        beyond = beyond | (distance(number * 10.0**scale) > TOLERANCE)
    return beyond | not_finite(values) if is_float(kind) else beyond


def aggregates(table: Table, spec: Spec, kind: str) -> Mapping[str, Expr]:
    """How many values do not fit; how many there are, where the column is of another family."""
    if not fits(_type(spec), kind):
        return {"values": table[spec.column].count()}
    wrong = does_not_fit(table, spec, kind)
    return {} if wrong is None else {"wrong": wrong.sum()}


def observe(spec: Spec, measured: Measured) -> Observation:
    """Observed is the column's kind (``null`` for one that may be of any), failed how many values do not fit."""
    if measured.values.get("values") == 0 and measured.kind in UNTYPED:
        return Observation(observed="null", n_rows=measured.n_rows, n_failed=0)
    wrong = measured.values.get("values") or measured.values.get("wrong") or 0
    return Observation(observed=measured.kind, n_rows=measured.n_rows, n_failed=int(wrong))


def judge(spec: Spec, seen: Observation) -> Judgement:
    """Pass where every value fits; a column of another family fails whatever it holds."""
    kind = seen.observed
    if not isinstance(kind, str) or seen.n_failed is None:
        return Judgement(verdict=Verdict.ERROR, message=seen.reason or "was not measured")
    if kind != "null" and not fits(_type(spec), kind):
        return outside(spec, f"is {kind}, not {spec.limit}")
    return judge_count(spec, seen, f"hold a value that does not fit into `{spec.limit}`")


CHECK = Check(
    name=NAME,
    specs=specs,
    aggregates=aggregates,
    observe=observe,
    judge=judge,
    fails=does_not_fit,
)
