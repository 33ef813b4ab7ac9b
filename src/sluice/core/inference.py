"""A first contract for data that has none: what holds of the data today, with room to move, for people to correct."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any

from sluice.checks import column_type
from sluice.core.drafting import document, quoted, sayable
from sluice.domain.check import moment
from sluice.domain.contract import Bound, Column, LogicalType, RowCount, Scalar
from sluice.domain.draft import Draft, DraftColumn, DraftTable
from sluice.domain.kinds import TIMESTAMPS, is_float, is_integer, is_number
from sluice.domain.profile import UUID_SHAPE, ColumnProfile, TableProfile

# A column of so few rows may be without repetition by chance.
MIN_ROWS_OF_KEY = 100
MAX_ALLOWED = 20
# Each listed value came this often on average, so that another one would probably have come too.
MIN_ROWS_PER_VALUE = 20
MARGIN = Decimal("0.1")
# Digits of the range's width that its ends keep.
_WIDTH_DIGITS = 2
_INT64_MAX = 2**63 - 1
_EXACT = Context(prec=400)
_UUID = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
_SPECIAL = frozenset("\\.^$*+?{}[]|()")
_RUNS = {"9": "[0-9]", "A": "[A-Z]", "a": "[a-z]"}

_HEAD = (
    "What must hold of the data in {source}.",
    "It was inferred from the data as it is now: read it, correct it, and commit it. From then on Sluice checks it for",
    "every pull request. The format is the Open Data Contract Standard: "
    "https://bitol-io.github.io/open-data-contract-standard",
)
_RULES = (
    "A demand that only warns, and does not close the gate, has `severity: warning` (rules under `quality`), or on a",
    "column:  customProperties: [{property: sluice.severity, value: warn}]",
)
_FRESHNESS = (
    "How old the newest row may be; remove the marks to demand it.",
    "slaProperties:",
    "  - property: freshness",
    "    element: {column}",
    "    value: 7",
    "    unit: d",
)


def infer(profile: TableProfile, *, name: str, source: str) -> str:
    """The text of an ODCS v3.1 document that the profiled data fulfils, each rule explained by a comment.

    Numbers get a range with a tenth of its width on either side, times a first day, columns with few different values
    a list of them, texts of one form that form, whole numbers that never repeat nothing of it. Raises ``ValueError``
    for a table without rows or columns: nothing is known of it.
    """
    if not profile.n_rows or not profile.columns:
        raise ValueError("a contract cannot be inferred from a table without rows or columns")
    named = tuple(column for column in profile.columns if sayable(column.name))
    unnamed = tuple(column.name for column in profile.columns if not sayable(column.name))
    table = DraftTable(
        name=name,
        columns=tuple(_column(column, profile.n_rows) for column in named),
        demands=(RowCount(bound=Bound(minimum=max(1, profile.n_rows // 2))),),
        remarks={
            "quality": _RULES,
            "rowCount": (f"Now there are {profile.n_rows} rows; half of them lost would hardly be by intention.",),
        },
    )
    head = tuple(line.format(source=source) for line in _HEAD)
    left_out = tuple(f"A column is left out, since YAML cannot hold its name: {name}" for name in unnamed)
    times = [column.name for column in named if column.kind in ("date", *TIMESTAMPS)]
    foot = tuple(line.format(column=quoted(times[0])) for line in _FRESHNESS) if times else ()
    return document(Draft(tables=(table,)), head=(*head, *left_out), foot=foot)


def _column(column: ColumnProfile, n_rows: int) -> DraftColumn:
    """The column with what holds of it, each demand with a remark that says what it rests on."""
    logical = logical_type(column)
    remarks: dict[str, tuple[str, ...]] = {}
    if logical is None and column.n_values == 0:
        remarks["logicalType"] = ("It holds no value, so that its type is not known.",)
    elif logical is None:
        remarks["logicalType"] = (
            f"Its type, {column.kind}, has no name in the standard; only its presence is checked.",
        )
    missing, unique, allowed = n_rows - column.n_values, _is_key(column, n_rows), _allowed(column)
    remarks["required"] = ("no value is missing now",)
    if missing:
        said = f"{missing} of {n_rows} values are missing now; `required: true` would forbid it."
        remarks["required"] = (said,)
    if unique:
        remarks["unique"] = ("no value comes twice now, as in a key",)
    demands = _Demands(Column(name=column.name, logical_type=logical, required=missing == 0, unique=unique), remarks)
    if allowed:
        several = f"Only {len(allowed)} different values are there now, and all come often."
        said = several if len(allowed) > 1 else "Every value is the same now."
        demands.add("allowed", said, allowed=allowed)
    elif _is_numbering(column):
        said = "No number comes twice, as in a key, and the next rows bring new ones; so no range is stated."
        remarks["logicalTypeOptions"] = (said,)
    else:
        _range(column, demands)
        _text(column, demands)
    return DraftColumn(column=demands.column, remarks=demands.remarks)


class _Demands:
    """A column that gathers demands, and what is remarked of each."""

    def __init__(self, column: Column, remarks: dict[str, tuple[str, ...]]) -> None:
        self.column, self.remarks = column, remarks

    def add(self, key: str, remark: str, **demand: Any) -> None:
        """One demand more; the remark stands by the standard's key of it."""
        self.column = replace(self.column, **demand)
        self.remarks[key] = (remark,)


