"""RMSE, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.metrics.rmse import RMSE


def test_three_and_four_make_five_over_root_two() -> None:
    assert RMSE.value(np.zeros(2), np.array([3.0, -4.0]), None) == pytest.approx(5 / np.sqrt(2))
    assert RMSE.value(np.zeros(2), np.array([3.0, -4.0]), np.array([1.0, 0.0])) == pytest.approx(3)


def test_no_error_has_no_influence() -> None:
    influence = RMSE.influence(np.arange(4.0), np.arange(4.0), None)
    assert influence is not None
    assert not influence.any()
