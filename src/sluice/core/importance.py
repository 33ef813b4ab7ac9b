"""Permutation importance with intervals: how much a metric loses where one feature's values are shuffled over rows.

The loss is a mean over pairs of rows, one of which gives the feature's value to the other (Fisher, Rudin & Dominici
2019, JMLR 20(177): model reliance as a U-statistic). Each row takes part in it twice, as the one that is predicted and
as the one that gives, and both parts are its share in the standard error (Hoeffding 1948; van der Vaart 1998, chapter
12). A metric that is no mean is taken by its influence values. The model is taken as it is: intervals say what other
rows would show, not what another training would.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from sluice.core.measurement import Measurement
from sluice.domain import stats
from sluice.domain.clusters import clustered, spread
from sluice.domain.importance import FeatureImportance
from sluice.domain.predictions import Codes, Index
from sluice.domain.stats import FloatArray, Interval

UNCHANGED = "no prediction changed"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Loss:
    """What shuffling one feature costs: the mean over repeats, and for each repeat and row its part of that.

    ``parts`` has the shape (repeats, rows) and mean zero: the influence values of the metric on the rows as they are,
    minus those on the shuffled ones, signed so that a loss is positive.
    """

    value: float
    parts: FloatArray


def shuffles(rng: np.random.Generator, n: int, repeats: int) -> tuple[Index, ...]:
    """For each repeat, which row gives its value to each row; the same ones serve every feature and both models."""
    return tuple(rng.permutation(n) for _ in range(repeats))


def loss(original: Measurement, shuffled: Sequence[Measurement]) -> Loss | str:
    """What the metric loses from the rows as they are to the shuffled ones, one measurement for each repeat.

    Or why nothing can be said, in words that follow the feature's name.
    """
    values, influences = [one.value for one in (original, *shuffled)], [one.influence for one in (original, *shuffled)]
    for one in (original, *shuffled):
        if one.value is None:
            return f"{one.metric.name} has no value: {one.reason}"
        if one.influence is None:
            return f"{one.metric.name} has no interval on these rows"
    sign = 1.0 if original.metric.direction == "higher" else -1.0
    first, *others = (np.asarray(one) for one in influences)
    each = [value for value in values if value is not None]
    return Loss(
        value=sign * math.fsum(each[0] - other for other in each[1:]) / len(shuffled),
        parts=np.array([sign * (first - other) for other in others]),
    )


def error(parts: FloatArray, given: Sequence[Index], weight: FloatArray | None, group: Codes | None) -> float | str:
    """The standard error of a loss, or of the difference of two, over rows and shuffles; or why there is none.

    Rows of one group stand for one observation together, on either side of a pair.
    """
    repeats, n = parts.shape
    base, donor = parts.mean(axis=0), np.zeros(n)
    for giving, part in zip(given, parts, strict=True):
        donor[giving] += part / repeats
    shares = base + donor
    if group is not None:
        every = np.ones(n, dtype=np.bool_)
        found = spread(shares, clustered(group), stats.relative_weights(weight, n), every)
        return found.few or found.error
    # Which rows happened to be paired moves both parts of a row's share, and the mean but once: the variance of single
    # pairs is counted too much. What is left must not be next to nothing by chance.
    paired = float(parts.var(ddof=1)) / repeats
    least = float(base.var(ddof=1)) / repeats
    return math.sqrt(max(float(shares.var(ddof=1)) - paired, least) / n)


def measured(
    feature: str, found: Loss | str, given: Sequence[Index], weight: FloatArray | None, group: Codes | None
) -> FeatureImportance:
    """A feature's importance with its interval and its chance, not adjusted yet."""
    if isinstance(found, str):
        return FeatureImportance(feature=feature, reason=found)
    if not found.parts.any():
        return FeatureImportance(feature=feature, value=0.0, reason=UNCHANGED)
    spread_by = error(found.parts, given, weight, group)
    if isinstance(spread_by, str) or stats.is_zero(spread_by, found.value):
        said = spread_by if isinstance(spread_by, str) else "no spread: it is the same in every row"
        return FeatureImportance(feature=feature, value=found.value, reason=f"no interval: {said}")
    interval = _interval(found.value, spread_by, len(found.parts[0]))
    chance = 2 * NormalDist().cdf(-abs(found.value) / spread_by)
    return FeatureImportance(
        feature=feature, value=found.value, ci_low=interval.low, ci_high=interval.high, p_value=chance
    )


def compared(
    mine: FeatureImportance,
    losses: tuple[Loss | str, Loss | str],
    given: Sequence[Index],
    weight: FloatArray | None,
    group: Codes | None,
) -> FeatureImportance:
    """The importance with its change against the baseline's, whose loss comes second, on the same rows and shuffles."""
    ours, theirs = losses
    if isinstance(theirs, str):
        said = f"the baseline's is not known: {theirs}"
        return replace(mine, reason="; ".join(part for part in (mine.reason, said) if part))
    if isinstance(ours, str):
        return replace(mine, baseline=theirs.value)
    change, parts = ours.value - theirs.value, ours.parts - theirs.parts
    both = replace(mine, baseline=theirs.value, change=change)
    spread_by = error(parts, given, weight, group)
    if isinstance(spread_by, str) or stats.is_zero(spread_by, change):
        return both
    interval = _interval(change, spread_by, len(parts[0]))
    return replace(both, change_low=interval.low, change_high=interval.high)


def _interval(value: float, spread_by: float, n: int) -> Interval:
    reach = stats.student(n - 1) * spread_by
    return Interval(low=value - reach, high=value + reach)


def adjusted(features: Sequence[FeatureImportance]) -> tuple[FeatureImportance, ...]:
    """The features with their chances adjusted for all that have one, and the most important first.

    Source: Holm 1979, Scandinavian Journal of Statistics 6, 65-70.
    """
    chances = sorted((one.p_value, place) for place, one in enumerate(features) if one.p_value is not None)
    found: dict[int, float] = {}
    least = 0.0
    for rank, (chance, place) in enumerate(chances):
        least = max(least, min(1.0, chance * (len(chances) - rank)))
        found[place] = least
    known = [replace(one, p_adjusted=found.get(place)) for place, one in enumerate(features)]
    return tuple(sorted(known, key=lambda one: (one.value is None, -(one.value or 0.0))))
