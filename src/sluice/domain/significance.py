"""How surprising a difference is where there is none: two-sided p-values, without NumPy."""

from __future__ import annotations

import math
from statistics import NormalDist

from sluice.domain.metric import LEVEL

NOTHING = 1e-17
"""Terms of a sum below this share of the first one are rounding."""


def by_interval(difference: float, low: float, high: float) -> float:
    """The p-value of no difference that belongs to an interval at ``LEVEL``, 0 to 1.

    It is below ``1 - LEVEL`` exactly where the interval leaves out zero: the reach towards zero stands for the
    standard error, of intervals with uneven ends too.
    """
    reach = difference - low if difference > 0 else high - difference
    if difference == 0 or reach < 0:
        return 1.0
    if reach == 0:
        return 0.0
    return math.erfc(NormalDist().inv_cdf(0.5 + LEVEL / 2) * abs(difference) / reach / math.sqrt(2))


def mcnemar(only_first: int, only_second: int) -> float:
    """The mid-p value of McNemar's exact test: rows that only the one and only the other model has right.

    Source: McNemar 1947, Psychometrika 12, 153-157; mid-p: Fagerland, Lydersen & Laake 2013, BMC Med. Res. Methodol.
    13, 91.
    """
    few, n = min(only_first, only_second), only_first + only_second
    if only_first == only_second:
        return 1.0
    chance = math.exp(math.lgamma(n + 1) - math.lgamma(few + 1) - math.lgamma(n - few + 1) - n * math.log(2))
    total, term = 0.5, 1.0
    for k in range(few, 0, -1):
        term *= k / (n - k + 1)
        if term < NOTHING:
            break
        total += term
    return min(2 * chance * total, 1.0)
