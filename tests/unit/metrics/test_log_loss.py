"""Log loss, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.log_loss import LOG_LOSS


def test_a_coin_costs_ln_2() -> None:
    assert LOG_LOSS.value(np.array([0.0, 1.0]), np.array([0.5, 0.5]), None) == pytest.approx(np.log(2))


def test_one_class_alone_has_a_value() -> None:
    assert LOG_LOSS.value(np.ones(3), np.full(3, 0.25), None) == pytest.approx(np.log(4))


@pytest.mark.parametrize("score", [[-0.1, 0.5], [0.5, 1.2]])
def test_scores_that_are_no_probabilities_have_no_value(score: list[float]) -> None:
    with pytest.raises(Undefined, match="needs probabilities from 0 to 1"):
        LOG_LOSS.value(np.array([0.0, 1.0]), np.array(score), None)


def test_certainty_that_was_wrong_is_large_and_finite() -> None:
    y, p = np.array([1.0, 0.0, 1.0]), np.array([0.0, 0.0, 1.0])
    assert 10 < LOG_LOSS.value(y, p, None) < 13
    influence = LOG_LOSS.influence(y, p, None)
    assert influence is not None
    assert np.isfinite(influence).all()
