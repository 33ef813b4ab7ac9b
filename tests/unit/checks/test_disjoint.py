"""Rows that two tables have in common."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.checks import disjoint
from sluice.domain.check import Tables
from sluice.domain.contract import Column, Contract, Disjoint
from sluice.domain.verdict import Verdict

CONTENT = Disjoint(table="train")
KEY = Disjoint(table="train", columns=("id",))


def common(measure, mine: Mapping[str, Any], theirs: Mapping[str, Any], demand: Disjoint = CONTENT):
    return measure("disjoint", mine, demands=(demand,), related={"train": theirs})


@pytest.mark.parametrize(
    ("mine", "theirs", "failed"),
    [
        ({"a": [1, 2], "b": ["x", "y"]}, {"a": [1, 2], "b": ["y", "x"]}, 0),
        ({"a": [1, 2, 2], "b": ["x", "y", "y"]}, {"a": [2, 9], "b": ["y", "x"]}, 2),
        ({"a": [None, 1], "b": ["x", None]}, {"a": [None, 1], "b": ["x", None]}, 2),
        ({"a": [math.nan, 1.0]}, {"a": [math.nan, None]}, 1),
        ({"a": [0.0]}, {"a": [-0.0]}, 1),
        ({"a": [1]}, {"a": [1.0, 2.5]}, 1),
        ({"a": [Decimal("1.50")]}, {"a": [Decimal("1.5")]}, 1),
        ({"a": [1, 2], "label": [0, 1]}, {"a": [1, 3]}, 1),
        ({"a": [1], "b": [[1, 2]]}, {"a": [1], "b": [[1, 2]]}, 1),
    ],
)
def test_by_content(measure, mine: Mapping[str, Any], theirs: Mapping[str, Any], failed: int) -> None:
    result = common(measure, mine, theirs)
    assert (result.observed, result.n_failed) == (failed, failed)
    assert result.verdict is (Verdict.FAIL if failed else Verdict.PASS)
    assert result.limit == "no row in train too, by content"


def test_by_key_whatever_the_rest_says(measure) -> None:
    result = common(measure, {"id": [1, 2], "x": [1, 1]}, {"id": [2, 3], "x": [7, 7]}, KEY)
    assert (result.verdict, result.n_failed, result.message) == (Verdict.FAIL, 1, "1 of 2 rows are in train too")
    assert (result.limit, result.examples) == ("no row in train too, by id", ("2",))
    assert common(measure, {"id": [None, 2]}, {"id": [None, 3]}, KEY).n_failed == 0
    assert common(measure, {"id": [math.nan, 2.0]}, {"id": [math.nan, 3.0]}, KEY).n_failed == 0
    assert common(measure, {"id": [math.nan]}, {"id": [math.nan]}, KEY).verdict is Verdict.INCONCLUSIVE
    both = Disjoint(table="train", columns=("id", "day"))
    mine = {"id": [1, 1, 2, None], "day": [1, 2, None, 1]}
    result = common(measure, mine, mine | {"day": [2, 2, None, 1]}, both)
    assert (result.n_failed, result.examples) == (1, ("id=1, day=2",))


def test_rows_with_a_classified_column_are_not_shown(measure) -> None:
    data = {"a": [1], "b": ["x"]}
    shown = measure("disjoint", data, Column(name="a"), demands=(CONTENT,), related={"train": data})
    assert shown.examples == ("a=1, b=x",)
    column = Column(name="b", sensitive=True)
    assert measure("disjoint", data, column, demands=(CONTENT,), related={"train": data}).examples == ()


def test_what_cannot_be_compared_is_inconclusive(measure) -> None:
    import pyarrow as pa

    nothing = pa.array([], pa.int64())
    assert common(measure, {"a": [1]}, {"a": nothing}).message == "the other table has no rows to compare with"
    assert common(measure, {"id": [1]}, {"id": pa.array([None], pa.int64())}, KEY).verdict is Verdict.INCONCLUSIVE
    assert common(measure, {"a": nothing}, {"a": [1]}).verdict is Verdict.INCONCLUSIVE
    assert common(measure, {"a": [1]}, {"b": [1]}).message == "the two tables have no column in common"
    assert common(measure, {"id": [1]}, {"b": [1]}, KEY).message == "the other table has no such column"
    assert common(measure, {"a": [1]}, {"a": ["1"]}).verdict is Verdict.INCONCLUSIVE
    untold = measure("disjoint", {"a": [1]}, demands=(CONTENT,))
    assert untold.verdict is Verdict.INCONCLUSIVE
    assert "--table train=PATH" in untold.message
    assert measure("disjoint", {"a": [1]}, Column(name="a"), demands=(KEY,)).verdict is Verdict.ERROR


cells = st.one_of(st.none(), st.integers(0, 2))
rows = st.lists(st.tuples(cells, cells), max_size=8)


@settings(deadline=None)
@given(mine=rows, theirs=rows, at_once=st.booleans(), by_key=st.booleans())
def test_the_count_is_that_of_plain_sets(
    mine: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]], at_once: bool, by_key: bool
) -> None:
    import duckdb
    import ibis
    import pyarrow as pa

    demand = Disjoint(table="train", columns=("a", "b") if by_key else ())
    (spec,) = disjoint.specs(Contract(name="x", version="1", columns=(), demands=(demand,)))
    schema = ibis.schema({"a": "int64", "b": "int32"})
    tables = Tables(
        own=ibis.table(schema, name="own"), related={"train": ibis.table(schema, name="train")}, hashes_rows=at_once
    )
    types = pa.schema({"a": pa.int64(), "b": pa.int32()})
    with duckdb.connect() as connection:
        for name, content in (("own", mine), ("train", theirs)):
            connection.register(
                name, pa.table({"a": [row[0] for row in content], "b": [row[1] for row in content]}, types)
            )
        asked = disjoint.asks(tables, spec, "")
        answer = connection.execute(str(ibis.to_sql(asked["shared"], dialect="duckdb"))).fetchall()[0][0]
    whole = [row for row in mine if not by_key or None not in row]
    assert (answer or 0) == sum(row in set(theirs) for row in whole)
