"""Matthews correlation, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.metric import Undefined
from sluice.metrics.matthews import MATTHEWS


def test_the_four_counts() -> None:
    # TP 90, FN 5, FP 4, TN 1: hardly better than chance, and F1 is 0.95.
    y, p = np.repeat([1.0, 1.0, 0.0, 0.0], [90, 5, 4, 1]), np.repeat([1.0, 0.0, 1.0, 0.0], [90, 5, 4, 1])
    expected = (90 * 1 - 4 * 5) / np.sqrt(94 * 95 * 5 * 6)
    assert MATTHEWS.value(y, p, None) == pytest.approx(expected)
    assert round(expected, 2) == 0.14


def test_all_right_and_all_wrong() -> None:
    y = np.array(["a", "b", "b", "c"])
    assert MATTHEWS.value(y, y, None) == pytest.approx(1.0)
    binary = np.array([0.0, 1.0, 1.0, 0.0])
    assert MATTHEWS.value(binary, 1 - binary, None) == pytest.approx(-1.0)


def test_weights_count_rows() -> None:
    y, p = np.array([1.0, 0.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0, 1.0])
    assert MATTHEWS.value(y, p, np.array([1.0, 1.0, 0.0, 0.0])) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("y", "p", "said"),
    [([1.0, 1.0], [1.0, 0.0], "two true classes"), ([1.0, 0.0], [1.0, 1.0], "two predicted classes")],
)
def test_one_class_alone_has_no_value(y: list[float], p: list[float], said: str) -> None:
    with pytest.raises(Undefined, match=said):
        MATTHEWS.value(np.array(y), np.array(p), None)
