"""Selection rate, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.metrics.selection_rate import SELECTION_RATE

Y = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
P = np.array([1.0, 0.0, 0.0, 1.0, 0.0])


def test_two_of_five_rows_are_selected_whatever_they_are() -> None:
    assert SELECTION_RATE.value(Y, P, None) == pytest.approx(0.4)
    assert SELECTION_RATE.value(1 - Y, P, None) == pytest.approx(0.4)
    assert SELECTION_RATE.value(Y, P, np.array([3.0, 1.0, 1.0, 2.0, 3.0])) == pytest.approx(0.5)


def test_trials_are_all_rows() -> None:
    assert SELECTION_RATE.trials is not None
    assert SELECTION_RATE.trials(Y, P, None) == pytest.approx(5)
