"""The smallest effect that samples of a size would probably have shown: what "nothing found" is worth.

Probably is ``POWER``. Every function takes the level of the one test, already divided among all tests that are made.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sluice.domain.distribution import FloatArray

POWER = 0.8
_LARGEST = 1e9
_MARGIN = 0.1
"""By how much the true difference must exceed the statistic's threshold, over √(1/n + 1/m). The statistic is the
greatest of many differences, so that it exceeds the true one on average: by simulation, this little is enough."""


def of_numbers(rows: tuple[int, int], level: float) -> dict[str, float]:
    """By KS: the greatest difference of distribution functions, and the shift of a normal column that makes it.

    Measures other than KS are those of the shifted normal distribution. Source: Massey 1950, Annals of Mathematical
    Statistics 21, 116-119, for a bound on the power, which the margin is set above by simulation.
    """
    return dict(_of_numbers(rows, level))


def of_categories(df: int, rows: tuple[int, int], level: float) -> dict[str, float]:
    """By χ²: effects over all cells whose noncentrality is the one that reaches ``POWER``.

    χ² is about n·m/(n + m) times PSI, and four times that times V². Source: Cohen 1988, chapter 7.
    """
    return dict(_of_categories(df, rows, level))


# A table has many columns of the same size.
@lru_cache(maxsize=256)
def _of_numbers(rows: tuple[int, int], level: float) -> tuple[tuple[str, float], ...]:
    from scipy.special import kolmogi, ndtri

    error = math.sqrt(1 / rows[0] + 1 / rows[1])
    difference = (float(kolmogi(level)) + _MARGIN) * error
    if difference >= 1:
        return ()
    shift = 2 * float(ndtri((1 + difference) / 2))
    return (("ks", difference), ("wasserstein", shift), *_of_shift(shift))


def _of_shift(shift: float) -> tuple[tuple[str, float], ...]:
    """PSI (exactly the square), Jensen-Shannon and Cramér's V of two normal distributions this many deviations apart.

    With L the log ratio of the densities, normal with mean shift²/2 and variance shift² among the rows of one side,
    the divergence is 1 - E[log2(1 + exp(-L))] and the square of V is E[tanh(L / 2)]; for small shifts the two effects
    are shift / √(8 ln 2) and shift / 2.
    """
    import numpy as np

    nodes, shares = _normal()
    ratio = shift**2 / 2 + shift * nodes
    divergence = 1 - float(shares @ np.logaddexp(0.0, -ratio)) / math.log(2)
    square = float(shares @ np.tanh(ratio / 2))
    return (
        ("psi", shift**2),
        ("jensen_shannon", math.sqrt(min(max(divergence, 0.0), 1.0))),
        ("cramers_v", math.sqrt(min(max(square, 0.0), 1.0))),
    )


@cache
def _normal() -> tuple[FloatArray, FloatArray]:
    """Points of the normal distribution, and their shares of it."""
    import numpy as np

    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    return nodes, weights / weights.sum()


@lru_cache(maxsize=1024)
def _of_categories(df: int, rows: tuple[int, int], level: float) -> tuple[tuple[str, float], ...]:
    from scipy.special import chdtri, chndtrinc

    threshold = float(chdtri(df, level))
    away = float(chndtrinc(threshold, df, 1 - POWER))
    if not math.isfinite(away):
        return ()
    index = min(away * (1 / rows[0] + 1 / rows[1]), _LARGEST)
    distance = math.sqrt(index / (8 * math.log(2)))
    found = (("psi", index), ("jensen_shannon", distance), ("cramers_v", math.sqrt(index) / 2))
    return tuple((name, value) for name, value in found if name == "psi" or value <= 1)
