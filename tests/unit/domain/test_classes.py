"""Classes as numbers and as names, and the position of each."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.domain.classes import coded, positions, values


@pytest.mark.parametrize(
    ("y", "p"),
    [
        (["b", "a", "b"], ["c", "c", "a"]),
        ([1.0, 0.0, 1.0], [1.0, 1.0, 0.0]),
        ([-3.0, 7.0, 2.0], [2.0, 2.0, 9999.0]),
        ([0.0, 1e15, 5.0], [5.0, 5.0, 1e15]),
        ([0.0, 1.0, 2.0], [np.nan, 1.0, np.nan]),
        ([2, 1, 2], [0, 0, 1]),
    ],
    ids=["names", "binary", "whole", "far apart", "a name among numbers", "integers"],
)
def test_codes_lead_back_to_the_values_in_order(y: list[float], p: list[float]) -> None:
    truth, said, known = coded(np.array(y), np.array(p))
    np.testing.assert_array_equal(known[truth], np.array(y))
    np.testing.assert_array_equal(known[said], np.array(p))
    np.testing.assert_array_equal(known, np.unique(np.concatenate([y, p])))


def test_a_class_has_the_position_of_its_column() -> None:
    assert positions(np.array(["dog", "cat", "cow"]), ("dog", "cat")).tolist() == [0, 1, -1]
    assert positions(np.array([10.0, 2.0, 3.0]), ("10", "2")).tolist() == [0, 1, -1]


def test_a_name_among_numbers_is_no_class_of_theirs() -> None:
    assert positions(np.array([1.0, 0.0]), ("1", "other")).tolist() == [0, -1]
    np.testing.assert_array_equal(values(("1", "other", "inf"), np.zeros(1)), [1.0, np.nan, np.nan])
