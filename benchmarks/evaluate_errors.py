"""How often intervals hold the truth, and how often a gate of non-inferiority errs: simulated, with known truth.

Models are drawn whose true metrics are known from 600,000 rows; small samples of them are measured again and again. A
share of 2,000 draws is known to half a percentage point. With ``--json`` and ``--quick`` as every benchmark.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from measuring import Row, present
from sluice.core.measurement import difference, difference_unpaired, interval, measure
from sluice.domain.metric import Metric
from sluice.domain.predictions import Predictions
from sluice.domain.stats import Interval
from sluice.metrics import METRICS, metric_named

NOMINAL_PCT, MOST_OFF_PCT, MOST_ERRORS_PCT, MOST_KEPT_OUT_PCT = 95.0, 2.0, 5.0, 5.0
DRAWS, QUICK_DRAWS, TRUE_ROWS = 2_000, 300, 600_000
QUICK_NOISE_PCT = 3.0
"""300 draws know a share of 95 % to 1.3 percentage points; the farthest of many is off by more."""

CLASSES = ("roc_auc", "average_precision", "log_loss", "brier", "accuracy", "balanced_accuracy", "precision", "recall",
           "specificity", "f1", "matthews")  # fmt: skip
VALUES = ("rmse", "mae", "r2")
RESAMPLED = ("recall_at_precision@0.5", "precision_at_recall@0.8")

Array = NDArray[np.float64]
Sides = tuple[Predictions, Predictions]
Draw = Callable[[int, np.random.Generator], Sides]


def classified(n: int, rng: np.random.Generator, skills: tuple[float, float] = (1.5, 1.2)) -> Sides:
    """Two models of different skill, three rows in ten positive, wrong in the same rows more often than by chance."""
    y, shared = (rng.random(n) < 0.3).astype(float), rng.normal(size=n)
    first, second = (Predictions(y=y, score=_score(y, shared, skill, rng), binary=True) for skill in skills)
    return first, second


def grouped(n_groups: int, rng: np.random.Generator) -> Sides:
    """Groups of 5 to 39 rows that are hard together, and positive together."""
    sizes = rng.integers(5, 40, n_groups)
    group = np.repeat(np.arange(n_groups, dtype=np.int32), sizes)
    n = len(group)
    y = (rng.random(n) < 1 / (1 + np.exp(0.9 - 0.7 * rng.normal(size=n_groups)[group]))).astype(float)
    shared = 0.7 * rng.normal(size=n_groups)[group] + 0.7 * rng.normal(size=n)
    first, second = (
        Predictions(y=y, score=_score(y, shared, skill, rng), binary=True, group=group) for skill in (1.5, 1.2)
    )
    return first, second


def _score(y: Array, shared: Array, skill: float, rng: np.random.Generator) -> Array:
    raw = 0.8 * shared + 0.6 * rng.normal(size=len(y)) + skill * y
    return 1 / (1 + np.exp(-(skill * raw - skill**2 / 2 + np.log(0.3 / 0.7))))


def valued(n: int, rng: np.random.Generator, noise: tuple[float, float] = (0.4, 0.5)) -> Sides:
    """Two regressions whose errors are partly the same."""
    truth, shared = rng.normal(size=n), rng.normal(size=n)
    first, second = (Predictions(y=truth, prediction=truth + 0.6 * shared + own * rng.normal(size=n)) for own in noise)
    return first, second


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Metrics, what is drawn, how large, and how many rows each unit of size has about (for the truth)."""

    what: str
    names: tuple[str, ...]
    draw: Draw
    size: int
    rows_each: int = 1
    unpaired: bool = False

    def metrics(self) -> tuple[Metric, ...]:
        """The metrics of the names. Raises ``KeyError`` for one that there is not."""
        found = {name: metric_named(name) for name in self.names}
        missing = [name for name, metric in found.items() if metric is None]
        if missing:
            raise KeyError(missing)
        return tuple(metric for metric in found.values() if metric is not None)

    def truth(self, metric: Metric) -> tuple[float, float]:
        """The true values of both models."""
        sides = self.draw(TRUE_ROWS // self.rows_each, np.random.default_rng(99))
        first, second = (measure(metric, side, 0.5).value for side in sides)
        assert first is not None and second is not None
        return first, second


STUDIES = (
    Study(what="classes, 200 rows", names=CLASSES, draw=classified, size=200),
    Study(what="classes, 1,000 rows", names=CLASSES, draw=classified, size=1_000, unpaired=True),
    Study(what="values, 200 rows", names=VALUES, draw=valued, size=200, unpaired=True),
    Study(what="classes, 60 uneven groups", names=CLASSES, draw=grouped, size=60, rows_each=22),
    Study(what="classes, 300 uneven groups", names=CLASSES, draw=grouped, size=300, rows_each=22),
)
RESAMPLED_STUDY = Study(what="resampled, 400 rows", names=RESAMPLED, draw=classified, size=400)


def coverage(study: Study, draws: int, seed: int) -> dict[tuple[str, str], float]:
    """For each metric and kind of interval, the share that holds the truth; an interval that is not there does not."""
    rng, metrics = np.random.default_rng(seed), study.metrics()
    truth = {metric.name: study.truth(metric) for metric in metrics}
    hits = Counter[tuple[str, str]]()
    for at in range(draws):
        ours, theirs = study.draw(study.size, rng)
        other = study.draw(study.size, rng)[1] if study.unpaired else None
        for metric in metrics:
            first, second = (measure(metric, side, 0.5) for side in (ours, theirs))
            real, lead = truth[metric.name][0], truth[metric.name][0] - truth[metric.name][1]
            hits["value", metric.name] += holds(interval(first, str(at)), real)
            hits["paired difference", metric.name] += holds(difference(first, second, str(at)), lead)
            if other is not None:
                apart = difference_unpaired(first, measure(metric, other, 0.5), str(at))
                hits["unpaired difference", metric.name] += holds(apart, lead)
    return {key: count / draws for key, count in hits.items()}


def holds(found: Interval | str, truth: float) -> bool:
    """Whether there is an interval, and the truth is in it."""
    return not isinstance(found, str) and found.low <= truth <= found.high


def opened(draw: Draw, size: int, metric: Metric, margin: float, draws: int, seed: int) -> float:
    """The share of draws in which the interval of the drop is within the margin."""
    rng, found = np.random.default_rng(seed), 0
    sign = -1.0 if metric.direction == "higher" else 1.0
    for at in range(draws):
        first, second = (measure(metric, side, 0.5) for side in draw(size, rng))
        ends = difference(first, second, str(at))
        found += not isinstance(ends, str) and max(sign * ends.low, sign * ends.high) <= margin
    return found / draws


def drop(draw: Draw, metric: Metric) -> float:
    """By how much the first model is truly worse."""
    first, second = Study(what="", names=(metric.name,), draw=draw, size=0).truth(metric)
    return (second - first) if metric.direction == "higher" else (first - second)


def measured(quick: bool) -> Iterator[Row]:
    """Coverage of every study, then the errors of a gate at its margin, and of one whose model is no worse."""
    draws, noise = (QUICK_DRAWS, QUICK_NOISE_PCT) if quick else (DRAWS, 0.0)
    studies = [(study, draws) for study in STUDIES] + [(RESAMPLED_STUDY, 40 if quick else 400)]
    for study, times in studies:
        found = coverage(study, times, seed=7)
        # 400 draws, of which each resamples 500 times, know a share to one percentage point.
        slack = noise + (0.0 if study is not RESAMPLED_STUDY else 6.0 if quick else 2.0)
        for kind in dict.fromkeys(kind for kind, _ in found):
            yield _farthest(
                study.what, kind, {name: 100 * found[one, name] for one, name in found if one == kind}, slack
            )
    worse, same = partial(classified, skills=(1.2, 1.5)), partial(classified, skills=(1.5, 1.5))
    worse_values, same_values = partial(valued, noise=(0.6, 0.5)), partial(valued, noise=(0.5, 0.5))
    for name, bad, good, size in (
        ("roc_auc", worse, same, 600), ("accuracy", worse, same, 600), ("log_loss", worse, same, 600),
        ("mae", worse_values, same_values, 300),
    ):  # fmt: skip
        metric = METRICS[name]
        margin = drop(bad, metric)
        at_margin = 100 * opened(bad, size, metric, margin, draws, seed=3)
        what = f"{name}, {size} rows: a model exactly at the margin of {margin:.3f} is let in"
        yield Row(what=what, measured=at_margin, unit="%", limit=MOST_ERRORS_PCT + noise / 2)
        enough = _enough(good, metric, margin)
        kept_out = 100 * (1 - opened(good, enough, metric, margin, draws, seed=4))
        what = f"{name}, {enough} rows: an equal model is not let in at that margin"
        yield Row(what=what, measured=kept_out, unit="%", limit=MOST_KEPT_OUT_PCT + noise / 2)


def _enough(draw: Draw, metric: Metric, margin: float) -> int:
    """How many rows put the margin four standard errors away, of which chance leaves 2 % undecided."""
    first, second = (measure(metric, side, 0.5) for side in draw(20_000, np.random.default_rng(5)))
    found = difference(first, second, "")
    assert isinstance(found, Interval)
    error = (found.high - found.low) / 2 / 1.96
    return int(np.ceil(20_000 * (4 * error / margin) ** 2))


def _farthest(what: str, kind: str, shares: dict[str, float], slack: float) -> Row:
    name = max(shares, key=lambda one: abs(shares[one] - NOMINAL_PCT))
    said = f"{what}, {kind}: farthest from 95 % of {_count(list(shares))}: {name} {shares[name]:.1f} %"
    return Row(what=said, measured=abs(shares[name] - NOMINAL_PCT), unit="points", limit=MOST_OFF_PCT + slack)


def _count(names: Sequence[str]) -> str:
    return f"{len(names)} metrics"


if __name__ == "__main__":
    present(measured)
