"""Quantiles with their intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import bdtr

from sluice.core.serving import quantiles
from sluice.domain.serving import LATENCIES


@pytest.mark.parametrize("n", [1, 5, 30, 59, 72, 73, 367, 368, 500, 5_000])
@pytest.mark.parametrize("share", LATENCIES.values())
def test_the_ranks_are_the_narrowest_of_their_level(n: int, share: float) -> None:
    lower, upper = quantiles.quantile_ranks(n, share)
    tail = 0.025
    if lower is None:
        assert bdtr(0, n, share) > tail
    else:
        assert bdtr(lower - 1, n, share) <= tail < bdtr(lower, n, share)
    if upper is None:
        assert share**n > tail
    else:
        assert 1 - bdtr(upper - 1, n, share) <= tail
        assert upper == 1 or 1 - bdtr(upper - 2, n, share) > tail


@pytest.mark.parametrize("share", LATENCIES.values())
def test_the_least_number_of_requests_has_an_upper_end_and_one_less_has_not(share: float) -> None:
    least = quantiles.least_requests(share)
    assert quantiles.quantile_ranks(least, share)[1] == least
    assert quantiles.quantile_ranks(least - 1, share)[1] is None


def test_published_example_of_a_median() -> None:
    # Tables of the sign test's interval: for the median of 10 values at 95 %, the 2nd and the 9th.
    assert quantiles.quantile_ranks(10, 0.5) == (2, 9)


@pytest.mark.parametrize("share", LATENCIES.values())
def test_intervals_hold_the_quantile_as_often_as_they_say(share: float) -> None:
    rng = np.random.default_rng(7)
    n, rounds = 500, 2_000
    lower, upper = quantiles.quantile_ranks(n, share)
    assert lower is not None and upper is not None
    drawn = np.sort(rng.lognormal(size=(rounds, n)), axis=1)
    truth = np.quantile(rng.lognormal(size=2_000_000), share)
    held = np.mean((drawn[:, lower - 1] <= truth) & (truth <= drawn[:, upper - 1]))
    assert 0.94 <= held <= 0.99
