"""MASE, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.mase import MASE

Y = np.array([10.0, 12.0, 14.0, 16.0])
AFTER_THE_LAST = np.array([8.0, 10.0, 12.0, 14.0])


def test_half_the_error_of_the_last_value_again_is_one_half() -> None:
    p = np.column_stack([Y + np.array([1.0, -1.0, 1.0, -1.0]), AFTER_THE_LAST])
    assert MASE.value(Y, p, None) == pytest.approx(0.5)


def test_weights_count_on_both_sides() -> None:
    p = np.column_stack([Y + np.array([1.0, 0.0, 0.0, 0.0]), Y + np.array([2.0, 4.0, 0.0, 0.0])])
    assert MASE.value(Y, p, np.array([3.0, 1.0, 9.0, 9.0])) == pytest.approx(0.3)


def test_a_naive_forecast_that_is_never_wrong_is_no_scale() -> None:
    with pytest.raises(Undefined, match="right in every row"):
        MASE.value(Y, np.column_stack([AFTER_THE_LAST, Y]), None)
