"""How many rows would decide."""

from __future__ import annotations

import math

import pytest

from sluice.domain.enough_rows import MOST_ROWS, rows_to_decide
from sluice.domain.stats import normal


def test_half_the_distance_needs_four_times_the_rows() -> None:
    assert rows_to_decide(0.01, -0.01, 0.03, 0.02, 1000) == 4000


def test_the_side_on_which_the_estimate_lies_counts_where_the_ends_are_uneven() -> None:
    assert rows_to_decide(0.03, 0.01, 0.09, 0.02, 1000) == 4000
    assert rows_to_decide(0.01, -0.5, 0.03, 0.02, 1000) == 4000


def test_a_difference_and_its_drop_need_the_same_rows() -> None:
    assert rows_to_decide(-0.01, -0.03, 0.01, -0.02, 1000) == rows_to_decide(0.01, -0.01, 0.03, 0.02, 1000)


def test_an_interval_that_clears_the_margin_needs_no_more_rows() -> None:
    assert rows_to_decide(0.01, 0.0, 0.02, 0.05, 300) == 300
    # Its end at the margin is within it.
    assert rows_to_decide(0.25, 0.0, 0.5, 0.5, 300) == 300


def test_a_straddling_interval_always_needs_at_least_one_row_more() -> None:
    assert rows_to_decide(0.01, 0.0, 0.020_000_000_001, 0.02, 300) == 301


@pytest.mark.parametrize("difference", [0.02, 0.02 + 1e-12])
def test_an_estimate_at_the_margin_is_decided_by_no_number_of_rows(difference: float) -> None:
    assert rows_to_decide(difference, -0.1, 0.1, 0.02, 1000) is None


def test_numbers_of_any_size_have_an_answer_or_none() -> None:
    assert rows_to_decide(0.0, -1e300, 1e300, 5e-324, 1000) is None
    assert rows_to_decide(0.0, -1e308, 1e308, -1e308, 1000) == 1000


def test_the_most_rows_that_are_named() -> None:
    assert rows_to_decide(0.0, -1.0, 1.0, 0.001, 1000) == MOST_ROWS
    assert rows_to_decide(0.0, -1.0, 1.0, 0.001, 1001) is None


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_have_no_answer(wrong: float) -> None:
    assert rows_to_decide(wrong, -0.1, 0.1, 0.02, 1000) is None
    assert rows_to_decide(0.0, wrong, 0.1, 0.02, 1000) is None
    assert rows_to_decide(0.0, -0.1, wrong, 0.02, 1000) is None
    assert rows_to_decide(0.0, -0.1, 0.1, wrong, 1000) is None


def test_ends_out_of_order_and_no_rows_have_no_answer() -> None:
    assert rows_to_decide(0.5, -0.1, 0.1, 0.02, 1000) is None
    assert rows_to_decide(0.0, -0.1, 0.1, 0.02, 0) is None


@pytest.mark.parametrize("margin", [-0.03, -0.002, 0.005, 0.04])
def test_a_normal_interval_on_that_many_rows_clears_the_margin_and_on_one_fewer_does_not(margin: float) -> None:
    def at(rows: int) -> tuple[float, float]:
        found = normal(0.001, 1 / math.sqrt(rows))
        return found.low, found.high

    needed = rows_to_decide(0.001, *at(400), margin, 400)
    assert needed is not None
    low, high = at(needed)
    assert not low < margin - 1e-12 < margin + 1e-12 < high
    low, high = at(needed - 1)
    assert low < margin < high
