"""ROC AUC, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.roc_auc import ROC_AUC

Y = np.array([0.0, 0.0, 1.0, 1.0])


def test_three_of_four_pairs_are_in_order() -> None:
    assert ROC_AUC.value(Y, np.array([0.1, 0.4, 0.35, 0.8]), None) == pytest.approx(0.75)


def test_a_tie_is_half_a_pair() -> None:
    assert ROC_AUC.value(Y, np.array([0.1, 0.4, 0.4, 0.8]), None) == pytest.approx(3.5 / 4)


@pytest.mark.parametrize(("y", "said"), [(np.ones(4), "no row is negative"), (np.zeros(4), "no row is positive")])
def test_one_class_has_no_value(y: np.ndarray, said: str) -> None:
    with pytest.raises(Undefined, match=said):
        ROC_AUC.value(y, np.arange(4.0), None)


def test_a_class_of_one_row_has_no_influence_values() -> None:
    assert ROC_AUC.influence(np.array([0.0, 0.0, 0.0, 1.0]), np.arange(4.0), None) is None


def test_trials_are_the_rarer_class() -> None:
    assert ROC_AUC.trials is not None
    assert ROC_AUC.trials(np.array([0.0, 0.0, 0.0, 1.0, 1.0]), np.arange(5.0), None) == pytest.approx(2)
