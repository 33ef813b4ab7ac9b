"""Which tests a column gets, from its kinds and values alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from sluice.core.drift.aspects import Planned, Unmeasured, compared_as, expected, plan


def values(column: Any, kind: pa.DataType | None = None) -> Any:
    return pa.chunked_array([pa.array(column, kind)])


def planned(kind: str, column: Any, other: str = "") -> tuple[Planned, ...]:
    found = plan("x", (kind, other or kind), column, sensitive=True)
    assert not isinstance(found, Unmeasured), found
    assert all(one.sensitive for one in found)
    return found


def reason(kind: str, column: Any, other: str = "") -> Unmeasured:
    found = plan("x", (kind, other or kind), column, sensitive=False)
    assert isinstance(found, Unmeasured)
    return found


@pytest.mark.parametrize(
    ("kind", "column", "drift_kind", "names"),
    [
        ("int64", values([1, 2]), "number", [""]),
        ("decimal(10, 2)", values([Decimal(1), Decimal(2)]), "number", [""]),
        ("time", values([1, 2], pa.time64("us")), "number", [""]),
        ("boolean", values([True]), "boolean", [""]),
        ("date", values([1], pa.date32()), "timestamp", ["range", "weekday"]),
        ("timestamp", values([1], pa.timestamp("us")), "timestamp", ["range", "hour", "weekday"]),
        ("timestamp with time zone", values([1], pa.timestamp("us", "UTC")), "timestamp", ["range", "hour", "weekday"]),
        ("string", values(["a", "b"]), "category", [""]),
        ("string", values([f"id{index}" for index in range(99)]), "category", [""]),
        ("string", values([f"a text of some words, {index}" for index in range(99)]), "text",
         ["length", "script", "vocabulary"]),
        ("array", values([[1.0, 2.0], [3.0, 4.0], None]), "embedding", [""]),
        ("array", values([[1.0, 2.0]], pa.list_(pa.float32(), 2)), "embedding", [""]),
    ],
)  # fmt: skip
def test_every_kind_has_its_aspects(kind: str, column: Any, drift_kind: str, names: list[str]) -> None:
    found = planned(kind, column)
    assert {one.kind for one in found} == {drift_kind}
    assert [one.name for one in found] == names


def test_keys_are_hashed_and_categories_are_not() -> None:
    assert planned("string", values([f"id{index}" for index in range(99)]))[0].how == "buckets"
    # A handful of values is a category, however different they are.
    assert planned("string", values([f"id{index}" for index in range(50)]))[0].how == "labels"
    assert planned("string", values(["a", "b"] * 50))[0].how == "labels"


def test_numbers_of_different_widths_compare_and_are_no_whole_numbers() -> None:
    (one,) = planned("int64", values([1, 2, 3]), other="float64")
    assert one.grid is not None
    assert not one.grid.single
    (one,) = planned("int64", values([1, 2, 3]), other="int8")
    assert one.grid is not None
    assert one.grid.single


@pytest.mark.parametrize(
    ("kinds", "strict"),
    [(("int64", "string"), True), (("string", "date"), True), (("struct", "int64"), True),
     (("struct", "struct"), False), (("binary", "binary"), False), (("null", "null"), False),
     (("array", "string"), True)],
)  # fmt: skip
def test_what_does_not_compare_is_told_from_what_has_no_test(kinds: tuple[str, str], strict: bool) -> None:
    found = reason(kinds[0], values([None]), other=kinds[1])
    assert found.strict is strict
    assert " " in found.reason


@pytest.mark.parametrize("lists", [[[1.0], [1.0, 2.0]], [[1.0]], [["a", "b"]]])
def test_lists_that_are_no_vectors_have_no_test(lists: list[Any]) -> None:
    assert "for which there is no test" in reason("array", values(lists)).reason


def test_lists_that_are_all_missing_have_no_test() -> None:
    assert "for which there is no test" in reason("array", values([None], pa.list_(pa.float32()))).reason


def test_a_date_compares_with_a_timestamp() -> None:
    assert compared_as(("date", "timestamp")) == "moment"
    assert [one.name for one in planned("date", values([1], pa.date32()), other="timestamp")] == ["range", "weekday"]


def test_times_count_as_several() -> None:
    assert expected(["int64", "date", "timestamp", "string"]) == 1 + 2 + 3 + 1
