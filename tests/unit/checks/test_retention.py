"""The age of the oldest value; now is noon of 20 November 2026, UTC."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from sluice.domain.contract import Column, Retention
from sluice.domain.verdict import Verdict

DAY_S = 86_400.0
T = Column(name="t")
DEMANDS = (Retention(column="t", max_age_s=DAY_S),)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_oldest_value_counts(measure) -> None:
    data = {"t": [at("2026-11-19T12:00:00"), at("2026-11-20T11:00:00"), None]}
    result = measure("retention", data, T, demands=DEMANDS)
    assert (result.verdict, result.observed, result.limit) == (Verdict.PASS, DAY_S, "kept for at most 1 day")
    result = measure("retention", {"t": [at("2026-11-18T12:00:00")]}, T, demands=DEMANDS)
    assert (result.verdict, result.message) == (Verdict.FAIL, "the oldest value is 2.0 days old; 1.0 days are allowed")


def test_a_date_counts_from_its_midnight(measure) -> None:
    assert measure("retention", {"t": [date(2026, 11, 20)]}, T, demands=DEMANDS).observed == DAY_S / 2


@pytest.mark.parametrize("values", [["2026-11-20"], [5], [None]])
def test_what_has_no_age_is_an_error(measure, values: list[object]) -> None:
    assert measure("retention", {"t": values}, T, demands=DEMANDS).verdict is Verdict.ERROR
