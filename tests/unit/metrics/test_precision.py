"""Precision, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.precision import PRECISION

Y = np.array([1.0, 1.0, 0.0, 0.0, 1.0])
P = np.array([1.0, 0.0, 0.0, 1.0, 1.0])


def test_two_of_three_predicted_are_positive() -> None:
    assert PRECISION.value(Y, P, None) == pytest.approx(2 / 3)
    assert PRECISION.value(Y, P, np.array([1.0, 9.0, 9.0, 2.0, 1.0])) == pytest.approx(0.5)


def test_trials_are_the_rows_predicted_positive() -> None:
    assert PRECISION.trials is not None
    assert PRECISION.trials(Y, P, None) == pytest.approx(3)


def test_without_a_predicted_positive_there_is_no_value() -> None:
    with pytest.raises(Undefined, match="needs rows predicted positive"):
        PRECISION.value(Y, np.zeros(5), None)
    with pytest.raises(Undefined, match="needs rows predicted positive"):
        PRECISION.value(Y, P, np.array([0.0, 1.0, 1.0, 0.0, 0.0]))
