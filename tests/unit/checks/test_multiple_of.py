"""Multiples of a number."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sluice.domain.contract import Column
from sluice.domain.verdict import Verdict


@pytest.mark.parametrize(
    ("step", "values", "failed"),
    [
        (5, [0, 5, -10, 7, None], 1),
        (0.5, [1, 2], 0),
        (0.1, [0.1, 0.3, 0.25, 1e6], 1),
        (0.01, [Decimal("1.25"), Decimal("1.00")], 0),
        (0.5, [Decimal("1.25"), Decimal("1.50")], 1),
        (2, [float("nan"), float("inf"), 4.0], 2),
    ],
)
def test_multiples(measure, step: float, values: list[Any], failed: int) -> None:
    assert measure("multiple_of", {"c": values}, Column(name="c", multiple_of=step)).n_failed == failed


def test_unsigned_numbers(measure) -> None:
    import pyarrow as pa

    data = {"c": pa.array([2**64 - 2, 3], pa.uint64())}
    assert measure("multiple_of", data, Column(name="c", multiple_of=2)).n_failed == 1


def test_texts_are_no_multiples(measure) -> None:
    assert measure("multiple_of", {"c": ["4"]}, Column(name="c", multiple_of=2)).verdict is Verdict.ERROR
