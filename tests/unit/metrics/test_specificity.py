"""Specificity, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.specificity import SPECIFICITY

Y = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
P = np.array([1.0, 0.0, 0.0, 1.0, 0.0])


def test_two_of_three_negatives_are_left_alone() -> None:
    assert SPECIFICITY.value(Y, P, None) == pytest.approx(2 / 3)
    assert SPECIFICITY.value(Y, P, np.array([9.0, 9.0, 1.0, 2.0, 1.0])) == pytest.approx(0.5)


def test_trials_are_the_negative_rows() -> None:
    assert SPECIFICITY.trials is not None
    assert SPECIFICITY.trials(Y, P, None) == pytest.approx(3)


def test_without_a_negative_there_is_no_value() -> None:
    with pytest.raises(Undefined, match="no row is negative"):
        SPECIFICITY.value(np.ones(5), P, None)
