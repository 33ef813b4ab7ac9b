"""Average precision, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.average_precision import AVERAGE_PRECISION


def test_steps_not_trapezoids() -> None:
    y, score = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.4, 0.35, 0.8])
    # The positives stand first and third: precisions 1 and 2/3.
    assert AVERAGE_PRECISION.value(y, score, None) == pytest.approx((1 + 2 / 3) / 2)


def test_all_scores_alike_give_the_share_of_positives() -> None:
    assert AVERAGE_PRECISION.value(np.array([1.0, 0.0, 0.0, 0.0]), np.full(4, 0.3), None) == pytest.approx(0.25)


def test_without_a_positive_there_is_no_value() -> None:
    with pytest.raises(Undefined, match="no row is positive"):
        AVERAGE_PRECISION.value(np.zeros(4), np.arange(4.0), None)


def test_rows_without_weight_at_the_top_do_not_matter() -> None:
    y, score = np.array([0.0, 1.0, 0.0, 1.0, 0.0]), np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    weight = np.array([0.0, 1.0, 1.0, 1.0, 1.0])
    influence = AVERAGE_PRECISION.influence(y, score, weight)
    assert influence is not None
    assert np.isfinite(influence).all()
    assert influence[0] == 0.0
    assert AVERAGE_PRECISION.value(y, score, weight) == AVERAGE_PRECISION.value(y[1:], score[1:], None)
