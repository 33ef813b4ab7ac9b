"""What serving costs as metrics: direction, unit and range; the numbers come from a harness in ``run`` alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sluice.domain.evaluation import Direction
from sluice.domain.metric import Labels, Metric
from sluice.domain.serving import CPU_ENERGY, GPU_ENERGY, LATENCIES, PEAK_MEMORY, PRICE, THROUGHPUT

if TYPE_CHECKING:
    from sluice.domain.stats import FloatArray

_ORDER_STATISTICS = "David & Nagaraja 2003, Order Statistics, section 7.1 (interval by binomial probabilities)."
_ROUNDS = (
    "Shao & Tu 1995, The Jackknife and Bootstrap, section 2.3 (interval by leaving out one round after the other)."
)
_LOAD = "One client in a closed loop on this machine; requests that do not depend on one another for the interval."


def _elsewhere(y: Labels, p: Labels, w: FloatArray | None) -> Any:
    raise AssertionError("what serving costs is measured by a harness, not from predictions")


def _metric(name: str, direction: Direction, unit: str, definition: str, source: str) -> Metric:
    return Metric(
        name=name,
        tasks=("classification", "regression", "forecasting", "ranking", "events"),
        direction=direction,
        unit=unit,
        low=0.0,
        high=math.inf,
        needs=(),
        binary=False,
        value=_elsewhere,
        influence=_elsewhere,
        definition=definition,
        assumptions=_LOAD,
        source=source,
    )


def _latency(name: str, share: float) -> Metric:
    said = f"The least time within which {share * 100:g} % of the measured requests were answered, none left out."
    return _metric(name, "lower", "ms", said, _ORDER_STATISTICS)


SERVING: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        *(_latency(name, share) for name, share in LATENCIES.items()),
        _metric(
            THROUGHPUT,
            "higher",
            "rows/s",
            "Rows of the measured requests over the time that these took together.",
            _ROUNDS,
        ),
        _metric(
            PEAK_MEMORY,
            "lower",
            "bytes",
            "The greatest resident memory of what was served and all that it started, loading included; without an "
            "interval.",
            "Sampled, at least as much as the kernel's own peak of any one process.",
        ),
        _metric(
            CPU_ENERGY,
            "lower",
            "J",
            "Energy of the machine's processors and their memory, whatever else ran on them included, during the "
            "measured requests, for each million of their rows.",
            _ROUNDS,
        ),
        _metric(
            GPU_ENERGY,
            "lower",
            "J",
            "Energy of the machine's NVIDIA GPUs, whatever else ran on them included, during the measured requests, "
            "for each million of their rows.",
            _ROUNDS,
        ),
        _metric(
            PRICE,
            "lower",
            "",
            "What the machine costs while it serves a million rows at the measured throughput, by "
            "`evaluation.serving.price_per_hour`.",
            _ROUNDS,
        ),
    )
}
