"""What serving a model costs: the load that a harness puts on it, and what the harness saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sluice.domain.finite import finite

LATENCIES = {"latency_p50_ms": 0.5, "latency_p95_ms": 0.95, "latency_p99_ms": 0.99}
"""The share of requests that are answered within each metric's value."""

THROUGHPUT = "throughput_rows_per_s"
PEAK_MEMORY = "serving_peak_memory_bytes"
CPU_ENERGY = "cpu_energy_j_per_million_rows"
GPU_ENERGY = "gpu_energy_j_per_million_rows"
PRICE = "price_per_million_rows"
SERVING_NAMES = (*LATENCIES, THROUGHPUT, PEAK_MEMORY, CPU_ENERGY, GPU_ENERGY, PRICE)

ROUNDS = 5
"""The measured requests fall into so many parts, one after the other: intervals rest on how these differ."""


def round_ends(n: int) -> tuple[int, ...]:
    """After how many of ``n`` requests each round ends; the last ends with ``n``."""
    return tuple(part * n // ROUNDS for part in range(1, ROUNDS + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy:
    """The joules that were used in each round, or why they are not known."""

    joules: tuple[float, ...] = ()
    reason: str = ""

    def __post_init__(self) -> None:
        for used in self.joules:
            finite(used, "joules")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What the measured requests came to; with a ``reason`` nothing of it counts: a request failed.

    ``latencies_ms`` has every measured request, in their order, none left out. ``n_rows`` were in them. Memory is in
    bytes, or unknown for a ``memory_reason``.
    """

    latencies_ms: tuple[float, ...] = ()
    n_rows: int = 0
    peak_memory_bytes: int | None = None
    memory_reason: str = ""
    cpu: Energy = field(default_factory=Energy)
    gpu: Energy = field(default_factory=Energy)
    reason: str = ""


def joined(parts: Sequence[Served]) -> Served:
    """Several rounds as one, in their order; the first reason that one has is that of all."""
    if reason := next((part.reason for part in parts if part.reason), ""):
        return Served(reason=reason)
    peaks = [part.peak_memory_bytes for part in parts if part.peak_memory_bytes is not None]
    known = len(peaks) == len(parts)
    return Served(
        latencies_ms=tuple(took for part in parts for took in part.latencies_ms),
        n_rows=sum(part.n_rows for part in parts),
        peak_memory_bytes=max(peaks) if known and peaks else None,
        memory_reason=next((part.memory_reason for part in parts if part.memory_reason), ""),
        cpu=_together([part.cpu for part in parts]),
        gpu=_together([part.gpu for part in parts]),
    )


def _together(parts: Sequence[Energy]) -> Energy:
    if reason := next((part.reason for part in parts if part.reason), ""):
        return Energy(reason=reason)
    return Energy(joules=tuple(used for part in parts for used in part.joules))
