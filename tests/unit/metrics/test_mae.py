"""MAE, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.metrics.mae import MAE


def test_the_mean_of_the_absolute_errors() -> None:
    assert MAE.value(np.zeros(2), np.array([3.0, -4.0]), None) == pytest.approx(3.5)
    assert MAE.value(np.zeros(2), np.array([3.0, -4.0]), np.array([3.0, 1.0])) == pytest.approx(13 / 4)
