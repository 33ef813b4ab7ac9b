"""What serving costs, as pure functions: metrics of what a harness saw, and their comparison with the baseline's.

The load is closed: one client sends the next request once the last one is answered. It says how long a request takes
that is alone, not how long requests wait for one another under a rate of arrivals (coordinated omission: Tene 2013).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sluice.core.metric_files import POINT
from sluice.core.serving.quantiles import least_requests, quantile, quantile_ranks
from sluice.core.serving.rounds import interval, rounds_of, statistic
from sluice.domain.evaluation import Comparison, EvaluationResult, MetricValue
from sluice.domain.metric import LEVEL
from sluice.domain.probes import Serving
from sluice.domain.serving import CPU_ENERGY, GPU_ENERGY, LATENCIES, PEAK_MEMORY, PRICE, ROUNDS, SERVING_NAMES, Served
from sluice.metrics.serving import SERVING

IN_TURN = f"served in turn, {ROUNDS} rounds each"
"""Method of a comparison of two models that were served in turn on one machine."""

UNKNOWN = "missing-evidence"
"""Reason code of what this machine does not tell: no fault of the model, and no number to judge either."""


def serving_metrics(served: Served, serving: Serving) -> tuple[MetricValue, ...]:
    """Every metric of serving; none has a value where a request failed: what failed took no time that could count."""
    names = tuple(name for name in SERVING_NAMES if name != PRICE or serving.price_per_hour is not None)
    if served.reason or not served.latencies_ms:
        return tuple(_without(name, served.reason or "no request was measured", serving) for name in names)
    return tuple(_value(name, served, serving) for name in names)


def _value(name: str, served: Served, serving: Serving) -> MetricValue:
    if name in LATENCIES:
        return _latency(name, LATENCIES[name], served, serving)
    if name == PEAK_MEMORY:
        if served.peak_memory_bytes is None:
            return _without(name, served.memory_reason or "it was not measured", serving)
        peak = float(served.peak_memory_bytes)
        return replace(_without(name, "", serving), value=peak, n=len(served.latencies_ms), reason_code="")
    if reason := _no_energy(name, served):
        return replace(_without(name, reason, serving), reason_code=UNKNOWN)
    if not sum(served.latencies_ms) > 0:
        return _without(name, "the requests took no time that the clock can tell", serving)
    return _of_rounds(name, served, serving)


def _no_energy(name: str, served: Served) -> str:
    """Why energy is not known; empty where it is, and for all else."""
    if name not in (CPU_ENERGY, GPU_ENERGY):
        return ""
    energy = served.cpu if name == CPU_ENERGY else served.gpu
    if not energy.reason and (len(energy.joules) != ROUNDS or not sum(energy.joules) > 0):
        return "the counters of energy did not move while it was measured"
    return energy.reason


def _of_rounds(name: str, served: Served, serving: Serving) -> MetricValue:
    rounds, made = rounds_of(served), statistic(name, serving.price_per_hour)
    said = replace(_without(name, "", serving), n=len(served.latencies_ms), reason_code="")
    if not rounds:
        return replace(said, reason=f"needs at least {2 * ROUNDS} requests", reason_code="not-enough-evidence")
    said = replace(said, value=made(rounds))
    found = interval(made, rounds)
    if found is None:
        return said
    return replace(said, ci_low=max(0.0, found.low), ci_high=found.high, ci_level=LEVEL)


def _latency(name: str, share: float, served: Served, serving: Serving) -> MetricValue:
    ordered = sorted(served.latencies_ms)
    n = len(ordered)
    low, high = (None if rank is None else ordered[rank - 1] for rank in quantile_ranks(n, share))
    few = _too_few(n, share)
    return replace(
        _without(name, few, serving),
        value=quantile(ordered, share),
        ci_low=low,
        ci_high=high,
        ci_level=LEVEL,
        n=n,
        reason_code="not-enough-evidence" if few else "",
    )


def _too_few(n: int, share: float) -> str:
    least = least_requests(share)
    return f"{n} requests leave its upper end open, at least {least} are needed" if n < least else ""


def _without(name: str, reason: str, serving: Serving) -> MetricValue:
    metric = SERVING[name]
    return MetricValue(
        metric=name,
        value=None,
        unit=serving.currency if name == PRICE else metric.unit,
        direction=metric.direction,
        source="serving",
        reason=reason,
        reason_code="metric",
    )


# -- against the baseline ---------------------------------------------------------------------------


def serving_comparisons(served: Served, baseline: Served, serving: Serving) -> tuple[Comparison, ...]:
    """Candidate against baseline, by the rounds in which both were served in turn; a reason where one has no value."""
    before = {value.metric: value for value in serving_metrics(baseline, serving)}
    return tuple(
        _compared(value, before[value.metric], (served, baseline), serving)
        for value in serving_metrics(served, serving)
    )


def _compared(ours: MetricValue, theirs: MetricValue, both: tuple[Served, Served], serving: Serving) -> Comparison:
    said = Comparison(
        metric=ours.metric,
        candidate=ours.value,
        baseline=theirs.value,
        difference=None,
        n=min(ours.n or 0, theirs.n or 0),
        method=POINT if ours.metric == PEAK_MEMORY else IN_TURN,
        direction=ours.direction,
    )
    if ours.value is None or theirs.value is None:
        why = ours.reason if ours.value is None else f"the baseline has no value: {theirs.reason}"
        return replace(said, reason=why)
    said = replace(said, difference=ours.value - theirs.value)
    if ours.metric == PEAK_MEMORY:
        return said
    if few := _too_few(said.n or 0, LATENCIES[ours.metric]) if ours.metric in LATENCIES else "":
        return replace(said, reason=f"no interval: {few}")
    made = statistic(ours.metric, serving.price_per_hour)
    mine, other = (rounds_of(one) for one in both)
    found = interval(made, mine, other) if mine and other else None
    if found is None:
        return replace(said, reason="no interval: too few requests to tell rounds apart")
    return replace(said, ci_low=found.low, ci_high=found.high, ci_level=LEVEL)


def with_serving(
    result: EvaluationResult,
    served: Served,
    serving: Serving,
    baseline: Served | None = None,
    *,
    named: Collection[str] = (),
) -> EvaluationResult:
    """The result with what serving costs, in place of numbers of these names that a file states.

    What the machine does not tell is left out, unless it is among those ``named`` by somebody.
    """
    found = tuple(
        value for value in serving_metrics(served, serving) if value.reason_code != UNKNOWN or value.metric in named
    )
    told = {value.metric for value in found}
    others = tuple(value for value in result.metrics if value.metric not in SERVING)
    compared = tuple(one for one in result.comparisons if one.metric not in SERVING)
    if baseline is not None:
        compared += tuple(one for one in serving_comparisons(served, baseline, serving) if one.metric in told)
    return replace(result, metrics=(*others, *found), comparisons=compared)
