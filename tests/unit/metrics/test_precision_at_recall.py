"""Precision at a recall, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.precision_at_recall import precision_at_recall

Y = np.array([1.0, 0.0, 1.0, 1.0, 0.0])
SCORE = np.array([0.9, 0.7, 0.6, 0.5, 0.4])
"""From the top, precision and recall: 1 and 1/3, 1/2 and 1/3, 2/3 and 2/3, 3/4 and 1, 3/5 and 1."""


@pytest.mark.parametrize(("recall", "precision"), [(0.3, 1.0), (0.4, 0.75), (0.9, 0.75), (1.0, 0.75)])
def test_the_best_threshold_counts(recall: float, precision: float) -> None:
    assert precision_at_recall(recall).value(Y, SCORE, None) == pytest.approx(precision)


def test_all_positives_can_always_be_found() -> None:
    assert precision_at_recall(1.0).value(Y, np.full(5, 0.3), None) == pytest.approx(3 / 5)


def test_rows_without_weight_at_the_top_do_not_matter() -> None:
    assert precision_at_recall(0.5).value(Y, SCORE, np.array([0.0, 0.0, 1.0, 1.0, 1.0])) == 1.0


def test_without_a_positive_there_is_no_value() -> None:
    with pytest.raises(Undefined, match="no row is positive"):
        precision_at_recall(0.9).value(np.zeros(5), SCORE, None)
