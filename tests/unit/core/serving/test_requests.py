"""The requests of a load: rows in turn, bounded, as JSON has them."""

from __future__ import annotations

import json

import pytest

from sluice.core.serving import requests
from sluice.domain.errors import DataError


@pytest.mark.parametrize(
    ("batch_rows", "sent"),
    [
        (1, [[1], [2], [3]]),
        (2, [[1, 2], [3, 1], [2, 3]]),
        (3, [[1, 2, 3]]),
        (6, [[1, 2, 3, 1, 2, 3]]),
        (4, [[1, 2, 3, 1], [2, 3, 1, 2], [3, 1, 2, 3]]),
    ],
)
def test_rows_are_sent_in_turn(batch_rows: int, sent: list[list[int]]) -> None:
    found = requests.bodies([{"a": 1}, {"a": 2}, {"a": 3}], batch_rows, where="rows")
    assert [[row["a"] for row in json.loads(body)] for body in found] == sent
    assert not any(b"\n" in body for body in found)


def test_no_rows_are_refused() -> None:
    with pytest.raises(DataError, match="no rows"):
        requests.bodies([], 1, where="rows.csv")


def test_a_request_that_is_too_large_is_refused() -> None:
    with pytest.raises(DataError, match="over 16 MiB"):
        requests.bodies([{"a": "x" * 1_000_000}], 20, where="rows.csv")


def test_as_many_different_requests_are_kept_as_fit() -> None:
    rows = [{"a": index, "b": "x" * 1_000_000} for index in range(300)]
    found = requests.bodies(rows, 1, where="rows.csv")
    assert 200 < len(found) < 300
    assert sum(map(len, found)) <= requests.MAX_SENT_BYTES
