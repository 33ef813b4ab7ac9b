"""Pinball loss, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.metrics import metric_named
from sluice.metrics.pinball import PINBALL, pinball


def test_what_is_too_low_costs_the_quantile_and_what_is_too_high_the_rest() -> None:
    metric = pinball(0.9)
    assert metric.value(np.array([10.0]), np.array([8.0]), None) == pytest.approx(1.8)
    assert metric.value(np.array([10.0]), np.array([12.0]), None) == pytest.approx(0.2)
    both = np.array([10.0, 10.0]), np.array([8.0, 12.0])
    assert metric.value(*both, None) == pytest.approx(1.0)
    assert metric.value(*both, np.array([3.0, 1.0])) == pytest.approx(1.4)


def test_at_one_half_it_is_half_the_absolute_error() -> None:
    y, p = np.array([1.0, 5.0, 2.0]), np.array([2.0, 3.0, 2.0])
    assert pinball(0.5).value(y, p, None) == pytest.approx(0.5)


def test_the_quantile_itself_has_the_least_loss() -> None:
    y = np.arange(101.0)
    losses = [pinball(0.9).value(y, np.full(101, guess), None) for guess in y]
    assert int(np.argmin(losses)) == 90


def test_quantiles_lie_between_0_and_1() -> None:
    assert PINBALL.of("0.95") is not None
    assert [PINBALL.of(text) for text in ("0", "1", "0.90", "1.5", "-0.5", "nan")] == [None] * 6
    found = metric_named("pinball@0.95")
    assert found is not None and found.name == "pinball@0.95"
