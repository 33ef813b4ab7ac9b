"""Presence and type of columns."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from sluice.checks.column_type import fits
from sluice.domain.contract import Column, LogicalType
from sluice.domain.verdict import Verdict

VALUES: dict[LogicalType, list[Any]] = {
    "integer": [1, 2],
    "number": [1.5, float("nan")],
    "string": ["a", ""],
    "boolean": [True, False],
    "date": [date(2026, 1, 1)],
    "timestamp": [datetime(2026, 1, 1, tzinfo=UTC)],
    "time": [time(12)],
    "object": [{"a": 1}],
    "array": [[1, 2]],
}


@pytest.mark.parametrize("logical", VALUES)
def test_each_logical_type_passes_on_its_own_values_only(measure, logical: LogicalType) -> None:
    for other, values in VALUES.items():
        result = measure("column_type", {"c": values}, Column(name="c", logical_type=logical))
        expected = other == logical or (logical, other) == ("number", "integer")
        assert (result.verdict is Verdict.PASS) == expected, (logical, other, result.observed)


def test_a_missing_column_fails_by_its_name(measure) -> None:
    result = measure("column_type", {"renamed": [1]}, Column(name="age", logical_type="integer"))
    assert result.verdict is Verdict.FAIL
    assert result.observed is None
    assert result.message == "column is missing: `age`"


def test_names_are_compared_to_the_letter(measure) -> None:
    assert measure("column_type", {"Age": [1]}, Column(name="age")).verdict is Verdict.FAIL


def test_other_columns_and_their_order_do_not_matter(measure) -> None:
    result = measure("column_type", {"z": [1], "b": ["x"], "a": [2]}, Column(name="a", logical_type="integer"))
    assert result.verdict is Verdict.PASS


def test_without_a_type_the_column_must_only_be_there(measure) -> None:
    assert measure("column_type", {"c": [[1]]}, Column(name="c")).verdict is Verdict.PASS


def test_a_text_column_without_values_contradicts_no_type(measure) -> None:
    import pyarrow as pa

    column = Column(name="c", logical_type="integer")
    empty = measure("column_type", {"c": pa.array([None, None], pa.string())}, column)
    assert (empty.verdict, empty.observed) == (Verdict.PASS, "null")
    one = measure("column_type", {"c": pa.array([None, "1"], pa.string())}, column)
    assert (one.verdict, one.observed, one.message) == (Verdict.FAIL, "string", "is string, not integer")


def test_a_typed_column_without_values_keeps_its_type(measure) -> None:
    import pyarrow as pa

    data = {"c": pa.array([None, None], pa.float64())}
    assert measure("column_type", data, Column(name="c", logical_type="string")).verdict is Verdict.FAIL


def test_severity_warn_only_warns(measure) -> None:
    column = Column(name="c", logical_type="string", severity="warn", line=7)
    result = measure("column_type", {"c": [1]}, column)
    assert (result.verdict, result.severity, result.line) == (Verdict.WARN, "warn", 7)


def test_decimals_without_fraction_are_integers(measure) -> None:
    import pyarrow as pa

    column = Column(name="c", logical_type="integer")
    whole = measure("column_type", {"c": pa.array([Decimal(1)], pa.decimal128(9, 0))}, column)
    assert whole.verdict is Verdict.PASS
    parts = measure("column_type", {"c": pa.array([Decimal("1.50")], pa.decimal128(9, 2))}, column)
    assert (parts.verdict, parts.observed) == (Verdict.FAIL, "decimal(9, 2)")


@pytest.mark.parametrize("kind", ["interval", "uuid", "binary", "json", "unknown", "interval('us')", ""])
def test_kinds_that_are_no_logical_type_fit_none(kind: str) -> None:
    assert not any(fits(logical, kind) for logical in VALUES), json.dumps(kind)
