"""Limits as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.domain.margin import Margin, margin, measured, stated


@pytest.mark.parametrize(
    ("written", "amount", "relative"),
    [
        (0.005, "0.005", False),
        (1.0, "1", False),
        (0.1 + 0.2, "0.30000000000000004", False),
        ("2 %", "0.02", True),
        ("2%", "0.02", True),
        ("0.25 %", "0.0025", True),
        ("150 %", "1.5", True),
    ],
)
def test_numbers_and_shares(written: float | str, amount: str, relative: bool) -> None:
    assert margin(written) == Margin(amount=Decimal(amount), relative=relative)


@pytest.mark.parametrize(
    "written",
    [
        *("", "2", "0.02", "%", "-2 %", "+2 %", "2 percent", "2  %", " 2 %", "2 %\n", "1e2 %", "nan %", "inf %", "٢ %"),
        *("2,5 %", "1234567 %", ".5 %", "2. %", "0.0000000001 %"),
    ],
)
def test_other_texts_are_no_margin(written: str) -> None:
    assert margin(written) is None


def test_a_share_goes_by_the_size_of_the_baseline() -> None:
    two = Margin(amount=Decimal("0.02"), relative=True)
    assert two.of(0.9) == two.of(-0.9) == Decimal("0.018")
    assert Margin(amount=Decimal("0.02")).of(0.9) == Decimal("0.02")


@pytest.mark.parametrize("number", [0.1 + 0.2, 0.3])
def test_what_rounding_leaves_behind_does_not_count(number: float) -> None:
    assert measured(number) == stated(0.3)


def test_the_fifteenth_digit_counts() -> None:
    assert measured(0.300000000000001) > stated(0.3) > measured(0.299999999999999)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_the_order_of_numbers_is_kept(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert measured(low) <= measured(high)


@given(st.decimals(-1000, 1000, places=12))
def test_a_number_of_fifteen_digits_is_itself(number: Decimal) -> None:
    assert measured(float(number)) == stated(float(number)) == number
