"""R², by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.r2 import R2

Y = np.array([1.0, 2.0, 3.0])


def test_the_mean_explains_nothing_and_worse_is_negative() -> None:
    assert R2.value(Y, np.full(3, 2.0), None) == pytest.approx(0.0)
    assert R2.value(Y, Y[::-1], None) == pytest.approx(-3.0)
    assert R2.value(Y, Y, None) == 1.0


@pytest.mark.parametrize("weight", [None, np.array([1.0, 1.0, 0.0])])
def test_a_target_that_does_not_vary_has_no_value(weight: np.ndarray | None) -> None:
    with pytest.raises(Undefined, match="needs a target that varies"):
        R2.value(np.array([2.0, 2.0, 2.0 if weight is None else 5.0]), Y, weight)
