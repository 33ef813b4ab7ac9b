"""A first contract for data that has none: what holds of the data today, with room to move, for people to correct."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from sluice.checks import column_type
from sluice.domain.check import TIMESTAMPS, is_float, is_integer, is_number, moment
from sluice.domain.contract import LogicalType, Scalar
from sluice.domain.profile import ColumnProfile, TableProfile

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

# What YAML allows as it stands; everything else is escaped.
_PLAIN = re.compile(r"[\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_EVEN_ESCAPED_NOT = re.compile(r"[\x00\ud800-\udfff]")

_HEAD = """\
# What must hold of the data in {source}.
# It was inferred from the data as it is now: read it, correct it, and commit it. From then on Sluice checks it for
# every pull request. The format is the Open Data Contract Standard: https://bitol-io.github.io/open-data-contract-standard
apiVersion: v3.1.0
kind: DataContract
id: {name}
name: {name}
version: 0.1.0
status: draft
schema:
  - name: {name}
    logicalType: object
    # A demand that only warns, and does not close the gate, has `severity: warning` (rules under `quality`), or on a
    # column:  customProperties: [{{property: sluice.severity, value: warn}}]
    quality:
      # Now there are {n_rows} rows; half of them lost would hardly be by intention.
      - metric: rowCount
        mustBeGreaterOrEqualTo: {least}
    properties:
"""

_FRESHNESS = """\
# How old the newest row may be; remove the marks to demand it.
# slaProperties:
#   - property: freshness
#     element: {column}
#     value: 7
#     unit: d
"""


def infer(profile: TableProfile, *, name: str, source: str) -> str:
    """The text of an ODCS v3.1 document that the profiled data fulfils, each rule explained by a comment.

    Numbers get a range with a tenth of its width on either side, times a first day, columns with few different values
    a list of them, whole numbers that never repeat nothing of it. Raises ``ValueError`` for a table without rows or
    columns: nothing is known of it.
    """
    if not profile.n_rows or not profile.columns:
        raise ValueError("a contract cannot be inferred from a table without rows or columns")
    head = _HEAD.format(
        source=_comment(source), name=quoted(name), n_rows=profile.n_rows, least=max(1, profile.n_rows // 2)
    )
    body = "".join(f"{line}\n" for column in profile.columns for line in _column(column, profile.n_rows))
    times = [
        column.name for column in profile.columns if column.kind in ("date", *TIMESTAMPS) and _sayable(column.name)
    ]
    return head + body + (_FRESHNESS.format(column=quoted(times[0])) if times else "")


def _column(column: ColumnProfile, n_rows: int) -> Iterator[str]:
    if not _sayable(column.name):
        yield f"      # A column is left out, since YAML cannot hold its name: {_comment(column.name)}"
        return
    yield f"      - name: {quoted(column.name)}"
    yield from _type(column)
    missing = n_rows - column.n_values
    if missing == 0:
        yield "        required: true  # no value is missing now"
    else:
        yield f"        # {missing} of {n_rows} values are missing now; `required: true` would forbid it."
    if _is_key(column, n_rows):
        yield "        unique: true  # no value comes twice now, as in a key"
    allowed = _allowed(column)
    if allowed:
        yield from _list(allowed)
    elif _is_numbering(column):
        yield "        # No number comes twice, as in a key, and the next rows bring new ones; so no range is stated."
    else:
        yield from _range(column)


def _type(column: ColumnProfile) -> Iterator[str]:
    logical = logical_type(column)
    if logical is not None:
        yield f"        logicalType: {logical}"
    elif column.n_values == 0:
        yield "        # It holds no value, so that its type is not known."
    else:
        yield f"        # Its type, {_comment(column.kind)}, has no name in the standard; only its presence is checked."


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
    return column.values if all(_sayable(value) for value in column.values) else ()


def _sayable(value: Scalar) -> bool:
    if isinstance(value, str):
        return _EVEN_ESCAPED_NOT.search(value) is None and len(value) <= 10_000
    return not isinstance(value, int) or abs(value) <= _INT64_MAX


def _list(values: tuple[Scalar, ...]) -> Iterator[str]:
    yield "        quality:"
    yield f"          # Only {len(values)} different values are there now, and all come often."
    yield "          - metric: invalidValues"
    yield "            mustBe: 0"
    yield "            arguments:"
    yield "              validValues:"
    for value in values:
        yield f"                - {quoted(value) if isinstance(value, str) else json.dumps(value)}"


# -- ranges -----------------------------------------------------------------------------------------


def _range(column: ColumnProfile) -> Iterator[str]:
    low, high = column.minimum, column.maximum
    if low is None or high is None or not column.n_values:
        return
    if isinstance(low, str):
        yield from _first_day(column.kind, low)
        return
    if isinstance(high, str) or not is_number(column.kind) or not (_sayable(low) and _sayable(high)):
        return
    if is_float(column.kind) and (column.n_nan or column.n_infinite):
        yield "        # It holds NaN or infinite values, which are outside every range; so no range is stated."
        return
    least, greatest = widened(low, high, whole=is_integer(column.kind))
    yield "        logicalTypeOptions:"
    yield f"          minimum: {json.dumps(least)}  # the least value is {json.dumps(low)} now"
    yield f"          maximum: {json.dumps(greatest)}  # the greatest value is {json.dumps(high)} now"


def _first_day(kind: str, low: str) -> Iterator[str]:
    """A minimum alone: time goes on, and the next rows are later than all of these."""
    day = low[:10]
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day) is None or "(BC)" in low or moment(day, kind) is None:
        return
    yield "        logicalTypeOptions:"
    yield f"          minimum: {quoted(day)}  # the earliest day now; later ones are always welcome"


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


def quoted(text: str) -> str:
    """A text as a YAML scalar in double quotes."""
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if _PLAIN.fullmatch(char):
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _comment(text: str) -> str:
    """A text that ends no comment: on one line, without what YAML does not allow."""
    return "".join(char if _PLAIN.fullmatch(char) else "?" for char in text)[:200]
