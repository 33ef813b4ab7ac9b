"""Two trainings of one commit: which rows are predicted otherwise, and by how much."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sluice.core.repeating import repeated
from sluice.domain.config import Task
from sluice.domain.predictions import Predictions
from sluice.domain.training import Repeat

Y = np.array([0.0, 1.0, 0.0, 1.0])
ROWS = Predictions(y=Y, score=np.array([0.1, 0.9, 0.2, 0.8]), key=np.array([1, 2, 3, 4]), binary=True)


def test_the_same_rows_in_another_order_are_the_same() -> None:
    back = np.array([3, 1, 0, 2])
    other = replace(ROWS.take(back), key=np.array([1, 2, 3, 4])[back])
    assert repeated(ROWS, other, "classification") == Repeat(n=4, n_different=0, max_difference=0.0)


def test_the_greatest_difference_of_a_score_is_told() -> None:
    other = replace(ROWS, score=np.array([0.1, 0.9 + 1e-9, 0.2, 0.7]))
    found = repeated(ROWS, other, "classification")
    assert (found.n, found.n_different) == (4, 2)
    assert found.max_difference == pytest.approx(0.1)


@pytest.mark.parametrize(("task", "told"), [("classification", None), ("regression", 1.0)])
def test_another_class_is_no_number_and_another_value_is(task: Task, told: float | None) -> None:
    ours = Predictions(y=Y, prediction=np.array([0.0, 1.0, 0.0, 1.0]))
    found = repeated(ours, replace(ours, prediction=np.array([0.0, 1.0, 1.0, 1.0])), task)
    assert (found.n_different, found.max_difference) == (1, told)
    names = Predictions(y=np.array(["a", "b"]), prediction=np.array(["a", "b"]))
    assert repeated(names, replace(names, prediction=np.array(["b", "b"])), task).max_difference is None


@pytest.mark.parametrize(
    "other",
    [
        replace(ROWS, key=np.array([1, 2, 3, 5])),
        replace(ROWS, y=1 - Y),
        replace(ROWS.take(np.array([0, 1])), key=np.array([1, 2])),
        replace(ROWS, score=None, prediction=Y),
        replace(ROWS, score=None),
    ],
)
def test_other_rows_or_other_columns_are_all_different(other: Predictions) -> None:
    assert repeated(ROWS, other, "classification") == Repeat(n=4, n_different=4)


def test_differences_that_no_number_holds_are_none() -> None:
    ours = Predictions(y=Y, prediction=np.array([1.7e308, 0, 0, 0]))
    found = repeated(ours, replace(ours, prediction=np.array([-1.7e308, 0, 0, 0])), "regression")
    assert (found.n_different, found.max_difference) == (1, None)


def test_two_models_with_probabilities_are_compared_by_them() -> None:
    ours = Predictions(y=Y, probabilities=np.array([[0.5, 0.5]] * 4), classes=("a", "b"))
    found = repeated(ours, replace(ours, probabilities=np.array([[0.5, 0.5]] * 3 + [[0.4, 0.6]])), "classification")
    assert found.n_different == 1
    assert found.max_difference == pytest.approx(0.1)
