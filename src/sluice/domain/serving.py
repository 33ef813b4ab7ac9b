"""What serving a model costs: the load that a harness puts on it, and what the harness saw."""

from __future__ import annotations

from dataclasses import dataclass

LATENCIES = {"latency_p50_ms": 0.5, "latency_p95_ms": 0.95, "latency_p99_ms": 0.99}
"""The share of requests that are answered within each metric's value."""

THROUGHPUT = "throughput_rows_per_s"
PEAK_MEMORY = "serving_peak_memory_bytes"
SERVING_NAMES = (*LATENCIES, THROUGHPUT, PEAK_MEMORY)


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
    reason: str = ""
