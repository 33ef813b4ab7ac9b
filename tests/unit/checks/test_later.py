"""Times of one table after all those of another."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any

import pytest

from sluice.domain.contract import Later
from sluice.domain.verdict import Verdict

DEMAND = Later(column="at", table="train", to="when")


def later(measure, mine: Any, theirs: Any):
    return measure("later", {"at": mine}, demands=(DEMAND,), related={"train": {"when": theirs}})


@pytest.mark.parametrize(
    ("mine", "theirs", "failed"),
    [
        ([3, 4], [1, 2], 0),
        ([3, 4], [1, 3], 1),
        ([3, 4, None], [None, 9], 2),
        ([2.5], [2], 0),
        ([math.nan, 3.0], [2.0, math.nan], 0),
        ([date(2026, 1, 2)], [date(2026, 1, 1)], 0),
        ([date(2026, 1, 2)], [datetime.fromisoformat("2026-01-02T00:00:00")], 1),
        ([datetime(2026, 1, 2, 1, tzinfo=UTC)], [datetime.fromisoformat("2026-01-02T00:59:59")], 0),
        ([datetime(2026, 1, 2, 1, tzinfo=UTC)], [datetime.fromisoformat("2026-01-02T01:00:00")], 1),
    ],
)
def test_later_than_the_newest(measure, mine: Any, theirs: Any, failed: int) -> None:
    result = later(measure, mine, theirs)
    assert (result.observed, result.n_failed) == (failed, failed)
    assert result.verdict is (Verdict.FAIL if failed else Verdict.PASS)
    assert result.limit == "later than all of train.when"


def test_the_sentence(measure) -> None:
    result = later(measure, [1, 5], [4])
    assert result.message == "1 of 2 rows are not later than the newest when of train"
    assert result.examples == ("1",)


def test_what_cannot_be_compared_is_inconclusive(measure) -> None:
    import pyarrow as pa

    nothing = pa.array([None], pa.int64())
    assert later(measure, [1], nothing).message == "the other table has no values to compare with"
    assert later(measure, nothing, [1]).message == "there are no values to measure"
    assert later(measure, [date(2026, 1, 1)], [1]).verdict is Verdict.INCONCLUSIVE
    absent = measure("later", {"at": [1]}, demands=(DEMAND,), related={"train": {"other": [1]}})
    assert (absent.verdict, absent.message) == (Verdict.INCONCLUSIVE, "the other table has no such column")
    untold = measure("later", {"at": [1]}, demands=(DEMAND,))
    assert untold.verdict is Verdict.INCONCLUSIVE
    assert "`train` was not given" in untold.message


def test_text_is_no_time(measure) -> None:
    assert later(measure, ["2026-01-01"], ["2025-01-01"]).verdict is Verdict.ERROR
