"""The age of the newest value; now is noon of 20 November 2026, UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from sluice.domain.age_check import duration
from sluice.domain.contract import Freshness
from sluice.domain.verdict import Verdict

DAY_S = 86_400.0
DEMAND = (Freshness(column="t", max_age_s=DAY_S),)


def test_the_newest_value_counts(measure) -> None:
    result = measure(
        "freshness",
        {"t": [datetime.fromisoformat("2020-01-01T00:00:00"), datetime.fromisoformat("2026-11-20T11:00:00"), None]},
        demands=DEMAND,
    )
    assert (result.verdict, result.observed, result.limit) == (Verdict.PASS, 3600.0, "at most 1 day old")


def test_the_greatest_age_is_allowed_itself(measure) -> None:
    assert (
        measure("freshness", {"t": [datetime.fromisoformat("2026-11-19T12:00:00")]}, demands=DEMAND).verdict
        is Verdict.PASS
    )
    result = measure("freshness", {"t": [datetime.fromisoformat("2026-11-19T11:59:59")]}, demands=DEMAND)
    assert (result.verdict, result.message) == (Verdict.FAIL, "the newest value is 1.0 days old; 1.0 days are allowed")


def test_zones_are_honoured_and_times_without_one_are_utc(measure) -> None:
    east = timezone(timedelta(hours=5))
    zoned = measure("freshness", {"t": [datetime(2026, 11, 20, 16, tzinfo=east)]}, demands=DEMAND)
    assert zoned.observed == 3600.0
    assert measure("freshness", {"t": [datetime.fromisoformat("2026-11-20T12:00:00")]}, demands=DEMAND).observed == 0.0


def test_a_date_counts_from_its_midnight(measure) -> None:
    assert measure("freshness", {"t": [date(2026, 11, 20)]}, demands=DEMAND).observed == DAY_S / 2
    assert measure("freshness", {"t": [date(2026, 11, 19)]}, demands=DEMAND).verdict is Verdict.FAIL


def test_fine_grained_times_are_read(measure) -> None:
    import pyarrow as pa

    value = int(datetime(2026, 11, 20, 11, tzinfo=UTC).timestamp())
    types = (pa.timestamp("s", "UTC"), pa.timestamp("ms", "UTC"), pa.timestamp("us", "UTC"), pa.timestamp("ns", "UTC"))
    for index, dtype in enumerate(types):
        data = {"t": pa.array([value * 1000**index], dtype)}
        assert measure("freshness", data, demands=DEMAND).observed == 3600.0


def test_the_far_future_is_inconclusive(measure) -> None:
    assert (
        measure("freshness", {"t": [datetime.fromisoformat("2026-11-21T12:00:00")]}, demands=DEMAND).verdict
        is Verdict.PASS
    )
    result = measure("freshness", {"t": [datetime.fromisoformat("9999-01-01T00:00:00")]}, demands=DEMAND)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.message.endswith("ahead of now")


@pytest.mark.parametrize("values", [["2026-11-20"], [5], [None]])
def test_what_has_no_age_is_an_error(measure, values: list[object]) -> None:
    result = measure("freshness", {"t": values}, demands=DEMAND)
    assert (result.verdict, result.observed) == (Verdict.ERROR, None)


def test_a_column_without_values_is_an_error(measure) -> None:
    import pyarrow as pa

    result = measure("freshness", {"t": pa.array([None], pa.timestamp("us"))}, demands=DEMAND)
    assert result.verdict is Verdict.ERROR


def test_an_infinite_time_is_an_error(measure) -> None:
    import pyarrow as pa

    data = {"t": pa.array([2**63 - 1], pa.timestamp("us"))}
    assert measure("freshness", data, demands=DEMAND).verdict is Verdict.ERROR


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.5, "0.5 seconds"), (90, "1.5 minutes"), (7200, "2.0 hours"), (DAY_S * 2.5, "2.5 days"), (1e9, "11574 days")],
)
def test_durations_read_well(seconds: float, text: str) -> None:
    assert duration(seconds) == text
