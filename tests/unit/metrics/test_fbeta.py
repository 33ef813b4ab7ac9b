"""F-beta, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics import metric_named
from sluice.metrics.f1 import F1
from sluice.metrics.fbeta import fbeta

Y = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
P = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])


def test_recall_counts_more_above_one_and_less_below() -> None:
    # Precision 1/2, recall 1/3.
    assert fbeta(2).value(Y, P, None) == pytest.approx(5 * (1 / 6) / (4 / 2 + 1 / 3))
    assert fbeta(0.5).value(Y, P, None) == pytest.approx(1.25 * (1 / 6) / (0.25 / 2 + 1 / 3))
    assert fbeta(1).value(Y, P, None) == pytest.approx(F1.value(Y, P, None))


def test_no_positive_is_no_value() -> None:
    with pytest.raises(Undefined, match="no row is positive"):
        fbeta(2).value(np.zeros(6), P, None)


@pytest.mark.parametrize(("name", "there"), [("fbeta@2", True), ("fbeta@0.5", True), ("fbeta@0", False)])
def test_the_name_has_the_beta(name: str, there: bool) -> None:
    found = metric_named(name)
    assert (found is not None) == there
    assert found is None or found.name == name


@pytest.mark.parametrize("name", ["fbeta@2.0", "fbeta@02", "fbeta@", "fbeta", "fbeta@nan", "fbeta@inf", "fbeta@-1"])
def test_one_beta_has_one_name(name: str) -> None:
    assert metric_named(name) is None
