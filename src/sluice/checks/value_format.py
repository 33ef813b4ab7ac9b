"""Every value is of the format that the contract names: a text such as an e-mail address, a number of so many bits.

Texts: ``uuid``, ``email``, ``uri``, ``hostname``, ``ipv4``, ``ipv6``, ``byte`` (base64), ``date``, ``time``,
``date-time``, and patterns of dates such as ``yyyy-MM-dd``. Numbers: ``i8`` to ``i128``, ``u8`` to ``u128``, ``f32``,
``f64``. Missing values are not in question; NaN and infinite values are of every format of floats.
"""

from __future__ import annotations

from sluice.domain.asked_values import holds_no_text, not_finite, outside_numbers
from sluice.domain.check import (
    Expr,
    Spec,
    Table,
    column_of,
    column_spec,
)
from sluice.domain.contract import Contract
from sluice.domain.formats import number_range, text_pattern
from sluice.domain.kinds import is_float, is_integer, is_number
from sluice.domain.row_check import row_check

NAME = "value_format"


def specs(contract: Contract) -> tuple[Spec, ...]:
    """One for every column with a format."""
    return tuple(column_spec(NAME, column, column.format) for column in contract.columns if column.format)


def unfit(spec: Spec, kind: str) -> str:
    """Why the column's values have no such format."""
    name = column_of(spec).format
    if number_range(name) is None:
        return holds_no_text(spec, kind)
    fits = is_number(kind) if name.startswith("f") else is_integer(kind)
    return "" if fits else f"not measured: a column of {kind} holds no numbers of the format {name}"


def is_other(table: Table, spec: Spec, kind: str) -> Expr:
    """Which rows hold a value of another format."""
    name, values = column_of(spec).format, table[spec.column]
    ends = number_range(name)
    if ends is None:
        return ~values.re_search(text_pattern(name) or "")
    beyond = outside_numbers(values, kind, *ends)
    return beyond & ~not_finite(values) if is_float(kind) else beyond


CHECK = row_check(NAME, specs, is_other, lambda spec: f"are not of the format `{spec.limit}`", unfit=unfit)
