"""Values against scikit-learn's, where it has the metric: with ties, with weights, and at the edges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as theirs

from sluice.metrics import METRICS

SCORED: Mapping[str, Callable[..., Any]] = {
    "roc_auc": theirs.roc_auc_score,
    "average_precision": theirs.average_precision_score,
    "log_loss": theirs.log_loss,
}
CLASSED: Mapping[str, Callable[..., Any]] = {
    "accuracy": theirs.accuracy_score,
    "precision": theirs.precision_score,
    "recall": theirs.recall_score,
    "f1": theirs.f1_score,
}
VALUED: Mapping[str, Callable[..., Any]] = {
    "rmse": theirs.root_mean_squared_error,
    "mae": theirs.mean_absolute_error,
    "r2": theirs.r2_score,
}


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True classes, scores with ties and with the ends 0 and 1, and weights of which some are nothing."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(40, 400))
    y = (rng.random(n) < rng.uniform(0.1, 0.9)).astype(float)
    score = np.round(rng.random(n), int(rng.integers(1, 4)))
    weight = rng.gamma(1.0, size=n) * (rng.random(n) < 0.8)
    y[:2], weight[:2] = (0, 1), 1
    return y, score, weight


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("in_order", [False, True], ids=["mixed", "in order"])
def test_classification(seed: int, in_order: bool) -> None:
    y, score, weight = drawn(seed)
    if in_order:
        order = np.argsort(score)
        y, score, weight = y[order], score[order], weight[order]
    said = (score >= 0.4).astype(float)
    for w in (None, weight):
        for functions, p in ((SCORED, score), (CLASSED, said)):
            for name, function in functions.items():
                expected = function(y, p, sample_weight=w)
                assert METRICS[name].value(y, p, w) == pytest.approx(expected, rel=1e-12), name


@pytest.mark.parametrize("seed", range(5))
def test_regression(seed: int) -> None:
    _, y, weight = drawn(seed)
    p = y + np.random.default_rng(seed).normal(size=len(y))
    for w in (None, weight):
        for name, function in VALUED.items():
            assert METRICS[name].value(y, p, w) == pytest.approx(function(y, p, sample_weight=w), rel=1e-12), name


@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
def test_scores_that_are_all_equal_or_that_part_the_classes(name: str) -> None:
    y = np.array([0.0, 1.0] * 30)
    for score in (np.full(60, 0.3), y * 0.5, 1 - y):
        assert METRICS[name].value(y, score, None) == pytest.approx(SCORED[name](y, score), rel=1e-12)
