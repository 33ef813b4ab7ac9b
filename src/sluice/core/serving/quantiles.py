"""Quantiles of ordered values, and between which of them the true quantile lies."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from sluice.domain.metric import LEVEL

ROUNDING = 1e-9
"""A rank counts as whole where it is one but for rounding: 0.95 of 500 requests are 475."""


def quantile(ordered: Sequence[float], share: float) -> float:
    """The least of the ordered values that at least this share of them does not exceed."""
    return ordered[math.ceil(len(ordered) * share - ROUNDING) - 1]


def quantile_ranks(n: int, share: float, level: float = LEVEL) -> tuple[int | None, int | None]:
    """Ranks (from 1) of the two of ``n`` ordered values between which the quantile lies with at least ``level``.

    Distribution free, from the binomial number of values below the quantile; an end is ``None`` where there are too few
    values for it. Source: David & Nagaraja 2003, Order Statistics, section 7.1.
    """
    tail = (1 - level) / 2
    below, lower, upper = 0.0, None, None
    for count, chance in enumerate(_binomial(n, share)):
        # `below` is the chance that fewer than `count` values lie below the quantile.
        if count and below <= tail:
            lower = count
        if count and upper is None and 1 - below <= tail:
            upper = count
        below += chance
    return lower, upper


def _binomial(n: int, share: float) -> Iterator[float]:
    log_share, log_rest = math.log(share), math.log1p(-share)
    log_all = math.lgamma(n + 1)
    for count in range(n + 1):
        ways = log_all - math.lgamma(count + 1) - math.lgamma(n - count + 1)
        yield math.exp(ways + count * log_share + (n - count) * log_rest)


def least_requests(share: float, level: float = LEVEL) -> int:
    """How many values an upper end needs: that all are below the quantile must be less likely than its tail."""
    return math.ceil(math.log((1 - level) / 2) / math.log(share))
