"""The confusion matrix: which rows it counts, and what keeps it from being drawn."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from sluice.adapters.decode import shapes
from sluice.core.confusion import confusion
from sluice.domain.config import Columns, Evaluation
from sluice.domain.confusion import MAX_CLASSES, Confusion
from sluice.domain.predictions import Predictions

theirs: Any = import_module("sklearn.metrics")

SPEC = Evaluation(task="classification", predictions="p.parquet", columns=Columns(prediction="p"))


def test_true_classes_go_down_and_predicted_ones_across() -> None:
    y, p = np.array([1.0, 1.0, 1.0, 0.0, 0.0]), np.array([1.0, 1.0, 0.0, 1.0, 0.0])
    found = confusion(Predictions(y=y, prediction=p, binary=True), None, SPEC)
    assert found == Confusion(classes=("0", "1"), candidate=((1, 1), (1, 2)))


@pytest.mark.parametrize("named", [False, True])
def test_the_counts_are_scikit_learns(named: bool) -> None:
    rng = np.random.default_rng(4)
    names = np.array(["a", "b", "c", "d"]) if named else np.array([0.0, 3.0, 4.0, 9.0])
    y, p = names[rng.integers(0, 4, 300)], names[rng.integers(0, 4, 300)]
    found = confusion(Predictions(y=y, prediction=p), None, SPEC)
    assert found is not None
    assert found.classes == (("a", "b", "c", "d") if named else ("0", "3", "4", "9"))
    assert [list(row) for row in found.candidate] == theirs.confusion_matrix(y, p).tolist()


def test_weights_do_not_count() -> None:
    rows = Predictions(y=np.array([1.0, 0.0]), prediction=np.array([1.0, 0.0]), weight=np.array([5.0, 0.0]))
    found = confusion(rows, None, SPEC)
    assert found is not None and found.candidate == ((1, 0), (0, 1))


def test_a_score_predicts_by_its_threshold() -> None:
    rows = Predictions(y=np.array([1.0, 0.0]), score=np.array([0.2, 0.3]), binary=True)
    spec = replace(SPEC, columns=Columns(score="s"), threshold=0.25)
    found = confusion(rows, None, spec)
    assert found is not None and found.candidate == ((0, 1), (1, 0))


def test_probabilities_predict_the_most_probable_class() -> None:
    rows = Predictions(
        y=np.array(["cat", "dog"]), probabilities=np.array([[0.4, 0.6], [0.3, 0.7]]), classes=("cat", "dog")
    )
    found = confusion(rows, None, SPEC)
    assert found is not None and found.candidate == ((0, 1), (0, 1))


def test_a_class_of_one_side_has_its_place_on_both() -> None:
    candidate = Predictions(y=np.array(["b", "c"]), prediction=np.array(["b", "b"]))
    baseline = Predictions(y=np.array(["b", "c"]), prediction=np.array(["a", "c"]))
    found = confusion(candidate, baseline, SPEC)
    assert found is not None
    assert found.classes == ("a", "b", "c")
    assert found.candidate == ((0, 0, 0), (0, 1, 0), (0, 1, 0))
    assert found.baseline == ((0, 0, 0), (1, 0, 0), (0, 0, 1))


def test_names_and_numbers_share_no_table() -> None:
    candidate = Predictions(y=np.array([1.0, 0.0]), prediction=np.array([1.0, 0.0]), binary=True)
    baseline = Predictions(y=np.array(["yes", "no"]), prediction=np.array(["yes", "no"]))
    found = confusion(candidate, baseline, SPEC)
    assert found == Confusion(classes=("0", "1"), candidate=((1, 0), (0, 1)))


@pytest.mark.parametrize(("n", "shown"), [(MAX_CLASSES, True), (MAX_CLASSES + 1, False)])
def test_more_classes_than_a_table_holds_are_told(n: int, shown: bool) -> None:
    y = np.arange(float(n))
    found = confusion(Predictions(y=y, prediction=y), None, SPEC)
    assert found is not None
    assert bool(found.candidate) == shown
    assert found.reason == ("" if shown else "21 classes are too many for a table, at most 20 are shown")


def test_a_class_without_a_probability_leaves_the_reason() -> None:
    rows = Predictions(y=np.array(["cow"]), probabilities=np.array([[0.4, 0.6]]), classes=("cat", "dog"))
    found = confusion(rows, None, SPEC)
    assert found == Confusion(reason="the target holds `cow`, and no column has the probability of that")


def test_numbers_have_no_confusion() -> None:
    rows = Predictions(y=np.array([1.5]), prediction=np.array([1.0]))
    assert confusion(rows, None, replace(SPEC, task="regression")) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"classes": ["a", "b"], "candidate": [[1, 2]]}, "candidate is not a square of 2 by 2 counts"),
        ({"classes": ["a"], "candidate": [[1]], "baseline": [[1, 2]]}, "baseline is not a square of 1 by 1 counts"),
        ({"classes": ["a"], "candidate": [[-1]]}, "candidate holds a count below zero"),
        ({"classes": [str(n) for n in range(21)]}, "has more than 20 classes"),
        ({}, "has neither classes nor a reason"),
        ({"classes": ["a"], "candidate": [[1.5]]}, "must be a whole number"),
        ({"classes": ["a"], "candidate": [[True]]}, "must be a whole number"),
    ],
)
def test_what_no_run_writes_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(shapes.ShapeError, match=said):
        shapes.decode(Confusion, wrong)


def test_it_is_read_as_it_is_written() -> None:
    written = Confusion(classes=("a", "b"), candidate=((1, 0), (2, 3)), baseline=((1, 1), (1, 1)))
    assert shapes.decode(Confusion, json.loads(json.dumps(shapes.encode(written)))) == written
