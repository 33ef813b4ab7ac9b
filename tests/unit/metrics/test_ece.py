"""Expected calibration error, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain import stats
from sluice.domain.metric import Undefined
from sluice.metrics.ece import ECE, N_BINS


def test_the_distances_of_two_bins() -> None:
    # Three rows at 0.9, of which one is positive; one row at 0.1 that is negative.
    y, p = np.array([1.0, 0.0, 0.0, 0.0]), np.array([0.9, 0.9, 0.9, 0.1])
    assert ECE.value(y, p, None) == pytest.approx(3 / 4 * (0.9 - 1 / 3) + 1 / 4 * 0.1)
    assert ECE.value(y, p, np.array([1.0, 0.0, 0.0, 1.0])) == pytest.approx(1 / 2 * 0.1 + 1 / 2 * 0.1)


def test_an_edge_belongs_to_the_bin_below() -> None:
    # 1/15 and what is just above it do not share a bin, so that their errors do not cancel.
    y, p = np.array([1.0, 0.0]), np.array([1 / N_BINS, 1 / N_BINS + 1e-9])
    assert ECE.value(y, p, None) == pytest.approx((14 / 15 + 1 / 15) / 2, abs=1e-6)


def test_both_ends_have_a_bin() -> None:
    y = np.array([0.0, 1.0, 1.0, 0.0])
    assert ECE.value(y, y, None) == 0.0
    assert ECE.value(1 - y, y, None) == 1.0


def test_scores_that_are_no_probabilities_have_no_value() -> None:
    with pytest.raises(Undefined, match="needs probabilities from 0 to 1"):
        ECE.value(np.array([0.0, 1.0]), np.array([0.5, 1.5]), None)


def test_what_chance_adds_to_a_calibrated_model_is_as_stated() -> None:
    rng, n = np.random.default_rng(3), 3000
    p = rng.random(n)
    found = [ECE.value((rng.random(n) < p).astype(float), p, None) for _ in range(60)]
    assert np.mean(found) == pytest.approx(0.8 * np.sqrt(N_BINS * np.mean(p * (1 - p)) / n), rel=0.1)


def test_the_interval_is_of_the_value_with_what_chance_adds() -> None:
    rng, n = np.random.default_rng(5), 2000
    values, errors = [], []
    for _ in range(80):
        p = rng.random(n)
        y = (rng.random(n) < p**1.5).astype(float)
        values.append(ECE.value(y, p, None))
        influence = ECE.influence(y, p, None)
        assert influence is not None
        errors.append(stats.standard_error(influence))
    held = np.abs(np.array(values) - np.mean(values)) <= 1.96 * np.array(errors)
    assert held.mean() >= 0.9
