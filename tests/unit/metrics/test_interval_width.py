"""Width of predicted intervals, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.metrics.interval_width import INTERVAL_WIDTH

Y = np.zeros(2)
ENDS = np.array([[-1.0, 1.0], [3.0, 9.0]])


def test_two_and_six_make_four() -> None:
    assert INTERVAL_WIDTH.value(Y, ENDS, None) == pytest.approx(4)
    assert INTERVAL_WIDTH.value(Y, ENDS, np.array([3.0, 1.0])) == pytest.approx(3)
