"""Recall at a precision, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.recall_at_precision import recall_at_precision

Y = np.array([1.0, 0.0, 1.0, 1.0, 0.0])
SCORE = np.array([0.9, 0.7, 0.6, 0.5, 0.4])
"""From the top, precision and recall: 1 and 1/3, 1/2 and 1/3, 2/3 and 2/3, 3/4 and 1, 3/5 and 1."""


@pytest.mark.parametrize(("precision", "recall"), [(0.5, 1.0), (0.75, 1.0), (0.76, 1 / 3), (1.0, 1 / 3)])
def test_the_best_threshold_counts(precision: float, recall: float) -> None:
    assert recall_at_precision(precision).value(Y, SCORE, None) == pytest.approx(recall)


def test_where_no_threshold_is_precise_enough_there_is_no_recall() -> None:
    assert recall_at_precision(0.9).value(1 - Y, SCORE, None) == 0.0


def test_rows_of_one_score_are_taken_together() -> None:
    assert recall_at_precision(0.6).value(Y, np.full(5, 0.3), None) == 1.0
    assert recall_at_precision(0.7).value(Y, np.full(5, 0.3), None) == 0.0


def test_weights_count_rows() -> None:
    # Without the negative row between them, the first three positives are reached at precision 1.
    assert recall_at_precision(1.0).value(Y, SCORE, np.array([1.0, 0.0, 1.0, 1.0, 1.0])) == 1.0


def test_without_a_positive_there_is_no_value() -> None:
    with pytest.raises(Undefined, match="no row is positive"):
        recall_at_precision(0.9).value(np.zeros(5), SCORE, None)


def test_the_interval_is_bootstrapped() -> None:
    metric = recall_at_precision(0.9)
    assert metric.influence(Y, SCORE, None) is None
    assert metric.many is not None and metric.trials is not None
    assert metric.trials(Y, SCORE, None) == pytest.approx(3)
