"""Recall, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.recall import RECALL

Y = np.array([1.0, 1.0, 0.0, 0.0, 1.0])
P = np.array([1.0, 0.0, 0.0, 1.0, 1.0])


def test_two_of_three_positives_are_found() -> None:
    assert RECALL.value(Y, P, None) == pytest.approx(2 / 3)
    assert RECALL.value(Y, P, np.array([1.0, 2.0, 9.0, 9.0, 1.0])) == pytest.approx(0.5)


def test_trials_are_the_positive_rows() -> None:
    assert RECALL.trials is not None
    assert RECALL.trials(Y, P, None) == pytest.approx(3)


def test_without_a_positive_there_is_no_value() -> None:
    with pytest.raises(Undefined, match="no row is positive"):
        RECALL.value(np.zeros(5), P, None)
