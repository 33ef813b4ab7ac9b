"""What the engine counts is what NumPy counts on the same edges, and what all values give where they are few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.adapters.tables import DuckTable, open_table
from sluice.core.drift import counting, readings
from sluice.core.drift.aspects import Planned, Unmeasured, plan
from sluice.domain.distribution import Aspect, Categorical, Numeric

Open = Callable[..., DuckTable]
LIMIT = 2**15
CHANCE = np.random.default_rng(11)


def planned(table: DuckTable, column: str = "x", sample: Any = None) -> tuple[Planned, ...]:
    kind = table.columns()[column]
    found = plan(
        column, (kind, kind), table.sample((column,), LIMIT).column(0) if sample is None else sample, sensitive=False
    )
    assert not isinstance(found, Unmeasured), found
    return found


def counted(table: DuckTable, one: Planned) -> Aspect:
    tally = table.tally({"x": counting.expression(one, table.table[one.column], 0)}, LIMIT)["x"]
    n = sum(tally.values())
    found = counting.counted(one, (tally, tally), (n, n))
    assert found is not None
    return found


def check_numbers(table: DuckTable, one: Planned, values: pa.ChunkedArray) -> None:
    assert one.grid is not None
    found = counted(table, one).distribution
    assert isinstance(found, Numeric)
    expected, n_null = readings.numbers(values, one.reading)
    codes = Counter(one.grid.codes(expected).tolist())
    cells, missing = one.grid.counts({**codes, None: n_null})
    assert found.reference.tolist() == cells.tolist()
    assert found.reference_missing == missing
    assert int(found.reference.sum()) + found.reference_missing.total == len(values)


NUMBERS = st.one_of(
    st.none(), st.floats(), st.sampled_from([0.0, -0.0, 1.5, 1e15, 1e-300, float("inf"), float("-inf")])
)


@settings(max_examples=60, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=50), st.integers(1, 50), st.sampled_from(["float64", "float32"]))
def test_floats(tmp_path_factory: pytest.TempPathFactory, values: list[float | None], known: int, kind: str) -> None:
    folder = tmp_path_factory.mktemp("floats")
    mask = np.array([value is None for value in values])
    with np.errstate(over="ignore"):
        column = pa.array(np.array([value or 0.0 for value in values]).astype(kind), mask=mask)
    pq.write_table(pa.table({"x": column}), folder / "t.parquet")
    with open_table(folder, "t.parquet") as table:
        sample = pa.chunked_array([column[:known]])
        for one in planned(table, sample=sample):
            check_numbers(table, one, pa.chunked_array([column]))


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["int8", "uint8", "int32", "int64", "uint64"]),
    st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**64 - 1), st.integers(-100, 300)), min_size=1, max_size=50),
    st.integers(1, 50),
)
def test_whole_numbers(
    tmp_path_factory: pytest.TempPathFactory, kind: str, values: list[int | None], known: int
) -> None:
    ends = np.iinfo(kind)
    fitting = [value if value is None else min(max(value, ends.min), ends.max) for value in values]
    folder = tmp_path_factory.mktemp("integers")
    column: Any = pa.chunked_array([pa.array(fitting, getattr(pa, kind)())])
    pq.write_table(pa.table({"x": column}), folder / "t.parquet")
    with open_table(folder, "t.parquet") as table:
        for one in planned(table, sample=column.slice(0, known)):
            check_numbers(table, one, column)


def moments(first: datetime, step: timedelta, most: int, kind: pa.DataType) -> pa.Array:
    return pa.array([(first + step * int(n)).replace(tzinfo=None) for n in CHANCE.integers(0, most, 3_000)], kind)


SHAPES: dict[str, Any] = {
    "lognormal": CHANCE.lognormal(0, 2, 5_000),
    "cauchy": CHANCE.standard_cauchy(5_000),
    "decimal": pa.array([Decimal(n) / 100 for n in CHANCE.integers(-(10**6), 10**6, 3_000).tolist()]),
    "time of day": pa.array(
        [time(hour, minute, 5, 250_000) for hour, minute in CHANCE.integers(0, 24, (99, 2)).tolist()]
    ),
    "timestamp": moments(datetime(1677, 9, 22, tzinfo=UTC), timedelta(minutes=1), 10**8, pa.timestamp("us")),
    "with zone": moments(
        datetime(9998, 1, 1, tzinfo=UTC), timedelta(milliseconds=143), 10**8, pa.timestamp("us", "UTC")
    ),
    "seconds only": moments(datetime(2020, 1, 1, tzinfo=UTC), timedelta(milliseconds=1), 10**4, pa.timestamp("ms")),
    "date": pa.array([date(2000, 1, 1) + timedelta(days=day) for day in CHANCE.integers(0, 9_000, 3_000).tolist()]),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_kind_of_number_and_time(opened: Open, shape: str) -> None:
    table = opened({"x": SHAPES[shape]})
    column = table.sample(("x",), LIMIT).column(0)
    for one in planned(table, sample=column.slice(0, 1_000)):
        if one.how == "grid":
            check_numbers(table, one, column)
        else:
            found = counted(table, one).distribution
            whole = counting.measured(one, (column, column)).distribution
            assert isinstance(found, Categorical) and isinstance(whole, Categorical)
            assert (found.labels, found.reference.tolist()) == (whole.labels, whole.reference.tolist())


def test_hours_and_weekdays_are_named(opened: Open) -> None:
    table = opened(
        {"x": pa.array([datetime(2026, 1, 5, 23, 59, tzinfo=UTC), datetime(2026, 1, 11, 0, 1, tzinfo=UTC), None])}
    )
    by_name = {one.name: counted(table, one).distribution for one in planned(table)}

    assert list(by_name) == ["range", "hour", "weekday"]
    hours, days = by_name["hour"], by_name["weekday"]
    assert isinstance(hours, Categorical) and isinstance(days, Categorical)
    assert (hours.labels, hours.reference.tolist(), hours.reference_missing.null) == (("00", "23"), [1, 1], 1)
    assert (days.labels, days.ordered) == (("Monday", "Sunday"), True)


def test_texts_and_truth_values_are_categories(opened: Open) -> None:
    table = opened({"x": pa.array(["b", "a", "a", None]), "y": pa.array([True, None, True, False])})
    (texts,), (flags,) = planned(table, "x"), planned(table, "y")

    found = counted(table, texts).distribution
    assert isinstance(found, Categorical)
    assert (found.labels, found.reference.tolist(), found.reference_missing.null) == (("a", "b"), [2, 1], 1)
    found = counted(table, flags).distribution
    assert isinstance(found, Categorical)
    assert (found.labels, found.reference.tolist(), flags.kind) == (("true", "false"), [2, 1], "boolean")


def test_keys_are_counted_in_buckets(opened: Open) -> None:
    table = opened({"x": pa.array([f"key-{index}" for index in range(3_000)] + [None])})
    (one,) = planned(table)
    found = counted(table, one).distribution

    assert one.how == "buckets"
    assert isinstance(found, Categorical)
    assert found.hashed
    assert (len(found.labels), int(found.reference.sum()), found.reference_missing.null) == (counting.BUCKETS, 3_000, 1)


def test_labels_that_an_engine_left_out_are_no_distribution(opened: Open) -> None:
    table = opened({"x": pa.array(["a", "b", "c"] * 10)})
    (one,) = planned(table)
    tally = table.tally({"x": table.table["x"]}, 2)["x"]

    assert counting.counted(one, (tally, tally), (30, 30)) is None


def test_small_tables_have_a_cell_for_every_value() -> None:
    ours, theirs = np.array([1.0, 2.0, 2.0, np.nan]), np.array([2.0, 5.0, np.inf])
    found = counting.exact((ours, 3), (theirs, 0))

    assert found.exact
    assert found.centres.tolist() == [1.0, 2.0, 5.0]
    assert (found.reference.tolist(), found.current.tolist()) == ([1, 2, 0], [0, 1, 1])
    assert (found.reference_missing.null, found.reference_missing.nan) == (3, 1)
    assert found.current_missing.positive_infinite == 1


def test_whole_numbers_that_fall_together_are_not_exact() -> None:
    assert not counting.exact((np.array([2.0**60]), 0), (np.array([1.0]), 0)).exact


def test_the_folder_is_not_written_to(opened: Open, tmp_path: Path) -> None:
    table = opened({"x": CHANCE.normal(size=100)})
    before = set(tmp_path.iterdir())
    for one in planned(table):
        counted(table, one)
    assert set(tmp_path.iterdir()) == before
