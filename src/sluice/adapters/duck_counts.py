"""Two kinds of counts in the words that DuckDB answers soonest; the numbers are the same.

A number of rows that fulfil a condition is asked as such, and not as a sum of ones. How many different whole numbers
there are is counted by one bit for each that may be there: a key is mostly a numbering, whose numbers lie close
together, and a bitmap of its range takes a tenth of the time that hashing every value takes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

# 32 MiB of bits for each column and thread; where numbers lie further apart, they are hashed after all.
MAX_BITS = 2**28

Ask = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def counted(exprs: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    """The values of scalar expressions by one query, and a second one where different whole numbers are counted."""
    columns = {name: column for name, expr in exprs.items() if (column := _whole_numbers(expr)) is not None}
    asked = {name: _conditional(expr) for name, expr in exprs.items() if name not in columns}
    for name, column in columns.items():
        asked |= {f"{name} low": column.min(), f"{name} high": column.max()}
    found = dict(ask(asked)) | dict.fromkeys(columns, 0)
    ends = {name: (found.pop(f"{name} low"), found.pop(f"{name} high")) for name in columns}
    # Without any number at all there are no ends, and none is different from another.
    different = {name: _different(columns[name], *both) for name, both in ends.items() if both[0] is not None}
    if different:
        found |= ask(different)
    return {name: found[name] for name in exprs}


def _whole_numbers(expr: Any) -> Any | None:
    """The column, where the expression is the number of different values of a plain column of whole numbers."""
    import ibis.expr.operations as ops

    op = expr.op()
    if not isinstance(op, ops.CountDistinct) or op.where is not None or not isinstance(op.arg, ops.Field):
        return None
    column = op.arg.to_expr()
    return column if column.type().is_integer() else None


def _conditional(expr: Any) -> Any:
    import ibis.expr.operations as ops

    op = expr.op()
    if not isinstance(op, ops.Sum) or op.where is not None or not op.arg.dtype.is_boolean():
        return expr
    return _count_if()(op.arg.to_expr())


def _different(column: Any, low: int, high: int) -> Any:
    import ibis

    if high - low >= MAX_BITS:
        return column.nunique()
    kind = column.type()
    ends = (ibis.literal(end, type=kind) for end in (low, high))
    return _bit_count()(_bitstring_agg(str(kind))(column, *ends))


# DuckDB's own functions; ibis learns their names and arguments from these, which are never called.


@functools.cache
def _count_if() -> Callable[..., Any]:
    import ibis

    def count_if(condition: Any) -> Any: ...

    aggregate: Any = ibis.udf.agg.builtin
    return aggregate(count_if, signature=(("boolean",), "int64"))


@functools.cache
def _bitstring_agg(kind: str) -> Callable[..., Any]:
    import ibis

    def bitstring_agg(number: Any, low: Any, high: Any) -> Any: ...

    aggregate: Any = ibis.udf.agg.builtin
    return aggregate(bitstring_agg, signature=((kind, kind, kind), "binary"))


@functools.cache
def _bit_count() -> Callable[..., Any]:
    import ibis

    def bit_count(bits: Any) -> Any: ...

    scalar: Any = ibis.udf.scalar.builtin
    return scalar(bit_count, signature=(("binary",), "int64"))
