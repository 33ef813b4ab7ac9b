"""Physical types, held against values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from sluice.checks.physical_type import fits
from sluice.domain.contract import Column
from sluice.domain.physical import Physical
from sluice.domain.verdict import Verdict


@pytest.mark.parametrize(
    ("name", "values", "failed"),
    [
        ("varchar(2)", ["ab", "abc", None], 1),
        ("TEXT", ["abc"], 0),
        ("int", [2**31 - 1, 2**31, -(2**31)], 1),
        ("bigint", [2**62], 0),
        ("tinyint unsigned", [-1, 0, 255, 256], 2),
        ("decimal(4, 1)", [999.9, 1000.0, 12.25, float("nan")], 3),
        ("decimal(4, 1)", [Decimal("1.50"), Decimal("1.55")], 1),
        ("numeric(3)", [999, 1000], 1),
        ("real", [3.4e38, 1e39], 1),
        ("double precision", [1e300, float("inf")], 0),
        ("timestamp", [datetime(2024, 1, 1, tzinfo=UTC)], 0),
        ("date", [datetime.fromisoformat("2024-01-01T00:00:00"), datetime.fromisoformat("2024-01-01T10:00:00")], 1),
        ("array<int>", [[1]], 0),
        ("json", [{"a": 1}], 0),
    ],
)
def test_values_that_do_not_fit_are_counted(measure, name: str, values: list[Any], failed: int) -> None:
    result = measure("physical_type", {"c": values}, Column(name="c", physical_type=name))
    assert (result.n_failed, result.limit) == (failed, name)
    assert result.verdict is (Verdict.FAIL if failed else Verdict.PASS)


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("int", ["1"], "is string, not int"),
        ("int", [1.0], "is float64, not int"),
        ("varchar(5)", [1], "is int64, not varchar(5)"),
        ("timestamptz", [date(2024, 1, 1)], "is date, not timestamptz"),
        ("boolean", [1], "is int64, not boolean"),
    ],
)
def test_another_family_fails_whatever_it_holds(measure, name: str, values: list[Any], said: str) -> None:
    result = measure("physical_type", {"c": values}, Column(name="c", physical_type=name))
    assert (result.verdict, result.message) == (Verdict.FAIL, said)


def test_a_column_without_values_contradicts_no_type(measure) -> None:
    import pyarrow as pa

    for dtype in (pa.string(), pa.null(), pa.int64()):
        result = measure("physical_type", {"c": pa.array([None], dtype)}, Column(name="c", physical_type="int"))
        assert result.verdict is Verdict.PASS, dtype
    result = measure("physical_type", {"c": pa.array([None], pa.float64())}, Column(name="c", physical_type="int"))
    assert result.verdict is Verdict.FAIL


def test_a_date_may_hold_a_time_where_the_contract_says_so(measure) -> None:
    data = {"c": [datetime.fromisoformat("2024-01-01T10:00:00")]}
    column = Column(name="c", logical_type="timestamp", physical_type="DATE")
    assert measure("physical_type", data, column).verdict is Verdict.PASS


def test_zones() -> None:
    assert fits(Physical(family="timestamp", zoned=True), "timestamp with time zone")
    assert not fits(Physical(family="timestamp", zoned=True), "timestamp")
    assert not fits(Physical(family="timestamp", zoned=False), "timestamp with time zone")
