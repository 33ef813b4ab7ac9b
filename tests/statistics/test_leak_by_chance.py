"""How much of a label random numbers seem to tell: the share of columns above each limit, and none above the least."""

from __future__ import annotations

import numpy as np
import pytest

from sluice.adapters.decode.contract_custom import LEAST_MAX_GAIN
from sluice.checks.label_leak import MIN_OTHERS, MIN_ROWS
from sluice.checks.label_leak.telling import NEIGHBOURS

COLUMNS = 40_000


def gains(rng: np.random.Generator, n: int, others: int) -> np.ndarray:
    """The gain of many columns of different numbers that have nothing to do with the label.

    The order of such numbers is a random order of the labels, each told by those of its neighbours.
    """
    labels = np.zeros((COLUMNS, n), np.int8)
    labels[:, :others] = 1
    labels = rng.permuted(labels, axis=1)
    agree, known = np.zeros(labels.shape, int), np.zeros(n, int)
    for step in range(1, NEIGHBOURS + 1):
        same = labels[:, step:] == labels[:, :-step]
        agree[:, step:] += same
        agree[:, :-step] += same
        known[step:] += 1
        known[:-step] += 1
    right = (2 * agree >= known).sum(axis=1)
    return 1 - (n - right) / others


@pytest.mark.parametrize(("n", "others"), [(MIN_ROWS, MIN_ROWS // 2), (MIN_ROWS, int(MIN_OTHERS)), (200, 100)])
def test_no_column_of_chance_reaches_the_least_limit(n: int, others: int) -> None:
    found = gains(np.random.default_rng(n + others), n, others)
    assert found.max() < LEAST_MAX_GAIN


def test_half_of_the_neighbours_flatters_and_so_the_least_limit_is_high() -> None:
    found = gains(np.random.default_rng(1), MIN_ROWS, MIN_ROWS // 2)
    assert found.mean() == pytest.approx(0.23, abs=0.01)
    assert (found > 0.5).mean() == pytest.approx(0.02, abs=0.005)
