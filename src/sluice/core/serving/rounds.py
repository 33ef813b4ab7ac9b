"""What the rounds of a load tell together, and how much: each part of a load is left out once (the jackknife).

The standard error of a value comes of its values without one round each, its interval of Student's distribution with
one degree of freedom less than there are rounds. Where two models are served in turn, the same round of both is left
out, so that what slowed a round down for both does not count. Source: Shao & Tu 1995, The Jackknife and Bootstrap,
section 2.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sluice.core.serving.quantiles import quantile
from sluice.domain.serving import CPU_ENERGY, GPU_ENERGY, LATENCIES, PRICE, ROUNDS, THROUGHPUT, Served, round_ends
from sluice.domain.stats import Interval, student

_MILLION = 1e6
_S_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One part of a load: its latencies, the rows that it sent, and the energy of processors and GPUs, if known."""

    latencies_ms: tuple[float, ...]
    n_rows: float
    cpu_j: float = math.nan
    gpu_j: float = math.nan


Statistic = Callable[[Sequence[Round]], float]
"""A metric of any rounds together."""


def rounds_of(served: Served) -> tuple[Round, ...]:
    """The rounds of a load, in their order; none where there are too few requests to tell rounds apart."""
    n = len(served.latencies_ms)
    if n < 2 * ROUNDS:
        return ()
    ends = (0, *round_ends(n))
    cpu, gpu = (one.joules if len(one.joules) == ROUNDS else (math.nan,) * ROUNDS for one in (served.cpu, served.gpu))
    return tuple(
        Round(
            latencies_ms=served.latencies_ms[first:last],
            n_rows=served.n_rows * (last - first) / n,
            cpu_j=cpu[place],
            gpu_j=gpu[place],
        )
        for place, (first, last) in enumerate(pairwise(ends))
    )


def statistic(name: str, price_per_hour: float | None) -> Statistic:
    """How a metric of serving is computed."""
    if name in LATENCIES:
        return lambda rounds: quantile(sorted(took for one in rounds for took in one.latencies_ms), LATENCIES[name])
    if name == THROUGHPUT:
        return _throughput
    if name == PRICE and price_per_hour is not None:
        return lambda rounds: price_per_hour / _S_PER_HOUR * _MILLION / _throughput(rounds)
    if name in (CPU_ENERGY, GPU_ENERGY):
        return lambda rounds: (
            sum(one.cpu_j if name == CPU_ENERGY else one.gpu_j for one in rounds) / _rows(rounds) * _MILLION
        )
    raise AssertionError(f"{name} is not made of rounds")


def _throughput(rounds: Sequence[Round]) -> float:
    return _rows(rounds) / (sum(took for one in rounds for took in one.latencies_ms) / 1000)


def _rows(rounds: Sequence[Round]) -> float:
    return sum(one.n_rows for one in rounds)


def interval(made: Statistic, ours: Sequence[Round], theirs: Sequence[Round] = ()) -> Interval | None:
    """Around the value of ``ours``, or around its difference from that of ``theirs``, round by round.

    ``None`` where there are no rounds, or an end would be no number.
    """
    if len(ours) != ROUNDS or len(theirs) not in (0, ROUNDS):
        return None
    try:
        centre = made(ours) - (made(theirs) if theirs else 0.0)
        without = [made(_but(ours, one)) - (made(_but(theirs, one)) if theirs else 0.0) for one in range(ROUNDS)]
    except ZeroDivisionError:  # rounds that took no time that the clock can tell
        return None
    mean = sum(without) / ROUNDS
    half = student(ROUNDS - 1) * math.sqrt((ROUNDS - 1) / ROUNDS * sum((one - mean) ** 2 for one in without))
    return Interval(low=centre - half, high=centre + half) if math.isfinite(centre) and math.isfinite(half) else None


def _but(rounds: Sequence[Round], left_out: int) -> tuple[Round, ...]:
    return (*rounds[:left_out], *rounds[left_out + 1 :])
