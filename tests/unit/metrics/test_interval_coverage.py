"""Coverage of predicted intervals, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.metrics.interval_coverage import INTERVAL_COVERAGE

Y = np.array([1.0, 2.0, 3.0, 4.0])
ENDS = np.array([[1.0, 2.0], [0.0, 2.0], [3.5, 4.0], [0.0, 3.9]])


def test_both_ends_belong_to_the_interval() -> None:
    assert INTERVAL_COVERAGE.value(Y, ENDS, None) == pytest.approx(0.5)
    assert INTERVAL_COVERAGE.value(Y, ENDS, np.array([3.0, 3.0, 1.0, 1.0])) == pytest.approx(0.75)


def test_trials_are_all_rows() -> None:
    assert INTERVAL_COVERAGE.trials is not None
    assert INTERVAL_COVERAGE.trials(Y, ENDS, None) == pytest.approx(4)
