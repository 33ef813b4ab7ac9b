"""False positive rate, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.false_positive_rate import FALSE_POSITIVE_RATE

Y = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
P = np.array([1.0, 0.0, 0.0, 1.0, 0.0])


def test_one_of_three_negatives_is_taken_for_a_positive() -> None:
    assert FALSE_POSITIVE_RATE.value(Y, P, None) == pytest.approx(1 / 3)
    assert FALSE_POSITIVE_RATE.value(Y, P, np.array([9.0, 9.0, 1.0, 2.0, 1.0])) == pytest.approx(0.5)


def test_trials_are_the_negative_rows() -> None:
    assert FALSE_POSITIVE_RATE.trials is not None
    assert FALSE_POSITIVE_RATE.trials(Y, P, None) == pytest.approx(3)


def test_without_a_negative_there_is_no_value() -> None:
    with pytest.raises(Undefined, match="no row is negative"):
        FALSE_POSITIVE_RATE.value(np.ones(5), P, None)
