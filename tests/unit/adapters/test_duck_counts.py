"""Counts in DuckDB's own words are those that ibis' words give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.adapters import duck_counts

KINDS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


def asking(numbers: pa.Array) -> tuple[Any, Callable[[Mapping[str, Any]], Mapping[str, Any]], list[str]]:
    """The table ``data`` with the column ``x``, what asks it, and every statement it is asked."""
    connection = duckdb.connect(":memory:")
    connection.register("data", pa.table({"x": numbers}))
    table = ibis.table({"x": str(numbers.type)}, name="data")
    said: list[str] = []

    def ask(exprs: Mapping[str, Any]) -> Mapping[str, Any]:
        said.append(str(ibis.to_sql(table.aggregate(**exprs), dialect="duckdb")))
        rows = connection.execute(said[-1]).fetchall()
        return dict(zip(exprs, rows[0], strict=True))

    return table, ask, said


@pytest.mark.parametrize("kind", KINDS)
def test_the_ends_of_every_kind_of_whole_number_are_counted(kind: str) -> None:
    bits = int(kind.removeprefix("uint").removeprefix("int"))
    low, high = (0, 2**bits - 1) if kind.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    table, ask, _ = asking(pa.array([low, high, low, None, high - 1], getattr(pa, kind)()))

    assert duck_counts.counted({"n": table["x"].nunique()}, ask) == {"n": 3}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(-300, 300), st.integers(-(2**63), 2**63 - 1)), max_size=30))
def test_as_many_different_numbers_are_counted_as_there_are(numbers: list[int | None]) -> None:
    table, ask, _ = asking(pa.array(numbers, pa.int64()))

    found = duck_counts.counted(
        {"rows": table.count(), "n": table["x"].nunique(), "above": (table["x"] > 0).sum()}, ask
    )

    present = [number for number in numbers if number is not None]
    assert list(found) == ["rows", "n", "above"]
    assert (found["rows"], found["n"]) == (len(numbers), len(set(present)))
    # Of no rows at all there is no sum.
    assert (found["above"] or 0) == sum(number > 0 for number in present)


def test_numbers_close_together_are_counted_by_bits_and_others_by_hashing() -> None:
    table, ask, said = asking(pa.array([5, 6, 6, 7], pa.int64()))
    duck_counts.counted({"n": table["x"].nunique()}, ask)
    assert "BITSTRING_AGG" in said[-1]

    table, ask, said = asking(pa.array([5, 5 + duck_counts.MAX_BITS], pa.int64()))
    duck_counts.counted({"n": table["x"].nunique()}, ask)
    assert "COUNT(DISTINCT" in said[-1]


def test_where_no_whole_numbers_are_counted_one_query_is_enough() -> None:
    table, ask, said = asking(pa.array([1.5, 1.5, None]))
    condition = table["x"].isnull()

    assert duck_counts.counted({"n": table["x"].nunique(), "null": condition.sum()}, ask) == {"n": 1, "null": 1}
    assert len(said) == 1
    assert "COUNT_IF" in said[0]
