"""What a predictions record may hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sluice.domain.config import Task
from sluice.domain.errors import EvidenceError
from sluice.domain.predictions import MAX_SLICE_VALUES, MAX_SLICES, Predictions, Slicing, checked, misnumbered

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


def test_all_slice_columns_together_have_a_bounded_number_of_slices() -> None:
    column = Slicing(values=tuple(map(str, range(MAX_SLICE_VALUES))), codes=np.zeros(3, dtype=np.int32))
    most = {f"s{at}": column for at in range(MAX_SLICES // MAX_SLICE_VALUES)}
    assert checked(Predictions(y=Y, score=SCORE, slices=most), "classification", where="").slices == most
    said = refused(Predictions(y=Y, score=SCORE, slices={**most, "one": column}))
    assert "the slice columns have 1100 values together, at most 1000 are evaluated" in said


QUERY = np.array([0, 0, 1], dtype=np.int32)
TIME = np.array([10.0, 20.0, 30.0])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    ("column", "called"), [("time", "time"), ("low", "low end"), ("high", "high end"), ("naive", "naive forecast")]
)
def test_what_is_known_beside_is_finite_too(column: str, called: str, bad: float) -> None:
    rows = replace(Predictions(y=SCORE, prediction=SCORE), **{column: np.array([0.0, 1.0, bad])})
    assert f"the {called} is not a finite number in row 3" in refused(rows, "forecasting")


@pytest.mark.parametrize(
    ("predictions", "task", "said"),
    [
        (Predictions(y=Y, score=SCORE), "forecasting", "forecasting needs a column of predictions"),
        (Predictions(y=CAT, low=Y, high=Y), "forecasting", "the target hold text"),
        (Predictions(y=Y, low=TIME, high=SCORE), "forecasting", "the low end is above the high end in row 1 (and in 2"),
        (Predictions(y=Y, prediction=Y, query=QUERY), "ranking", "ranking needs a column of scores"),
        (Predictions(y=Y, score=SCORE), "ranking", "ranking needs a column of queries"),
        (Predictions(y=-Y, score=SCORE, query=QUERY), "ranking", "(how relevant a row is) is negative in row 2"),
        (Predictions(y=CAT, score=SCORE, query=QUERY), "ranking", "the target hold text, ranking needs numbers"),
        (Predictions(y=Y, score=SCORE), "events", "events needs a column of times"),
        (Predictions(y=Y, time=TIME), "events", "events needs a column of predictions"),
        (
            Predictions(y=2 * Y, prediction=Y, time=TIME),
            "events",
            "neither 0 nor 1 (an event) in row 2 (and in 1 more)",
        ),
        (
            Predictions(y=Y, prediction=SCORE, time=TIME),
            "events",
            "neither 0 nor 1 (an alarm) in row 1 (and in 2 more)",
        ),
        (Predictions(y=Y, prediction=CAT, time=TIME), "events", "the predictions hold text, events needs numbers"),
        (Predictions(y=Y, score=SCORE, time=np.array([1.0, 2.0, 1.0])), "events", "the time of row 3 occurs more than"),
        (
            Predictions(y=Y, score=SCORE, time=np.array([1.0, 1.0, 1.0]), group=QUERY),
            "events",
            "the time occurs more than once in its series in row 2",
        ),
    ],
)
def test_what_a_task_does_not_allow_is_one_sentence(predictions: Predictions, task: Task, said: str) -> None:
    assert said in refused(predictions, task)


@pytest.mark.parametrize(
    ("predictions", "task"),
    [
        (Predictions(y=Y, low=Y, high=Y), "regression"),
        (Predictions(y=3 * Y, score=SCORE, query=QUERY), "ranking"),
        (Predictions(y=Y, score=SCORE, time=TIME), "events"),
        (Predictions(y=Y, prediction=Y, time=np.array([1.0, 2.0, 1.0]), group=QUERY), "events"),
    ],
)
def test_what_a_task_needs_is_enough(predictions: Predictions, task: Task) -> None:
    assert checked(predictions, task, where="p.csv") is predictions


def classes(*rows: tuple[float, ...]) -> Predictions:
    return Predictions(y=CAT[: len(rows)], probabilities=np.array(rows), classes=("cat", "dog"))


def test_probabilities_sum_to_one_but_for_rounding() -> None:
    found = checked(classes((0.25, 0.75), (0.5, 0.5 + 5e-7)), "classification", where="")
    assert found.classes == ("cat", "dog") and not found.binary
    single = (np.random.default_rng(0).random((1000, 50)) + 0.01).astype(np.float32)
    single /= single.sum(axis=1, keepdims=True)
    rows = Predictions(y=np.zeros(1000), probabilities=single.astype(np.float64), classes=tuple(map(str, range(50))))
    assert checked(rows, "classification", where="").n == 1000


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (((0.5, 0.5), (0.5, 0.4)), "the probabilities do not sum to 1 in row 2"),
        (((0.5, 0.5), (0.5, 0.53)), "the probabilities do not sum to 1 in row 2"),
        (((1.5, -0.5), (0.5, 0.5)), "a probability is not between 0 and 1 in row 1"),
        (((0.5, 0.5), (np.nan, 1.0)), "a probability is not a finite number in row 2"),
    ],
)
def test_what_is_no_distribution_is_named_by_its_row(rows: tuple[tuple[float, ...], ...], said: str) -> None:
    assert said in refused(classes(*rows))


@pytest.mark.parametrize(
    ("y", "said", "why"),
    [
        ([1, 2, 3] * 40, [1, 2, 3] * 40, ""),
        ([1, 2, 3] * 40, [0, 1, 2] * 40, "answers with the class `0`, and in 40 of 120 rows with a class that no"),
        (["a", "b"] * 60, ["b", "a"] * 60, ""),
        (["a", "b"] * 60, ["0", "1"] * 60, "answers with the class `0`, and in 120 of 120 rows"),
        ([1, 2] * 60, [1, 2] * 59 + [1, 7], ""),
    ],
)
def test_a_model_whose_classes_are_numbered_otherwise_is_told(y: list[Any], said: list[Any], why: str) -> None:
    found = misnumbered(Predictions(y=np.array(y), prediction=np.array(said)))
    assert found.startswith(why) if why else found == ""
