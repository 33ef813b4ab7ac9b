"""F1, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.f1 import F1

Y = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
P = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])


def test_harmonic_mean_of_a_half_and_a_third() -> None:
    assert F1.value(Y, P, None) == pytest.approx(2 / (2 + 3))


def test_nothing_found_is_zero_and_no_positive_is_no_value() -> None:
    assert F1.value(Y, 1 - Y, None) == 0.0
    with pytest.raises(Undefined, match="no row is positive"):
        F1.value(np.zeros(6), P, None)
