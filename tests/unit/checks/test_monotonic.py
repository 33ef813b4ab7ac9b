"""Values in order, from row to row."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sluice.adapters.tables import open_table
from sluice.checks import monotonic
from sluice.domain.check import Tables
from sluice.domain.contract import Column, Contract, Monotonic
from sluice.domain.verdict import Verdict


@pytest.fixture
def measure_file(measure):
    """``measure`` of rows that have an order of their own, which those of a database have not."""
    return measure


def seen(measure, data: Mapping[str, Any], demand: Monotonic, *columns: Column):
    return measure("monotonic", data, *columns, demands=(demand,))


@pytest.mark.parametrize(
    ("values", "demand", "failed"),
    [
        ([1, 1, 2, 5], Monotonic(column="x"), 0),
        ([1, 1, 2, 5], Monotonic(column="x", strict=True), 1),
        ([5, 2, 1, 1], Monotonic(column="x", decreasing=True), 0),
        ([5, 2, 1, 1], Monotonic(column="x", decreasing=True, strict=True), 1),
        ([1, 3, 2, 4, 3], Monotonic(column="x"), 2),
        ([1, None, 0, None, 2], Monotonic(column="x"), 1),
        ([1.0, math.nan, 2.0, math.inf], Monotonic(column="x"), 0),
        ([3], Monotonic(column="x", strict=True), 0),
    ],
)
def test_rows_in_the_datas_own_order(measure_file, values: list[object], demand: Monotonic, failed: int) -> None:
    result = seen(measure_file, {"x": values}, demand)
    assert (result.observed, result.n_failed) == (failed, failed)
    assert result.verdict is (Verdict.FAIL if failed else Verdict.PASS)


def test_what_is_out_of_order_is_shown(measure_file) -> None:
    result = seen(measure_file, {"x": [1, 5, 2, 3]}, Monotonic(column="x"))
    assert result.examples == ("2",)
    assert result.message == "1 of 4 rows are smaller than the row before"
    result = seen(measure_file, {"x": [1, 5, 2], "at": [1, 2, 3]}, Monotonic(column="x", order="at"))
    assert (result.examples, result.limit) == (("at=3: 2",), "never falls by at")
    hidden = seen(
        measure_file,
        {"x": [1, 5, 2], "at": [1, 2, 3]},
        Monotonic(column="x", order="at"),
        Column(name="at", sensitive=True),
    )
    assert (hidden.verdict, hidden.examples) == (Verdict.FAIL, ())


def test_the_order_may_be_another_columns(measure) -> None:
    data = {"x": [3, 1, 2], "at": [30, 10, 20]}
    assert seen(measure, data, Monotonic(column="x", order="at", strict=True)).verdict is Verdict.PASS
    result = seen(measure, {"x": [1, 5, 2], "at": [1, 2, 3]}, Monotonic(column="x", order="at"))
    assert (result.n_failed, result.examples, result.limit) == (1, ("at=3: 2",), "never falls by at")
    grouped = Monotonic(column="x", by=("g",), order="at", strict=True)
    assert seen(measure, {"g": ["a", "b", "a", "b"], "x": [1, 9, 2, 8], "at": [1, 2, 2, 1]}, grouped).n_failed == 0


def test_rows_of_one_place_may_stand_either_way(measure) -> None:
    data = {"x": [2, 1, 3], "at": [1, 1, 2]}
    assert seen(measure, data, Monotonic(column="x", order="at", strict=True)).n_failed == 0
    assert seen(measure, data, Monotonic(column="x", order="at", decreasing=True)).n_failed == 1


def test_rows_without_a_place_are_not_passed_over(measure) -> None:
    result = seen(measure, {"x": [1, 2, 3], "at": [1, None, 2]}, Monotonic(column="x", order="at"))
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.message == "some rows have no value in the column that orders them"
    assert seen(measure, {"x": [1, None, 3], "at": [1, None, 2]}, Monotonic(column="x", order="at")).n_failed == 0


def test_groups_are_looked_at_by_themselves(measure_file) -> None:
    data = {"g": ["a", "b", "a", "b"], "x": [1, 9, 2, 8]}
    assert seen(measure_file, data, Monotonic(column="x", by=("g",))).n_failed == 1
    assert seen(measure_file, data, Monotonic(column="x", by=("g",))).limit == "never falls from row to row within g"
    data |= {"at": [1, 2, 2, 1]}
    assert seen(measure_file, data, Monotonic(column="x", by=("g",), order="at", strict=True)).n_failed == 0


def test_times_have_an_order_and_text_has_not(measure_file) -> None:
    start = datetime.fromisoformat("2026-01-01T00:00:00")
    times = [start + timedelta(hours=step) for step in (0, 1, 3, 2)]
    assert seen(measure_file, {"x": times}, Monotonic(column="x")).n_failed == 1
    assert seen(measure_file, {"x": ["a", "b"]}, Monotonic(column="x")).verdict is Verdict.ERROR


def test_no_values_say_nothing(measure_file) -> None:
    import pyarrow as pa

    assert (
        seen(measure_file, {"x": pa.array([None], pa.int64())}, Monotonic(column="x")).verdict is Verdict.INCONCLUSIVE
    )
    assert (
        seen(measure_file, {"x": pa.array([None], pa.string())}, Monotonic(column="x")).verdict is Verdict.INCONCLUSIVE
    )
    assert seen(measure_file, {"y": [1]}, Monotonic(column="x")).verdict is Verdict.ERROR


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_large_files_are_read_in_their_own_order(tmp_path: Path, kind: str) -> None:
    """Several threads read the file in pieces; a window that states no order must see them as they lie."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    n, groups = 400_000, random.Random(1)
    place = [groups.randrange(3) for _ in range(n)]
    if kind == "parquet":
        table = pa.table({"x": range(n), "g": place})
        pq.write_table(table, tmp_path / "data.parquet", row_group_size=10_000)
    else:
        line = "{},{}\n" if kind == "csv" else '{{"x": {}, "g": {}}}\n'
        text = "".join(line.format(x, g) for x, g in zip(range(n), place, strict=True))
        (tmp_path / f"data.{kind}").write_text(("x,g\n" if kind == "csv" else "") + text)
    for by in ((), ("g",)):
        demand = Monotonic(column="x", strict=True, by=by)
        (spec,) = monotonic.specs(Contract(name="x", version="1", columns=(), demands=(demand,)))
        with open_table(tmp_path, f"data.{kind}") as engine:
            tables = Tables(own=engine.table, related={}, ordered=engine.keeps_order)
            asked = monotonic.asks(tables, spec, "int64")
            assert engine.rows(asked["steps"], 1) == [(n, 0)]


def test_an_engine_without_order_needs_a_column_that_orders() -> None:
    demand = Monotonic(column="x")
    (spec,) = monotonic.specs(Contract(name="x", version="1", columns=(), demands=(demand,)))
    assert monotonic.asks(Tables(own=None, related={}), spec, "int64") == {}
