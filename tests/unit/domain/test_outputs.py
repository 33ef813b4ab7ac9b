"""What a registered model answers, as columns: by name where it has names, and never by a guess."""

from __future__ import annotations

import pytest

from sluice.domain.config import Columns, Evaluation, Task
from sluice.domain.errors import EvidenceError
from sluice.domain.outputs import Outputs

THREE = {"cat": "p_cat", "dog": "p_dog", "cow": "p_cow"}


def columns_of(answers: list[object], task: Task = "classification", **columns: object) -> dict[str, list[float | str]]:
    evaluation = Evaluation(task=task, columns=Columns(**columns))  # pyright: ignore[reportArgumentType]
    outputs = Outputs(evaluation, "m version 1")
    outputs.add(answers[:1])
    outputs.add(answers[1:])
    return outputs.finish()


def test_one_value_for_one_column() -> None:
    assert columns_of([0.25, 1], score="p") == {"p": [0.25, 1.0]}
    assert columns_of([2, -0.5], "regression", prediction="y") == {"y": [2.0, -0.5]}
    assert columns_of(["cat", "dog"], prediction="said") == {"said": ["cat", "dog"]}
    assert columns_of([True, False], prediction="said") == {"said": [1.0, 0.0]}


def test_the_positive_class_is_the_score() -> None:
    assert columns_of([{"0": 0.7, "1": 0.3}, {"0": 0.0, "1": 1.0}], score="p") == {"p": [0.3, 1.0]}


def test_probabilities_are_told_by_their_classes_not_by_their_place() -> None:
    answers: list[object] = [{"cow": 0.5, "cat": 0.2, "dog": 0.3}]
    assert columns_of(answers, probabilities=THREE) == {"p_cat": [0.2], "p_dog": [0.3], "p_cow": [0.5]}


def test_a_table_fills_the_columns_that_it_names() -> None:
    answers: list[object] = [{"y": 1.0, "lo": 0.5, "hi": 2, "more": "x"}, {"y": 2.0, "lo": 1.5, "hi": 3, "more": None}]
    found = columns_of(answers, "forecasting", prediction="y", low="lo", high="hi")
    assert found == {"y": [1.0, 2.0], "lo": [0.5, 1.5], "hi": [2.0, 3.0]}


def test_scores_of_zero_and_one_that_have_a_name_are_believed() -> None:
    assert columns_of([{"p": 0}, {"p": 1}], score="p") == {"p": [0.0, 1.0]}


@pytest.mark.parametrize(
    ("answers", "columns", "says"),
    [
        ([0, 1, 1], {"score": "p"}, "it says 0 or 1 and no probabilities"),
        ([True, False], {"score": "p"}, "it says 0 or 1 and no probabilities"),
        ([[0.3, 0.7]], {"score": "p"}, "a list of numbers that have no names"),
        ([[0.3, 0.3, 0.4]], {"probabilities": THREE}, "a list of numbers that have no names"),
        ([0.3], {"score": "p", "prediction": "y"}, "one value, and 2 columns are predicted"),
        ([{"0": 0.3, "1": 0.7}], {"score": "p", "prediction": "y"}, "where `p`, `y` is needed"),
        ([{"no": 0.3, "yes": 0.7}], {"score": "p"}, "answers a row with `no`, `yes`, where `p` is needed"),
        ([{"0": 0.2, "1": 0.3, "2": 0.5}], {"score": "p"}, "where `p` is needed"),
        ([{"cat": 0.5, "dog": 0.5}], {"probabilities": THREE}, "where `p_cat`, `p_dog`, `p_cow` is needed"),
        ([{"cat": 0.5, "dog": 0.5, "cow": 0, "owl": 0}], {"probabilities": THREE}, "is needed"),
        ([0.5, None], {"score": "p"}, "row 2 is no finite number"),
        ([0.5, "high"], {"score": "p"}, "row 2 is no finite number"),
        ([0.5, [0.5]], {"score": "p"}, "row 2 is no finite number"),
        ([0.5, 10**400], {"score": "p"}, "row 2 is no finite number"),
        ([{"p": 0.5}, {"q": 0.5}], {"score": "p"}, "answers row 2 in another form"),
        ([{"p": 0.5}, 0.5], {"score": "p"}, "answers row 2 in another form"),
        ([{"p": None}], {"score": "p"}, "row 1 is no finite number"),
        (["cat", 1], {"prediction": "y"}, "text in some rows and a number in others"),
        ([None], {"prediction": "y"}, "row 1 is no finite number"),
    ],
)
def test_what_could_be_taken_amiss_is_refused(answers: list[object], columns: dict[str, object], says: str) -> None:
    with pytest.raises(EvidenceError) as caught:
        columns_of(answers, "classification", **columns)
    assert says in caught.value.sentence
    assert caught.value.reason_code == "champion"
    assert caught.value.sentence.startswith("m version 1: ")
