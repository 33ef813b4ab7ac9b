"""Rows without a value, in rows and percent."""

from __future__ import annotations

import pytest

from sluice.domain.contract import Bound, Column, ValueCount
from sluice.domain.verdict import Verdict

C = Column(name="c")


def rule(unit: str = "rows", severity: str = "fail", **bound: object) -> ValueCount:
    return ValueCount(metric="nullValues", columns=("c",), bound=Bound(unit=unit, **bound), severity=severity)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("demand", "verdict", "limit"),
    [
        (rule(maximum=2), Verdict.PASS, "null: at most 2 rows"),
        (rule(maximum=2, exclusive_maximum=True), Verdict.FAIL, "null: less than 2 rows"),
        (rule(minimum=2, maximum=2), Verdict.PASS, "null: exactly 2 rows"),
        (rule(minimum=2, maximum=2, negated=True), Verdict.FAIL, "null: not 2 rows"),
        (rule(minimum=0, maximum=1, negated=True), Verdict.PASS, "null: not 0 to 1 rows"),
        (rule("percent", maximum=50), Verdict.PASS, "null: at most 50% of rows"),
        (rule("percent", maximum=49.5), Verdict.FAIL, "null: at most 49.5% of rows"),
        (rule("percent", severity="warn", maximum=1), Verdict.WARN, "null: at most 1% of rows"),
    ],
)
def test_operators_and_units(measure, demand: ValueCount, verdict: Verdict, limit: str) -> None:
    result = measure("null_values", {"c": [1.0, None, float("nan"), 4.0]}, C, demands=(demand,))
    assert (result.verdict, result.limit, result.observed, result.n_failed) == (verdict, limit, 2, 2)


def test_the_rows_are_named_by_their_key_where_too_many(measure) -> None:
    key = Column(name="id", required=True, unique=True)
    data = {"id": ["x", "y"], "c": [None, None]}
    assert measure("null_values", data, key, C, demands=(rule(maximum=1),)).examples == ("id=x", "id=y")
    assert measure("null_values", data, key, C, demands=(rule(maximum=2),)).examples == ()


def test_no_rows_say_nothing(measure) -> None:
    import pyarrow as pa

    result = measure("null_values", {"c": pa.array([], pa.int64())}, C, demands=(rule("percent", maximum=5),))
    assert result.verdict is Verdict.INCONCLUSIVE


def test_an_absent_column_is_an_error(measure) -> None:
    assert measure("null_values", {"d": [1]}, C, demands=(rule(maximum=1),)).verdict is Verdict.ERROR
