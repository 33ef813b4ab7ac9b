"""Numbers of items in lists."""

from __future__ import annotations

from typing import Any

import pytest

from sluice.domain.contract import Column
from sluice.domain.verdict import Verdict

LISTS = {"c": [[1, 2], [], [1, 1], [1, 2, 3], None]}


@pytest.mark.parametrize(
    ("fields", "failed", "limit"),
    [
        ({"min_items": 1}, 1, "at least 1 items"),
        ({"max_items": 2}, 1, "at most 2 items"),
        ({"min_items": 2, "max_items": 2}, 2, "exactly 2 items"),
        ({"unique_items": True}, 1, "no item twice"),
        ({"max_items": 2, "unique_items": True}, 2, "at most 2 items, no item twice"),
    ],
)
def test_lists(measure, fields: dict[str, Any], failed: int, limit: str) -> None:
    result = measure("list_items", LISTS, Column(name="c", **fields))
    assert (result.n_failed, result.limit) == (failed, limit)


def test_an_item_that_is_missing_is_one(measure) -> None:
    result = measure("list_items", {"c": [[None, 1], [None, None]]}, Column(name="c", unique_items=True))
    assert result.n_failed == 1


def test_texts_are_no_lists(measure) -> None:
    assert measure("list_items", {"c": ["ab"]}, Column(name="c", max_items=1)).verdict is Verdict.ERROR
