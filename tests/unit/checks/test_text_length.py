"""Lengths of texts, in characters."""

from __future__ import annotations

import pytest

from sluice.domain.contract import Column
from sluice.domain.verdict import Verdict


@pytest.mark.parametrize(
    ("column", "failed", "limit"),
    [
        (Column(name="c", min_length=2), 1, "at least 2 characters"),
        (Column(name="c", max_length=2), 2, "at most 2 characters"),
        (Column(name="c", min_length=2, max_length=3), 2, "2 to 3 characters"),
        (Column(name="c", min_length=0, max_length=4), 0, "0 to 4 characters"),
    ],
)
def test_both_ends_belong_to_the_range(measure, column: Column, failed: int, limit: str) -> None:
    result = measure("text_length", {"c": ["ä", "ab", "abc", "日本語x", None]}, column)
    assert (result.n_failed, result.limit) == (failed, limit)
    assert result.verdict is (Verdict.FAIL if failed else Verdict.PASS)


def test_the_first_texts_by_key_are_shown(measure) -> None:
    key = Column(name="id", required=True, unique=True)
    result = measure("text_length", {"id": [11, 9, 10], "c": ["aaa", "bbb", "c"]}, key, Column(name="c", max_length=2))
    assert result.examples == ("id=9: bbb", "id=11: aaa")


def test_numbers_have_no_length(measure) -> None:
    result = measure("text_length", {"c": [1]}, Column(name="c", max_length=2))
    assert (result.verdict, result.message) == (Verdict.ERROR, "not measured: a column of int64 holds no text")