def logical_type(column: ColumnProfile) -> LogicalType | None:
    """The standard's name of the column's type, where it has one."""
    if column.n_values == 0 and column.kind in column_type.UNTYPED:
        return None
    known: tuple[LogicalType, ...] = ("integer", "number", "string", "boolean", "date", "timestamp", "time", "array")
    return next((logical for logical in (*known, "object") if column_type.fits(logical, column.kind)), None)


def _is_key(column: ColumnProfile, n_rows: int) -> bool:
    looks = column.kind == "string" or is_integer(column.kind)
    return looks and n_rows >= MIN_ROWS_OF_KEY and column.n_values == column.n_distinct == n_rows


def _is_numbering(column: ColumnProfile) -> bool:
    return is_integer(column.kind) and MIN_ROWS_OF_KEY <= column.n_values == column.n_distinct


def _allowed(column: ColumnProfile) -> tuple[Scalar, ...]:
    few = 0 < column.n_distinct == len(column.values) <= MAX_ALLOWED
    if not few or column.n_values < MIN_ROWS_PER_VALUE * column.n_distinct:
        return ()
    return column.values if all(sayable(value) for value in column.values) else ()


# -- ranges -----------------------------------------------------------------------------------------


def _range(column: ColumnProfile, demands: _Demands) -> None:
    low, high = column.minimum, column.maximum
    if low is None or high is None or not column.n_values:
        return
    if isinstance(low, str):
        _first_day(column.kind, low, demands)
        return
    if isinstance(high, str) or not is_number(column.kind) or not (sayable(low) and sayable(high)):
        return
    if is_float(column.kind) and (column.n_nan or column.n_infinite):
        said = "It holds NaN or infinite values, which are outside every range; so no range is stated."
        demands.remarks["logicalTypeOptions"] = (said,)
        return
    least, greatest = widened(low, high, whole=is_integer(column.kind))
    demands.add("minimum", f"the least value is {json.dumps(low)} now", minimum=least)
    demands.add("maximum", f"the greatest value is {json.dumps(high)} now", maximum=greatest)


def _first_day(kind: str, low: str, demands: _Demands) -> None:
    """A minimum alone: time goes on, and the next rows are later than all of these."""
    day = low[:10]
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day) is None or "(BC)" in low or moment(day, kind) is None:
        return
    demands.add("minimum", "the earliest day now; later ones are always welcome", minimum=day)


def widened(low: float, high: float, *, whole: bool) -> tuple[float, float]:
    """The range with a tenth of its width added on either side, the ends rounded outward.

    Rounded to two digits of the width; data without negative (or positive) values gets no such end. A single value
    gets a tenth of its size. ``whole`` gives integers.
    """
    least, greatest = Decimal(low), Decimal(high)
    width = _EXACT.subtract(greatest, least) or abs(least) or Decimal(1)
    unit = Decimal(1).scaleb(width.adjusted() - _WIDTH_DIGITS + 1)
    if whole:
        unit = max(unit, Decimal(1))
    margin = _EXACT.multiply(width, MARGIN)
    down = _rounded(_EXACT.subtract(least, margin), unit, ROUND_FLOOR)
    up = _rounded(_EXACT.add(greatest, margin), unit, ROUND_CEILING)
    down = Decimal(0) if least >= 0 > down else down
    up = Decimal(0) if least < 0 and greatest <= 0 < up else up
    if whole:
        return max(int(down), -_INT64_MAX), min(int(up), _INT64_MAX)
    # A float is not the decimal it was rounded to, nor always finite; the data itself stays inside in any case.
    first, last = float(down), float(up)
    return (first if abs(first) < float("inf") else low, last if abs(last) < float("inf") else high)


def _rounded(value: Decimal, unit: Decimal, rounding: str) -> Decimal:
    steps = _EXACT.divide(value, unit).to_integral_value(rounding=rounding)
    return _EXACT.multiply(steps, unit)


# -- text -------------------------------------------------------------------------------------------


def _text(column: ColumnProfile, demands: _Demands) -> None:
    """The one form that all of many texts have, where they have one."""
    if column.n_values < MIN_ROWS_OF_KEY or not column.shape:
        return
    if column.shape == UUID_SHAPE:
        demands.add("pattern", "every value is a UUID now", pattern=_UUID)
    else:
        demands.add("pattern", "every value has this form now", pattern=f"^{_pattern(column.shape)}$")


def _pattern(shape: str) -> str:
    """The regular expression of a shape: runs of digits, of capital and of small letters, all else as it is."""
    found: list[str] = []
    for run in re.finditer(r"9+|A+|a+|.", shape, re.DOTALL):
        sign, times = run[0][0], len(run[0])
        kind = _RUNS.get(sign)
        plain = f"\\{sign}" if sign in _SPECIAL else sign
        found.append(plain if kind is None else kind if times == 1 else f"{kind}{{{times}}}")
    return "".join(found)
