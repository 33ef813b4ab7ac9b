"""MRR, by hand and over every order of ties."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.mrr import MRR


def test_the_published_example() -> None:
    # The right answer is third, second and first: Wikipedia's article on the mean reciprocal rank, 11/18.
    y = np.array([0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0])
    p = np.column_stack([np.tile([3.0, 2.0, 1.0], 3), np.repeat([0.0, 1.0, 2.0], 3)])
    assert MRR.value(y, p, None) == pytest.approx(11 / 18)
    order = np.random.default_rng(0).permutation(9)
    assert MRR.value(y[order], p[order], None) == pytest.approx(11 / 18)


@pytest.mark.parametrize("relevant", [(0, 0, 0, 1, 0, 0), (0, 1, 0, 1, 0, 0), (0, 1, 1, 1, 1, 0), (0, 0, 0, 0, 0, 1)])
def test_ties_give_the_mean_over_every_order_of_them(relevant: tuple[int, ...]) -> None:
    y, scores = np.array(relevant, dtype=float), np.array([2.0, 1.0, 1.0, 1.0, 1.0, 0.0])
    orders = [np.array([0, *middle, 5]) for middle in permutations((1, 2, 3, 4))]
    expected = np.mean([1 / (1 + int(np.argmax(y[order] > 0))) for order in orders])
    assert MRR.value(y, np.column_stack([scores, np.zeros(6)]), None) == pytest.approx(expected, rel=1e-12)


def test_a_hundred_thousand_equal_scores_are_counted_too() -> None:
    n = 100_000
    y = np.zeros(n)
    y[:2] = 1
    # Two of n in any order: the first is at place j with the chance 2 (n - j) / (n (n - 1)).
    j = np.arange(1, n)
    expected = float((2 * (n - j) / (n * (n - 1)) / j).sum())
    assert MRR.value(y, np.zeros((n, 2)), None) == pytest.approx(expected, rel=1e-6)


def test_without_a_relevant_row_there_is_no_value() -> None:
    with pytest.raises(Undefined, match="queries with a relevant row"):
        MRR.value(np.zeros(3), np.zeros((3, 2)), None)
