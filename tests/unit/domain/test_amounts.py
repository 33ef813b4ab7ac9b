"""Numbers of things in sentences."""

from __future__ import annotations

import pytest

from sluice.domain.amounts import amount, in_amounts


@pytest.mark.parametrize(("n", "said"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1200, "1,200 rows")])
def test_one_is_singular(n: int, said: str) -> None:
    assert amount(n, "row") == said


@pytest.mark.parametrize(
    ("range_", "said"), [("at least 1", "at least 1 row"), ("0 to 1", "0 to 1 row"), ("at most 11", "at most 11 rows")]
)
def test_a_range_ends_with_what_it_counts(range_: str, said: str) -> None:
    assert in_amounts(range_, "row") == said
