"""MAPE, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.mape import MAPE

Y, P = np.array([10.0, -20.0, 40.0]), np.array([11.0, -16.0, 40.0])


def test_ten_and_twenty_per_cent_and_none_make_ten() -> None:
    assert MAPE.value(Y, P, None) == pytest.approx(0.1)
    assert MAPE.value(Y, P, np.array([1.0, 0.0, 1.0])) == pytest.approx(0.05)


def test_a_true_value_of_zero_has_no_relative_error() -> None:
    zero = np.array([0.0, -20.0, 0.0])
    with pytest.raises(Undefined, match=r"66\.7 % are 0"):
        MAPE.value(zero, P, None)
    # A row without weight is none.
    assert MAPE.value(zero, P, np.array([0.0, 1.0, 0.0])) == pytest.approx(0.2)
    influence = MAPE.influence(zero, P, np.array([0.0, 1.0, 0.0]))
    assert influence is not None and np.isfinite(influence).all()
