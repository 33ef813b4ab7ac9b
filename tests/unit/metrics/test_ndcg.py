"""NDCG, against a published example and every order of ties."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.ndcg import NDCG, ndcg

# Six documents in the order in which they were returned, and two that were not: Wikipedia's article on the
# discounted cumulative gain works out 6.861 for them, of 8.740 for the best order.
GAINS = np.array([3.0, 2.0, 3.0, 0.0, 1.0, 2.0])


def rows(gains: np.ndarray, scores: np.ndarray, query: int = 0) -> tuple[np.ndarray, np.ndarray]:
    return gains, np.column_stack([scores, np.full(len(gains), float(query))])


def test_the_published_example() -> None:
    gains = np.concatenate([GAINS, [3.0, 2.0]])
    y, p = rows(gains, -np.arange(8.0))
    assert ndcg(6).value(y, p, None) == pytest.approx(6.861 / 8.740, abs=1e-4)


def by_hand(gains: np.ndarray, k: int) -> float:
    discounts = np.log2(np.arange(2, len(gains) + 2))
    best = (np.sort(gains)[::-1] / discounts)[:k].sum()
    return float((gains / discounts)[:k].sum() / best)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 9])
def test_ties_give_the_mean_over_every_order_of_them(k: int) -> None:
    gains, scores = np.array([0.0, 3.0, 1.0, 0.0, 2.0]), np.array([5.0, 4.0, 4.0, 4.0, 1.0])
    orders = [np.array([0, *middle, 4]) for middle in permutations((1, 2, 3))]
    expected = np.mean([by_hand(gains[order], k) for order in orders])
    assert ndcg(k).value(*rows(gains, scores), None) == pytest.approx(expected, rel=1e-12)


def test_queries_count_alike_and_those_without_a_relevant_row_do_not() -> None:
    parts = [
        rows(np.array([1.0, 0.0]), np.array([1.0, 2.0]), 0),
        rows(np.array([2.0, 0.0, 0.0]), np.arange(3.0)[::-1], 1),
    ]
    parts.append(rows(np.zeros(2), np.arange(2.0), 2))
    y, p = np.concatenate([y for y, _ in parts]), np.concatenate([p for _, p in parts])
    second = 1 / np.log2(3)
    assert ndcg(10).value(y, p, None) == pytest.approx((second + 1) / 2)
    weight = np.array([3.0, 3.0, 1.0, 1.0, 1.0, 9.0, 9.0])
    assert ndcg(10).value(y, p, weight) == pytest.approx((3 * second + 1) / 4)
    trials = ndcg(10).trials
    assert trials is not None and trials(y, p, None) == pytest.approx(2)
    influence = ndcg(10).influence(y, p, None)
    assert influence is not None
    assert influence.tolist() == pytest.approx([*[(second - 1) / 8 * 7] * 2, *[(1 - second) / 12 * 7] * 3, 0, 0])


def test_rows_of_a_query_weigh_alike_and_one_row_is_relevant() -> None:
    y, p = rows(GAINS, np.arange(6.0))
    with pytest.raises(Undefined, match="one weight for all rows of a query"):
        ndcg(3).value(y, p, np.arange(1.0, 7.0))
    with pytest.raises(Undefined, match="queries with a relevant row"):
        ndcg(3).value(np.zeros(6), p, None)
    with pytest.raises(Undefined, match="queries with a relevant row"):
        ndcg(3).value(y, p, np.zeros(6))


def test_a_place_is_a_whole_number() -> None:
    assert [NDCG.of(text) is None for text in ("10", "1", "0", "2.5", "10001", "")] == [False, False, *[True] * 4]
