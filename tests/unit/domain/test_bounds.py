"""Ranges: asked and said."""

from __future__ import annotations

import pytest

from sluice.domain.bounds import bound_text, inside, number_text
from sluice.domain.contract import Bound


@pytest.mark.parametrize(
    ("bound", "text", "within", "without"),
    [
        (Bound(minimum=5), "at least 5", (5, 6), (4.9,)),
        (Bound(minimum=5, exclusive_minimum=True), "more than 5", (6,), (5,)),
        (Bound(maximum=5), "at most 5", (5, -1), (6,)),
        (Bound(maximum=5, exclusive_maximum=True), "less than 5", (4,), (5,)),
        (Bound(minimum=1, maximum=5), "1 to 5", (1, 5), (0, 6)),
        (Bound(minimum=5, maximum=5), "exactly 5", (5,), (4, 6)),
        (Bound(minimum=5, maximum=5, negated=True), "not 5", (4, 6), (5,)),
        (Bound(minimum=1, maximum=5, negated=True), "not 1 to 5", (0, 6), (1, 5)),
        (Bound(minimum=1, maximum=5, exclusive_maximum=True), "at least 1 and less than 5", (1, 4.9), (5,)),
        (Bound(), "any number of", (-1e9, 0), ()),
    ],
)
def test_ranges(bound: Bound, text: str, within: tuple[float, ...], without: tuple[float, ...]) -> None:
    assert bound_text(bound) == text
    assert all(inside(bound, value) for value in within)
    assert not any(inside(bound, value) for value in without)


def test_nan_is_in_no_range() -> None:
    assert not inside(Bound(), float("nan"))
    assert not inside(Bound(minimum=1, maximum=2, negated=True), float("nan"))


@pytest.mark.parametrize(
    ("value", "text"), [(5.0, "5"), (0.1, "0.1"), (1e20, "1e+20"), (-3, "-3"), (1234567890123, "1234567890123")]
)
def test_numbers_keep_their_digits(value: float, text: str) -> None:
    assert number_text(value) == text
