"""Brier score, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.brier import BRIER


def test_the_mean_of_the_squares() -> None:
    y, p = np.array([1.0, 0.0]), np.array([0.8, 0.4])
    assert BRIER.value(y, p, None) == pytest.approx((0.04 + 0.16) / 2)
    assert BRIER.value(y, p, np.array([3.0, 1.0])) == pytest.approx((3 * 0.04 + 0.16) / 4)


@pytest.mark.parametrize("score", [[-0.1, 0.5], [0.5, 1.2]])
def test_scores_that_are_no_probabilities_have_no_value(score: list[float]) -> None:
    with pytest.raises(Undefined, match="needs probabilities from 0 to 1"):
        BRIER.value(np.array([0.0, 1.0]), np.array(score), None)
