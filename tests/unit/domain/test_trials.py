"""Of how many rows a value is a rate, of rows and of counts of them."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.trials import Trials, every_row, positive_rows, rarer_class, rarest_class

Y = np.array([1.0, 0.0, 1.0, 0.0, 0.0])
WEIGHT = np.array([1.0, 2.0, 3.0, 0.0, 2.0])


@pytest.mark.parametrize(
    ("trials", "plain", "weighted"),
    [(every_row, 5.0, 64 / 18), (positive_rows, 2.0, 1.6), (rarer_class, 2.0, 1.6), (rarest_class, 2.0, 1.6)],
)
def test_equally_weighted_rows(trials: Trials, plain: float, weighted: float) -> None:
    assert trials(Y, Y, None) == plain
    assert trials(Y, Y, WEIGHT) == pytest.approx(weighted)


@pytest.mark.parametrize("trials", [every_row, positive_rows, rarer_class, rarest_class])
def test_counts_of_rows_answer_as_the_rows_do(trials: Trials) -> None:
    classes, weight = np.array([0.0, 1.0, 2.0]), np.random.default_rng(1).gamma(2.0, size=300)
    many = trials is rarest_class
    y = np.random.default_rng(2).choice(classes if many else classes[:2], size=300)
    cells = np.unique(y)
    sums = np.array([weight[y == one].sum() for one in cells])
    squares = np.array([(weight[y == one] ** 2).sum() for one in cells])
    assert trials.among(cells, cells, sums, squares) == pytest.approx(trials(y, y, weight))


def test_no_row_that_counts_is_no_trial() -> None:
    nothing = np.zeros(3)
    assert positive_rows(nothing, nothing, None) == positive_rows(nothing, nothing, np.ones(3)) == 0
