"""Recall of a ranking, by hand and over every order of ties."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics import METRICS, metric_named
from sluice.metrics.recall_at import recall_at

Y = np.array([1.0, 0.0, 2.0, 0.0, 1.0, 0.0, 1.0])
P = np.column_stack([[0.9, 0.8, 0.7, 0.1, 0.2, 0.9, 0.1], [4.0, 4.0, 4.0, 4.0, 4.0, 7.0, 7.0]])


def test_two_of_three_and_none_of_one() -> None:
    assert recall_at(3).value(Y, P, None) == pytest.approx((2 / 3 + 1) / 2)
    assert recall_at(1).value(Y, P, None) == pytest.approx((1 / 3 + 0) / 2)
    assert recall_at(1).value(Y, P, np.array([3.0] * 5 + [1.0] * 2)) == pytest.approx(1 / 4)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_ties_give_the_mean_over_every_order_of_them(k: int) -> None:
    relevant, scores = np.array([1.0, 0.0, 1.0, 0.0, 1.0]), np.array([2.0, 1.0, 1.0, 1.0, 0.0])
    orders = [np.array([0, *middle, 4]) for middle in permutations((1, 2, 3))]
    expected = np.mean([relevant[order][:k].sum() / 3 for order in orders])
    p = np.column_stack([scores, np.zeros(5)])
    assert recall_at(k).value(relevant, p, None) == pytest.approx(expected, rel=1e-12)


def test_without_a_relevant_row_there_is_no_value() -> None:
    with pytest.raises(Undefined, match="queries with a relevant row"):
        recall_at(3).value(np.zeros(7), P, None)


def test_its_number_tells_it_from_the_recall_of_a_class() -> None:
    found = metric_named("recall@5")
    assert found is not None and found.tasks == ("ranking",)
    assert METRICS["recall"].tasks == ("classification",)
