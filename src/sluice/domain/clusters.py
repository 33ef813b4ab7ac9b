"""Rows that are not independent, taken together: standard errors of groups of rows rather than of rows.

Rows of one patient, user or query tend to be right or wrong together, so that their number overstates what is known.
The influence values of a cluster's rows are added up, and the clusters are the sample. Source: Liang & Zeger 1986,
Biometrika 73, 13-22; Cameron & Miller 2015, J. Human Resources 50, 317-372.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sluice.domain.predictions import Codes
from sluice.domain.stats import FloatArray, effective_rows, is_zero, quantile, standard_error

MIN_CLUSTERS = 30
"""With fewer clusters the standard error itself is too uncertain to make an interval of."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clusters:
    """For every row the number of its cluster, from 0 on without gaps; ``kind`` is what people call them."""

    codes: Codes
    n: int
    kind: str = "groups"

    def sums(self, of_rows: FloatArray) -> FloatArray:
        """The sum over every cluster."""
        return np.bincount(self.codes, of_rows, self.n).astype(np.float64, copy=False)


def clustered(codes: Codes, kind: str = "groups") -> Clusters:
    """Clusters of rows with equal codes, which may have gaps: a slice has not every cluster."""
    there = np.bincount(codes) > 0
    if there.all():
        return Clusters(codes=codes, n=len(there), kind=kind)
    return Clusters(codes=(np.cumsum(there, dtype=np.int32) - 1)[codes], n=int(there.sum()), kind=kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The standard error of clusters; ``design`` is how many rows are worth one independent row, at least 1.

    ``clusters`` is how many clusters the value rests on: those of which any row has an influence.
    """

    error: float
    design: float
    clusters: int


def spread(influence: FloatArray, clusters: Clusters, weight: FloatArray) -> Spread:
    """The standard error of the value whose influence values these are, widened so that the normal quantile serves.

    Clusters that differ in size are worth fewer: their effective number gives the degrees of freedom of Student's t
    (Carter, Schnepel & Steigerwald 2017, Rev. Econ. Stat. 99, 698-709), and the ratio of its quantile to the normal
    one widens the error, as Korn & Graubard 1998 (Survey Methodology 24, 193-201) have it for Wilson's interval. Where
    no row has any influence (a perfect model), rows of a cluster count as one.
    """
    mass = clusters.sums(np.abs(influence))
    there = int(np.count_nonzero(mass))
    of_rows = standard_error(influence)
    if there < 2 or is_zero(of_rows, 1.0):
        return Spread(error=0.0, design=whole(clusters, weight), clusters=there or clusters.n)
    sums = clusters.sums(influence)
    error = math.sqrt(there / (there - 1) * float(np.square(sums - sums.sum() / there)[mass > 0].sum()))
    error *= student(effective_rows(mass) - 1) / quantile() / len(influence)
    return Spread(error=error, design=max((error / of_rows) ** 2, 1.0), clusters=there)


def whole(clusters: Clusters, weight: FloatArray) -> float:
    """The design effect where all rows of a cluster are alike: rows per cluster, both counted by their weights."""
    return max(effective_rows(weight) / max(effective_rows(clusters.sums(weight)), 1.0), 1.0)


def student(freedom: float) -> float:
    """Student's quantile at ``LEVEL``, two-sided; below 3 degrees of freedom that of 3.

    Source: Abramowitz & Stegun 1964, 26.7.5; within 0.4 % at 3 degrees of freedom, 0.001 % from 20 on.
    """
    z, v = quantile(), max(freedom, 3.0)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / v ** (power + 1) for power, term in enumerate(terms))
