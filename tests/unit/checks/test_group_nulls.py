"""Missing values within groups."""

from __future__ import annotations

import math

from sluice.domain.contract import Column, GroupNulls
from sluice.domain.verdict import Verdict

DEMAND = GroupNulls(column="x", by=("g",), max_share=0.5)


def test_the_worst_group_counts(measure) -> None:
    data = {"g": ["a"] * 4 + ["b"] * 4, "x": [1, 2, None, None, 1, None, None, None]}
    result = measure("group_nulls", data, demands=(DEMAND,))
    assert (result.verdict, result.observed, result.n_failed, result.examples) == (Verdict.FAIL, 0.75, 3, ("b",))
    assert result.limit == "at most 50 % missing in each group by g"
    assert result.message == "75 % of a group's values are missing"
    allowed = GroupNulls(column="x", by=("g",), max_share=0.75)
    assert measure("group_nulls", data, demands=(allowed,)).verdict is Verdict.PASS


def test_nan_is_missing_and_a_missing_group_is_a_group(measure) -> None:
    data = {"g": [None, None, "a"], "x": [math.nan, math.nan, 1.0]}
    result = measure("group_nulls", data, demands=(DEMAND,))
    assert (result.verdict, result.observed, result.n_failed) == (Verdict.FAIL, 1.0, 2)


def test_groups_of_several_columns_are_shown_by_name(measure) -> None:
    data = {"g": ["a", "a", "b"], "h": [1, 2, 1], "x": [None, 1, 1]}
    result = measure("group_nulls", data, demands=(GroupNulls(column="x", by=("g", "h"), max_share=0.0),))
    assert (result.verdict, result.examples) == (Verdict.FAIL, ("g=a, h=1",))


def test_small_groups_may_be_left_out(measure) -> None:
    data = {"g": ["a"] * 9 + ["b"], "x": [1] * 9 + [None]}
    small = GroupNulls(column="x", by=("g",), max_share=0.1, min_rows=2)
    assert measure("group_nulls", data, demands=(small,)).verdict is Verdict.PASS
    none = GroupNulls(column="x", by=("g",), max_share=0.1, min_rows=10)
    result = measure("group_nulls", data, demands=(none,))
    assert (result.verdict, result.message) == (Verdict.INCONCLUSIVE, "no group has enough rows to measure")
    assert result.limit == "at most 10 % missing in each group of 10 rows or more by g"


def test_classified_groups_are_not_shown(measure) -> None:
    result = measure("group_nulls", {"g": ["a"], "x": [None]}, Column(name="g", sensitive=True), demands=(DEMAND,))
    assert (result.verdict, result.examples) == (Verdict.FAIL, ())


def test_an_absent_column_is_an_error(measure) -> None:
    assert measure("group_nulls", {"x": [1]}, demands=(DEMAND,)).verdict is Verdict.ERROR
    assert measure("group_nulls", {"g": [1]}, demands=(DEMAND,)).verdict is Verdict.ERROR


def test_no_rows_say_nothing(measure) -> None:
    import pyarrow as pa

    data = {"g": pa.array([], pa.int64()), "x": pa.array([], pa.int64())}
    assert measure("group_nulls", data, demands=(DEMAND,)).verdict is Verdict.INCONCLUSIVE
