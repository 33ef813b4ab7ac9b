"""What a predictions record may hold."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.config import Task
from sluice.domain.errors import EvidenceError
from sluice.domain.predictions import MAX_SLICE_VALUES, Predictions, Slicing, checked

Y = np.array([0.0, 1.0, 1.0])
SCORE = np.array([0.2, 0.7, 0.6])
CAT = np.array(["cat", "dog", "cat"])


def refused(predictions: Predictions, task: Task = "classification") -> str:
    with pytest.raises(EvidenceError) as caught:
        checked(predictions, task, where="p.csv")
    assert "\n" not in caught.value.sentence
    return caught.value.sentence


def test_zero_and_one_are_binary_and_names_are_not() -> None:
    assert checked(Predictions(y=Y, score=SCORE), "classification", where="").binary
    assert not checked(Predictions(y=CAT, prediction=CAT), "classification", where="").binary
    three = np.array([0.0, 1.0, 2.0])
    assert not checked(Predictions(y=Y, prediction=three), "classification", where="").binary


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("column", ["y", "score", "prediction", "weight"])
def test_a_number_that_is_not_finite_is_named_by_its_row(column: str, bad: float) -> None:
    columns = {"y": Y, "score": SCORE, "prediction": Y, "weight": np.ones(3)}
    columns[column] = np.array([0.0, bad, bad])
    assert "is not a finite number in row 2 (and in 1 more)" in refused(Predictions(**columns))


@pytest.mark.parametrize(
    ("predictions", "said"),
    [
        (Predictions(y=np.zeros(0), score=np.zeros(0)), "hold no rows"),
        (Predictions(y=Y, score=SCORE, weight=np.array([1.0, -1.0, 1.0])), "the weight is negative in row 2"),
        (Predictions(y=Y, score=SCORE, weight=np.zeros(3)), "all weights are zero"),
        (Predictions(y=Y, score=SCORE, key=np.array([7, 8, 7])), "the key '7' of row 1 occurs more than once"),
        (Predictions(y=np.array([0.0, 1.0, 2.0]), score=SCORE), "it holds `0`, `1`, `2`"),
        (Predictions(y=CAT, score=SCORE), "scores need a target of the classes 0 and 1, and it holds `cat`, `dog`"),
        (Predictions(y=CAT, prediction=Y), "of different types"),
        (Predictions(y=Y, prediction=SCORE), "the predicted class is not a whole number in row 1"),
    ],
)
def test_what_cannot_be_measured_is_one_sentence(predictions: Predictions, said: str) -> None:
    assert said in refused(predictions)


def test_regression_needs_numbers_and_predictions() -> None:
    assert "needs a column of predictions" in refused(Predictions(y=Y, score=SCORE), "regression")
    assert "regression needs numbers" in refused(Predictions(y=CAT, prediction=CAT), "regression")
    assert checked(Predictions(y=SCORE, prediction=Y), "regression", where="").n == 3


def test_a_slice_column_has_few_values() -> None:
    many = Slicing(values=tuple(map(str, range(MAX_SLICE_VALUES + 1))), codes=np.zeros(3, dtype=np.int32))
    assert "at most 100 are evaluated" in refused(Predictions(y=Y, score=SCORE, slices={"city": many}))
    long = Slicing(values=("x" * 201,), codes=np.zeros(3, dtype=np.int32))
    assert "more than 200 characters" in refused(Predictions(y=Y, score=SCORE, slices={"city": long}))
