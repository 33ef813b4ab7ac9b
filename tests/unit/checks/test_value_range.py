"""Values between a minimum and a maximum."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pyarrow as pa
import pytest

from sluice.domain.contract import Column
from sluice.domain.verdict import Verdict


def test_both_ends_belong_to_the_range(measure) -> None:
    result = measure("value_range", {"c": [0, 5, 10, None]}, Column(name="c", minimum=0, maximum=10))
    assert (result.verdict, result.observed, result.limit) == (Verdict.PASS, 0, "0 <= value <= 10")


def test_exclusive_ends_do_not(measure) -> None:
    column = Column(name="c", minimum=0, maximum=10, exclusive_minimum=True, exclusive_maximum=True)
    result = measure("value_range", {"c": [0, 5, 10]}, column)
    assert (result.n_failed, result.limit, result.examples) == (2, "0 < value < 10", ("0", "10"))


def test_what_is_outside_is_counted_and_shown(measure) -> None:
    result = measure("value_range", {"c": [-1.5, 0.5, 7.0, 7.0]}, Column(name="c", maximum=1))
    assert (result.verdict, result.n_failed, result.examples) == (Verdict.FAIL, 2, ("7.0",))
    assert (result.observed, result.message) == (2, "2 of 4 rows lie outside the range `value <= 1`")


def test_large_counts_are_grouped(measure) -> None:
    result = measure("value_range", {"c": [5] * 1200}, Column(name="c", maximum=1))
    assert result.message == "1,200 of 1,200 rows lie outside the range `value <= 1`"


@pytest.mark.parametrize("column", [Column(name="c", minimum=-1e308), Column(name="c", maximum=1e308)])
@pytest.mark.parametrize("dtype", [pa.float32(), pa.float64()])
def test_nan_and_infinity_are_outside_every_range(measure, column: Column, dtype: pa.DataType) -> None:
    values = pa.array([1.0, float("nan"), float("inf"), float("-inf"), None], dtype)
    result = measure("value_range", {"c": values}, column)
    assert (result.verdict, result.n_failed) == (Verdict.FAIL, 3)
    assert set(result.examples) == {"nan", "inf", "-inf"}


@pytest.mark.parametrize(
    ("dtype", "values"),
    [(pa.int8(), [-3, 3]), (pa.uint64(), [0, 2**64 - 1]), (pa.int64(), [-(2**63), 2**63 - 1])],
)
def test_every_width_of_integers_compares(measure, dtype: pa.DataType, values: list[int]) -> None:
    data = {"c": pa.array(values, dtype)}
    assert measure("value_range", data, Column(name="c", minimum=values[0])).verdict is Verdict.PASS
    assert measure("value_range", data, Column(name="c", minimum=values[0] + 1)).n_failed == 1
    assert measure("value_range", data, Column(name="c", minimum=0.5)).n_failed == 1


def test_dates_and_times_compare_with_iso_text(measure) -> None:
    days = {"c": [date(2025, 12, 31), date(2026, 1, 1)]}
    assert measure("value_range", days, Column(name="c", minimum="2026-01-01")).n_failed == 1
    naive = {"c": [datetime.fromisoformat("2026-01-01T11:00:00"), datetime.fromisoformat("2026-01-01T13:00:00")]}
    assert measure("value_range", naive, Column(name="c", maximum="2026-01-01T12:00:00Z")).n_failed == 1
    east = timezone(timedelta(hours=5))
    zoned = {"c": [datetime(2026, 1, 1, 3, tzinfo=east), datetime(2026, 1, 1, 0, tzinfo=UTC)]}
    assert measure("value_range", zoned, Column(name="c", minimum="2026-01-01")).n_failed == 1


def test_an_end_that_does_not_compare_is_an_error(measure) -> None:
    result = measure("value_range", {"c": ["7", "x"]}, Column(name="c", minimum=3))
    assert (result.verdict, result.n_failed) == (Verdict.ERROR, None)
    assert result.message == "not measured: a column of string does not compare with 3"
    assert measure("value_range", {"c": [True]}, Column(name="c", maximum=1)).verdict is Verdict.ERROR
    assert measure("value_range", {"c": [1]}, Column(name="c", maximum="2026-01-01")).verdict is Verdict.ERROR
    noon = Column(name="c", maximum="2026-01-01T12:00:00")
    assert measure("value_range", {"c": [date(2026, 1, 1)]}, noon).verdict is Verdict.ERROR


def test_a_column_without_values_is_inside(measure) -> None:
    column = Column(name="c", minimum=3)
    assert measure("value_range", {"c": pa.array([None], pa.string())}, column).verdict is Verdict.PASS
    assert measure("value_range", {"c": pa.array([None], pa.int32())}, column).verdict is Verdict.PASS


def test_sensitive_values_are_not_shown(measure) -> None:
    result = measure("value_range", {"c": [1, 99]}, Column(name="c", maximum=5, sensitive=True))
    assert (result.n_failed, result.observed, result.examples) == (1, 1, ())


@pytest.mark.parametrize("dtype", [pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()])
def test_no_unsigned_value_is_below_an_end_below_zero(measure, dtype: pa.DataType) -> None:
    data = {"c": pa.array([0, 7, None], dtype)}
    for exclusive in (False, True):
        low = Column(name="c", minimum=-1, exclusive_minimum=exclusive)
        high = Column(name="c", maximum=-1, exclusive_maximum=exclusive)
        assert measure("value_range", data, low).verdict is Verdict.PASS
        assert measure("value_range", data, high).n_failed == 2
    assert measure("value_range", data, Column(name="c", minimum=-0.5, maximum=5)).n_failed == 1


@pytest.mark.parametrize("column", [Column(name="c", minimum="1999-01-01"), Column(name="c", maximum="2030-01-01")])
@pytest.mark.parametrize(
    ("dtype", "bits", "within"),
    [
        (pa.date32(), 32, 11_574),
        (pa.timestamp("us"), 64, 10**15),
        (pa.timestamp("us", tz="UTC"), 64, 10**15),
        (pa.timestamp("ns"), 64, 10**18),
    ],
)
def test_times_without_end_are_outside_every_range(
    measure, column: Column, dtype: pa.DataType, bits: int, within: int
) -> None:
    greatest = 2 ** (bits - 1) - 1
    values = pa.array([within, greatest, -greatest, None], pa.int32() if bits == 32 else pa.int64()).view(dtype)
    result = measure("value_range", {"c": values}, column)
    assert (result.n_failed, set(result.examples)) == (2, {"infinity", "-infinity"})


def test_times_far_ahead_are_not_without_end(measure) -> None:
    days = pa.array([2**31 - 10, 0], pa.int32()).view(pa.date32())
    assert measure("value_range", {"c": days}, Column(name="c", minimum="1999-01-01")).n_failed == 1
