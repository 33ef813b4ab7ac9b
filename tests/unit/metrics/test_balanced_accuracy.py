"""Balanced accuracy, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.balanced_accuracy import BALANCED_ACCURACY

Y = np.array(["a", "a", "a", "b", "c", "c"])
P = np.array(["a", "a", "b", "b", "a", "c"])


def test_every_class_counts_the_same() -> None:
    assert BALANCED_ACCURACY.value(Y, P, None) == pytest.approx((2 / 3 + 1 + 1 / 2) / 3)


def test_a_class_that_is_only_predicted_has_no_recall() -> None:
    assert BALANCED_ACCURACY.value(np.array([0.0, 1.0]), np.array([2.0, 1.0]), None) == pytest.approx(0.5)


def test_a_class_without_weight_is_not_there() -> None:
    weight = np.array([1.0, 1.0, 1.0, 0.0, 1.0, 1.0])
    assert BALANCED_ACCURACY.value(Y, P, weight) == pytest.approx((2 / 3 + 1 / 2) / 2)
    influence = BALANCED_ACCURACY.influence(Y, P, weight)
    assert influence is not None
    assert np.isfinite(influence).all() and influence[3] == 0.0


def test_one_class_alone_has_no_value() -> None:
    with pytest.raises(Undefined, match="two true classes or more"):
        BALANCED_ACCURACY.value(np.array(["a", "a"]), np.array(["a", "b"]), None)
    with pytest.raises(Undefined, match="two true classes or more"):
        BALANCED_ACCURACY.value(Y, P, np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0]))


def test_trials_are_the_rarest_class() -> None:
    assert BALANCED_ACCURACY.trials is not None
    assert BALANCED_ACCURACY.trials(Y, P, None) == pytest.approx(1)
    assert BALANCED_ACCURACY.trials(Y, P, np.array([1.0, 1.0, 1.0, 0.0, 3.0, 3.0])) == pytest.approx(2)
