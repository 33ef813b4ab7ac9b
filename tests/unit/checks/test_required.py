"""Values that must not be missing."""

from __future__ import annotations

from sluice.domain.contract import Column
from sluice.domain.verdict import Verdict

COLUMN = Column(name="c", required=True)


def test_a_full_column_passes(measure) -> None:
    result = measure("required", {"c": [1, 2, 3]}, COLUMN)
    assert (result.verdict, result.n_failed, result.n_rows) == (Verdict.PASS, 0, 3)


def test_nulls_are_counted(measure) -> None:
    result = measure("required", {"c": ["a", None, None]}, COLUMN)
    assert (result.verdict, result.n_failed, result.observed) == (Verdict.FAIL, 2, 2)
    assert result.message == "2 of 3 rows have no value"
    assert result.examples == ()


def test_nan_is_a_missing_value(measure) -> None:
    assert measure("required", {"c": [1.0, float("nan"), None, float("inf")]}, COLUMN).n_failed == 2


def test_an_empty_text_is_a_value(measure) -> None:
    assert measure("required", {"c": ["", " "]}, COLUMN).verdict is Verdict.PASS


def test_nested_columns_can_be_required(measure) -> None:
    assert measure("required", {"c": [[1], None, [None]]}, COLUMN).n_failed == 1


def test_an_absent_column_is_an_error_and_no_query(measure) -> None:
    result = measure("required", {"d": [1]}, COLUMN)
    assert (result.verdict, result.n_failed, result.message) == (Verdict.ERROR, None, "column is missing")


def test_a_column_of_nulls_alone_fails(measure) -> None:
    import pyarrow as pa

    assert measure("required", {"c": pa.nulls(4)}, COLUMN).n_failed == 4


def test_not_required_is_not_measured(measure) -> None:
    import pytest

    with pytest.raises(ValueError, match="not enough values"):
        measure("required", {"c": [None, 1]}, Column(name="c"))
