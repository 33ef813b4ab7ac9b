"""What serving costs, as pure functions: the requests of a load, and metrics of what a harness saw.

The load is closed: one client sends the next request once the last one is answered. It says how long a request takes
that is alone, not how long requests wait for one another under a rate of arrivals (coordinated omission: Tene 2013).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, cast

from sluice.domain.errors import DataError
from sluice.domain.evaluation import EvaluationResult, MetricValue
from sluice.domain.metric import LEVEL
from sluice.domain.serving import LATENCIES, PEAK_MEMORY, SERVING_NAMES, THROUGHPUT, Served
from sluice.metrics.serving import SERVING

MAX_BODY_BYTES = 16 * 2**20
MAX_SENT_BYTES = 256 * 2**20

ROUNDING = 1e-9
"""A rank counts as whole where it is one but for rounding: 0.95 of 500 requests are 475."""


def quantile_ranks(n: int, share: float, level: float = LEVEL) -> tuple[int | None, int | None]:
    """Ranks (from 1) of the two of ``n`` ordered values between which the quantile lies with at least ``level``.

    Distribution free, from the binomial number of values below the quantile; an end is ``None`` where there are too few
    values for it. Source: David & Nagaraja 2003, Order Statistics, section 7.1.
    """
    tail = (1 - level) / 2
    below, lower, upper = 0.0, None, None
    for count, chance in enumerate(_binomial(n, share)):
        # `below` is the chance that fewer than `count` values lie below the quantile.
        if count and below <= tail:
            lower = count
        if count and upper is None and 1 - below <= tail:
            upper = count
        below += chance
    return lower, upper


def _binomial(n: int, share: float) -> Iterator[float]:
    log_share, log_rest = math.log(share), math.log1p(-share)
    log_all = math.lgamma(n + 1)
    for count in range(n + 1):
        ways = log_all - math.lgamma(count + 1) - math.lgamma(n - count + 1)
        yield math.exp(ways + count * log_share + (n - count) * log_rest)


def least_requests(share: float, level: float = LEVEL) -> int:
    """How many values an upper end needs: that all are below the quantile must be less likely than its tail."""
    return math.ceil(math.log((1 - level) / 2) / math.log(share))


def bodies(rows: Sequence[dict[str, Any]], batch_rows: int, *, where: str) -> tuple[bytes, ...]:
    """The different requests: each a JSON list of ``batch_rows`` rows, in turn, beginning anew after the last.

    ``rows`` are ``plain_row``'s. There are as many as rows, or as fit into ``MAX_SENT_BYTES``. Raises ``DataError``
    without rows, and for a request of more than ``MAX_BODY_BYTES``.
    """
    if not rows:
        raise DataError("holds no rows to send", reason_code="data-empty", where=where)
    texts = [json.dumps(row, allow_nan=False).encode() for row in rows]
    found: list[bytes] = []
    left = MAX_SENT_BYTES
    for index in range(len(texts) // math.gcd(len(texts), batch_rows)):
        first = index * batch_rows
        if sum(len(texts[(first + at) % len(texts)]) + 2 for at in range(batch_rows)) > MAX_BODY_BYTES:
            said = f"a request of {batch_rows:,} rows is over {MAX_BODY_BYTES // 2**20} MiB"
            raise DataError(said, where=where, remedy="make `evaluation.serving.batch_rows` smaller")
        body = b"[" + b", ".join(texts[(first + at) % len(texts)] for at in range(batch_rows)) + b"]"
        left -= len(body)
        if found and left < 0:
            break
        found.append(body)
    return tuple(found)


def plain_row(names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """A row as JSON has it: times become text; missing and other than finite numbers, null."""
    return {name: _plain(value) for name, value in zip(names, values, strict=True)}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in cast("Sequence[Any]", value)]
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def serving_metrics(served: Served) -> tuple[MetricValue, ...]:
    """Every metric of serving; none has a value where a request failed: what failed took no time that could count."""
    if served.reason or not served.latencies_ms:
        return tuple(_without(name, served.reason or "no request was measured") for name in SERVING_NAMES)
    n = len(served.latencies_ms)
    ordered = sorted(served.latencies_ms)
    total_s = sum(ordered) / 1000
    found = [_latency(name, share, ordered) for name, share in LATENCIES.items()]
    if total_s > 0:
        found.append(replace(_without(THROUGHPUT, ""), value=served.n_rows / total_s, n=n, reason_code=""))
    else:
        found.append(_without(THROUGHPUT, "the requests took no time that the clock can tell"))
    if served.peak_memory_bytes is None:
        found.append(_without(PEAK_MEMORY, served.memory_reason or "it was not measured"))
    else:
        peak = float(served.peak_memory_bytes)
        found.append(replace(_without(PEAK_MEMORY, ""), value=peak, n=n, reason_code=""))
    return tuple(found)


def _latency(name: str, share: float, ordered: list[float]) -> MetricValue:
    n = len(ordered)
    low, high = (None if rank is None else ordered[rank - 1] for rank in quantile_ranks(n, share))
    few = f"{n} requests leave its upper end open, at least {least_requests(share)} are needed" if high is None else ""
    return replace(
        _without(name, few),
        value=ordered[math.ceil(n * share - ROUNDING) - 1],
        ci_low=low,
        ci_high=high,
        ci_level=LEVEL,
        n=n,
        reason_code="not-enough-evidence" if few else "",
    )


def _without(name: str, reason: str) -> MetricValue:
    metric = SERVING[name]
    return MetricValue(
        metric=name,
        value=None,
        unit=metric.unit,
        direction=metric.direction,
        source="serving",
        reason=reason,
        reason_code="metric",
    )


def with_serving(result: EvaluationResult, served: Served) -> EvaluationResult:
    """The result with what serving costs, in place of numbers of these names that a file states."""
    others = tuple(value for value in result.metrics if value.metric not in SERVING)
    compared = tuple(found for found in result.comparisons if found.metric not in SERVING)
    return replace(result, metrics=(*others, *serving_metrics(served)), comparisons=compared)
