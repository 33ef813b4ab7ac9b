"""A table in outline, whatever engine holds it: one query, and one more for the columns of few values."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sluice.adapters.shown import MAX_VALUE_CHARS
from sluice.domain.kinds import is_float, is_number
from sluice.domain.ports import TableEngine
from sluice.domain.profile import MAX_SHAPE_CHARS, UUID_SHAPE, ColumnProfile, TableProfile

MAX_PROFILE_VALUES = 20


def profile(engine: TableEngine) -> TableProfile:
    """The table in outline, for the inference of a contract. Raises ``DataError``."""
    kinds = dict(engine.columns())
    asked: dict[str, Any] = {"rows": engine.table.count()}
    for index, (name, kind) in enumerate(kinds.items()):
        asked |= {f"{what}{index}": expr for what, expr in _outline(engine.table[name], kind).items()}
    numbers = engine.aggregate(asked)
    distinct = {name: int(numbers[f"distinct{index}"] or 0) for index, name in enumerate(kinds)}
    values = _values(engine, {name: kind for name, kind in kinds.items() if 0 < distinct[name] <= MAX_PROFILE_VALUES})
    columns: list[ColumnProfile] = []
    for index, (name, kind) in enumerate(kinds.items()):
        columns.append(
            ColumnProfile(
                name=name,
                kind=kind,
                n_values=int(numbers[f"values{index}"] or 0),
                n_distinct=distinct[name],
                n_nan=int(numbers.get(f"nan{index}") or 0),
                n_infinite=int(numbers.get(f"infinite{index}") or 0),
                minimum=_scalar(numbers.get(f"low{index}")),
                maximum=_scalar(numbers.get(f"high{index}")),
                values=values.get(name, ()),
                shape=_shape(numbers, index),
            )
        )
    return TableProfile(n_rows=int(numbers["rows"]), columns=tuple(columns))


def _outline(column: Any, kind: str) -> dict[str, Any]:
    if is_float(kind):
        present, finite = ~column.isnan(), ~(column.isnan() | column.isinf())
        return {
            "values": column.count(where=present),
            "distinct": column.nunique(where=present),
            "nan": column.isnan().sum(),
            "infinite": column.isinf().sum(),
            "low": column.min(where=finite).cast("float64"),
            "high": column.max(where=finite).cast("float64"),
        }
    counts = {"values": column.count(), "distinct": column.nunique()}
    if kind.startswith("decimal") and not kind.endswith(", 0)"):
        return counts | {"low": column.min().cast("float64"), "high": column.max().cast("float64")}
    if is_number(kind):
        return counts | {"low": column.min(), "high": column.max()}
    if kind in ("date", "timestamp", "timestamp with time zone"):
        return counts | {"low": column.min().cast("string"), "high": column.max().cast("string")}
    return counts | _forms(column) if kind == "string" else counts


_UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


def _forms(text: Any) -> dict[str, Any]:
    """What tells whether all texts have one form: the least and the greatest of their shapes."""
    shape = text.substr(0, MAX_SHAPE_CHARS + 1)
    for letters, sign in (("[0-9]", "9"), ("[A-Z]", "A"), ("[a-z]", "a")):
        shape = shape.re_replace(letters, sign)
    return {"shape": shape.min(), "shapes_end": shape.max(), "uuid": text.re_search(_UUID).all()}


def _shape(numbers: Mapping[str, Any], index: int) -> str:
    """The shape that all texts of a column have; empty for none. What is all letters may be a word like any other."""
    if numbers.get(f"uuid{index}") is True:
        return UUID_SHAPE
    shape = numbers.get(f"shape{index}")
    same = isinstance(shape, str) and shape == numbers.get(f"shapes_end{index}")
    return str(shape) if same and "9" in str(shape) and len(str(shape)) <= MAX_SHAPE_CHARS else ""


def _scalar(value: Any) -> Any:
    """A decimal, which here has no fraction, as a whole number; everything else as it is."""
    return int(value) if isinstance(value, Decimal) else value


def _values(engine: TableEngine, kinds: Mapping[str, str]) -> dict[str, tuple[Any, ...]]:
    """All values of the columns of text or whole numbers, most frequent first; none of a column where one is long."""
    asked: dict[str, Any] = {}
    for name, kind in kinds.items():
        if kind == "string":
            asked[name] = engine.table[name].left(MAX_VALUE_CHARS + 1)
        elif is_number(kind) and not is_float(kind) and "decimal" not in kind:
            asked[name] = engine.table[name]
    # One more than there are values: null is counted as one.
    counts = engine.tally(asked, MAX_PROFILE_VALUES + 1) if asked else {}
    return {name: _in_order(found) for name, found in counts.items()}


def _in_order(counts: Mapping[Any, int]) -> tuple[Any, ...]:
    present = sorted((-n, value) for value, n in counts.items() if value is not None)
    if any(isinstance(value, str) and len(value) > MAX_VALUE_CHARS for _, value in present):
        return ()
    return tuple(value for _, value in present)
