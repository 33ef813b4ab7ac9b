"""Macro F1, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.metrics.f1_macro import F1_MACRO


def test_the_mean_of_two_scores() -> None:
    y, p = np.array(["a", "a", "a", "b"]), np.array(["a", "a", "b", "b"])
    assert F1_MACRO.value(y, p, None) == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert F1_MACRO.value(y, p, np.array([1.0, 1.0, 2.0, 1.0])) == pytest.approx((4 / 6 + 2 / 4) / 2)


def test_a_class_that_is_predicted_and_never_true_counts_as_nothing() -> None:
    y, p = np.array([0.0, 0.0, 1.0]), np.array([0.0, 2.0, 1.0])
    assert F1_MACRO.value(y, p, None) == pytest.approx((2 / 3 + 1 + 0) / 3)
    # Where the row that says so has no weight, the class is not there.
    weight = np.array([1.0, 0.0, 1.0])
    assert F1_MACRO.value(y, p, weight) == 1.0
    influence = F1_MACRO.influence(y, p, weight)
    assert influence is not None
    assert not influence.any()


def test_one_class_alone_has_a_value() -> None:
    assert F1_MACRO.value(np.array([1.0, 1.0]), np.array([1.0, 1.0]), None) == 1.0
