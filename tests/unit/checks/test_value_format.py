"""Formats of texts and numbers."""

from __future__ import annotations

from typing import Any

import pytest

from sluice.domain.contract import Column
from sluice.domain.verdict import Verdict


@pytest.mark.parametrize(
    ("name", "values", "failed"),
    [
        ("uuid", ["123e4567-e89b-12d3-a456-426614174000", "123e4567", None], 1),
        ("email", ["a.b+c@example.org", "a@b", "a b@example.org", "@example.org"], 2),
        ("ipv4", ["127.0.0.1", "256.1.1.1", "1.2.3"], 2),
        ("yyyy-MM-dd", ["2024-02-29", "2024-13-01", "2024-2-1"], 2),
    ],
)
def test_formats_of_texts(measure, name: str, values: list[str], failed: int) -> None:
    assert measure("value_format", {"c": values}, Column(name="c", format=name)).n_failed == failed


@pytest.mark.parametrize(
    ("name", "values", "failed"),
    [
        ("i8", [-128, 127, 128, None], 1),
        ("u8", [-1, 0, 255, 256], 2),
        ("i64", [2**63 - 1, -(2**63)], 0),
        ("u64", [2**63 - 1, -1], 1),
        ("i128", [1], 0),
        ("u128", [-1, 1], 1),
        ("f32", [3.4e38, 3.5e38, float("nan"), float("inf")], 1),
        ("f64", [1e308], 0),
    ],
)
def test_formats_of_numbers(measure, name: str, values: list[Any], failed: int) -> None:
    result = measure("value_format", {"c": values}, Column(name="c", format=name))
    assert (result.n_failed, result.limit) == (failed, name)


@pytest.mark.parametrize(("name", "values"), [("i8", [1.5]), ("i8", ["1"]), ("email", [1])])
def test_other_kinds_of_columns_have_no_such_format(measure, name: str, values: list[Any]) -> None:
    assert measure("value_format", {"c": values}, Column(name="c", format=name)).verdict is Verdict.ERROR
