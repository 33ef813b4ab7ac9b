"""ROC AUC of every class against the rest, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.roc_auc_ovr import ROC_AUC_OVR

Y = np.array([0, 0, 1, 1, 2])
P = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.3, 0.5, 0.2], [0.1, 0.6, 0.3], [0.1, 0.1, 0.8]])


def test_the_mean_of_three_areas() -> None:
    # Class 0: 5 of 6 pairs in order; class 1: 5 pairs and one tie of 6; class 2: all.
    assert ROC_AUC_OVR.value(Y, P, None) == pytest.approx((5 / 6 + 5.5 / 6 + 1) / 3)


def test_a_class_of_no_row_has_no_value() -> None:
    with pytest.raises(Undefined, match="class 3 of 3 has none"):
        ROC_AUC_OVR.value(Y[:4], P[:4], None)
    with pytest.raises(Undefined, match="class 3 of 3 has none"):
        ROC_AUC_OVR.value(Y, P, np.array([1.0, 1.0, 1.0, 1.0, 0.0]))
    with pytest.raises(Undefined, match="all rows are of one"):
        ROC_AUC_OVR.value(np.zeros(5), P[:, :1], None)


def test_a_class_of_one_row_has_no_influence_values() -> None:
    assert ROC_AUC_OVR.influence(Y, P, None) is None
