"""Accuracy, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.metrics.accuracy import ACCURACY

Y = np.array([1.0, 1.0, 0.0, 0.0, 1.0])
P = np.array([1.0, 0.0, 0.0, 1.0, 1.0])


def test_three_of_five_are_right() -> None:
    assert ACCURACY.value(Y, P, None) == pytest.approx(0.6)


def test_weights_count_rows() -> None:
    assert ACCURACY.value(Y, P, np.array([1.0, 5.0, 1.0, 0.0, 3.0])) == pytest.approx(0.5)


def test_classes_may_have_names() -> None:
    named = np.array(["cat", "dog", "cow"])
    assert ACCURACY.value(named, np.array(["cat", "dog", "dog"]), None) == pytest.approx(2 / 3)
    assert not ACCURACY.binary


def test_all_rows_are_trials() -> None:
    assert ACCURACY.trials is not None
    assert ACCURACY.trials(Y, P, None) == pytest.approx(5)
    # Four rows without weight: one row's worth of evidence.
    assert ACCURACY.trials(Y, P, np.array([1.0, 0, 0, 0, 0])) == pytest.approx(1)
