"""Rows that are not independent, taken together: standard errors of groups of rows rather than of rows.

Rows of one patient, user or query tend to be right or wrong together, so that their number overstates what is known.
The influence values of a cluster's rows are added up, and the clusters are the sample. Source: Liang & Zeger 1986,
Biometrika 73, 13-22; Cameron & Miller 2015, J. Human Resources 50, 317-372.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sluice.domain.predictions import Codes
from sluice.domain.stats import FloatArray, effective_rows, is_zero, quantile, standard_error, student

Marks = NDArray[np.bool_]

MIN_CLUSTERS = 30
"""With fewer clusters the standard error itself is too uncertain to make an interval of."""

MIN_EVEN_CLUSTERS = 15
"""So many clusters of one size these must be worth; one that holds a third of all rows decides alone."""

_LEAST = 1e-9
"""In place of nothing where it would divide."""


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
    """The standard error of clusters, or ``few``: why there is none, in words.

    ``design`` is how many rows are worth one independent row, at least 1.
    """

    error: float
    design: float
    few: str = ""


def spread(influence: FloatArray, clusters: Clusters, weight: FloatArray, counts: Marks | None = None) -> Spread:
    """The standard error of the value whose influence values these are, widened so that the normal quantile serves.

    A cluster counts for what it would change if it were left out (MacKinnon, Nielsen & Webb 2023, J. Econometrics 232,
    272-299, CV3), and the ratio of Student's quantile to the normal one widens the error, as Korn & Graubard 1998
    (Survey Methodology 24, 193-201) have it for Wilson's interval. ``counts`` marks the rows that the value is made of;
    left out, those that have an influence (the positive ones, for recall). A cluster that has such rows is an
    observation, also where two models say the same of them, so that their difference has no influence there. Where no
    row has any (a perfect model), rows of a cluster count as one.
    """
    of_rows, alike = standard_error(influence), whole(clusters, weight)
    if is_zero(of_rows, 1.0):
        return Spread(error=0.0, design=alike, few=_few(clusters.n, clusters.n, clusters.kind))
    mass = clusters.sums(weight * (influence != 0 if counts is None else counts))
    there = int(np.count_nonzero(mass))
    if few := _few(there, effective_rows(mass), clusters.kind):
        return Spread(error=0.0, design=alike, few=few)
    without = clusters.sums(influence) / (1 - mass / mass.sum())
    error = math.sqrt((there - 1) / there * float(np.square(without).sum())) / len(influence)
    error *= student(_freedom(without, mass, (error / of_rows) ** 2)) / quantile()
    return Spread(error=error, design=max((error / of_rows) ** 2, 1.0))


def _freedom(without: FloatArray, mass: FloatArray, design: float) -> float:
    """Degrees of freedom of a variance that is the sum of squares of what leaving each cluster out changes.

    By how much these squares vary (Pan & Wall 2002, Statistics in Medicine 21, 1429-1441), and no more than the sizes
    of the clusters allow, whose rows are as alike as the design effect tells (Carter, Schnepel & Steigerwald 2017, Rev.
    Econ. Stat. 99, 698-709; Kish 1965, section 5.4). Where few clusters make up nearly all of it, as those few in which
    two models differ, others like them may have been missed: then each square has one degree of freedom (Satterthwaite
    1946, Biometrics Bulletin 2, 110-114).
    """
    own, typical = effective_rows(np.square(without)), float(np.square(mass).sum() / mass.sum())
    if effective_rows(np.abs(without)) < MIN_EVEN_CLUSTERS:
        return own - 1
    varying = 2 / max(1 / own - 1 / int(np.count_nonzero(mass)), _LEAST)
    alike = min(max((design - 1) / max(typical - 1, _LEAST), 0.0), 1.0)
    return min(varying, effective_rows(mass * (1 + (mass - 1) * alike)) - 1)


def observed(influence: FloatArray, clusters: Clusters) -> Spread:
    """The standard error where a cluster is one observation by itself, as a query is: as of so many rows.

    All of them count alike, those without influence too: two models that rank a query alike are seen not to differ.
    """
    if few := _few(clusters.n, clusters.n, clusters.kind):
        return Spread(error=0.0, design=1.0, few=few)
    # Influence is scaled to rows: its mean is over them, while the observations are fewer.
    error = standard_error(clusters.sums(influence)) * clusters.n / len(influence)
    return Spread(error=error, design=1.0)


def _few(there: int, even: float, kind: str) -> str:
    if there < MIN_CLUSTERS:
        return f"rows of only {there} {kind}, at least {MIN_CLUSTERS} are needed"
    if even < MIN_EVEN_CLUSTERS:
        return (
            f"{there} {kind} that differ so much in size that they are worth {even:.0f}, "
            f"at least {MIN_EVEN_CLUSTERS} are needed"
        )
    return ""


def whole(clusters: Clusters, weight: FloatArray) -> float:
    """The design effect where all rows of a cluster are alike: rows per cluster, both counted by their weights."""
    return max(effective_rows(weight) / max(effective_rows(clusters.sums(weight)), 1.0), 1.0)
