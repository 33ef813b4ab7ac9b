"""What a metric's functions are given, and what keeps it from being given."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.core.measurement import measure
from sluice.core.needed import needed
from sluice.domain.predictions import Predictions
from sluice.metrics import METRICS

CHANCES = np.array([[0.2, 0.7, 0.1], [0.6, 0.3, 0.1], [0.1, 0.2, 0.7]])
NAMED = Predictions(y=np.array(["dog", "dog", "cow"]), probabilities=CHANCES, classes=("cat", "dog", "cow"))


def test_probabilities_come_with_the_position_of_the_true_class() -> None:
    found = needed(METRICS["log_loss_multiclass"], NAMED, 0.5)
    assert not isinstance(found, str)
    assert found[0].tolist() == [1, 1, 2]
    assert found[1] is CHANCES
    value = measure(METRICS["log_loss_multiclass"], NAMED, 0.5).value
    assert value == pytest.approx(-np.log([0.7, 0.3, 0.7]).mean())


def test_where_only_probabilities_are_given_the_most_probable_class_is_predicted() -> None:
    found = needed(METRICS["accuracy"], NAMED, 0.5)
    assert not isinstance(found, str)
    assert found[1].tolist() == ["dog", "cat", "cow"]
    assert measure(METRICS["accuracy"], NAMED, 0.5).value == pytest.approx(2 / 3)


def test_numbers_are_predicted_where_the_target_holds_numbers() -> None:
    rows = Predictions(y=np.array([10.0, 2.0, 2.0]), probabilities=CHANCES, classes=("2", "10", "3"))
    found = needed(METRICS["accuracy"], rows, 0.5)
    assert not isinstance(found, str)
    assert found[1].tolist() == [10.0, 2.0, 3.0]


def test_two_classes_keep_their_numbers_in_whatever_order_their_columns_stand() -> None:
    rows = Predictions(
        y=np.array([1.0, 0.0]), probabilities=np.array([[0.9, 0.1], [0.2, 0.8]]), classes=("1", "0"), binary=True
    )
    assert measure(METRICS["recall"], rows, 0.5).value == 1.0
    assert measure(METRICS["specificity"], rows, 0.5).value == 1.0


def test_a_predicted_class_goes_before_a_probability() -> None:
    rows = Predictions(
        y=NAMED.y, probabilities=CHANCES, classes=NAMED.classes, prediction=np.array(["dog", "dog", "dog"])
    )
    assert measure(METRICS["accuracy"], rows, 0.5).value == pytest.approx(2 / 3)
    assert measure(METRICS["f1_macro"], rows, 0.5).value == pytest.approx((4 / 5 + 0) / 2)


@pytest.mark.parametrize("name", ["log_loss_multiclass", "roc_auc_ovr", "accuracy", "f1_macro", "matthews"])
def test_a_true_class_without_a_column_leaves_no_value(name: str) -> None:
    rows = Predictions(y=np.array(["dog", "emu", "cow"]), probabilities=CHANCES, classes=NAMED.classes)
    measured = measure(METRICS[name], rows, 0.5)
    assert (measured.value, measured.reason_code) == (None, "metric")
    assert measured.reason == "the target holds `emu`, and no column has the probability of that"


def test_numbers_are_no_classes_with_names() -> None:
    rows = Predictions(y=np.array([0.0, 1.0, 2.0]), probabilities=CHANCES, classes=NAMED.classes)
    assert measure(METRICS["accuracy"], rows, 0.5).reason.startswith("the target holds `0`, `1`, `2`, and no column")


def test_a_column_that_is_not_there_is_named() -> None:
    assert needed(METRICS["roc_auc"], NAMED, 0.5) == "the predictions lack a column of score"


def test_classes_other_than_0_and_1_are_named() -> None:
    said = needed(METRICS["precision"], NAMED, 0.5)
    assert said == "needs the classes 0 and 1; the target holds `cow`, `dog`"
