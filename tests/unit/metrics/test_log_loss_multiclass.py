"""Log loss over several classes, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.metrics.log_loss_multiclass import LOG_LOSS_MULTICLASS

P = np.array([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]])


def test_the_true_classes_probabilities_count() -> None:
    y = np.array([1, 2])
    assert LOG_LOSS_MULTICLASS.value(y, P, None) == pytest.approx((np.log(4) - np.log(0.8)) / 2)
    assert LOG_LOSS_MULTICLASS.value(y, P, np.array([1.0, 0.0])) == pytest.approx(np.log(4))


def test_certainty_that_was_wrong_is_large_and_finite() -> None:
    y, p = np.array([0, 1]), np.array([[0.0, 1.0], [0.0, 1.0]])
    assert 15 < LOG_LOSS_MULTICLASS.value(y, p, None) < 20
    influence = LOG_LOSS_MULTICLASS.influence(y, p, None)
    assert influence is not None
    assert np.isfinite(influence).all()


def test_few_digits_are_rounding() -> None:
    assert LOG_LOSS_MULTICLASS.value(np.array([0]), np.array([[0.33, 0.33, 0.33]]), None) == pytest.approx(1.1087, 1e-4)
