"""What serving costs: requests of a load, quantiles with their intervals, and never a value where a request failed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest
from scipy.special import bdtr

from sluice.core import serving
from sluice.domain.errors import DataError
from sluice.domain.evaluation import Comparison, EvaluationResult, MetricValue
from sluice.domain.serving import LATENCIES, PEAK_MEMORY, SERVING_NAMES, THROUGHPUT, Served


def values(served: Served) -> dict[str, MetricValue]:
    return {one.metric: one for one in serving.serving_metrics(served)}


# -- quantiles --------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 5, 30, 59, 72, 73, 367, 368, 500, 5_000])
@pytest.mark.parametrize("share", LATENCIES.values())
def test_the_ranks_are_the_narrowest_of_their_level(n: int, share: float) -> None:
    lower, upper = serving.quantile_ranks(n, share)
    tail = 0.025
    if lower is None:
        assert bdtr(0, n, share) > tail
    else:
        assert bdtr(lower - 1, n, share) <= tail < bdtr(lower, n, share)
    if upper is None:
        assert share**n > tail
    else:
        assert 1 - bdtr(upper - 1, n, share) <= tail
        assert upper == 1 or 1 - bdtr(upper - 2, n, share) > tail


@pytest.mark.parametrize("share", LATENCIES.values())
def test_the_least_number_of_requests_has_an_upper_end_and_one_less_has_not(share: float) -> None:
    least = serving.least_requests(share)
    assert serving.quantile_ranks(least, share)[1] == least
    assert serving.quantile_ranks(least - 1, share)[1] is None


def test_published_example_of_a_median() -> None:
    # Tables of the sign test's interval: for the median of 10 values at 95 %, the 2nd and the 9th.
    assert serving.quantile_ranks(10, 0.5) == (2, 9)


@pytest.mark.parametrize("share", LATENCIES.values())
def test_intervals_hold_the_quantile_as_often_as_they_say(share: float) -> None:
    rng = np.random.default_rng(7)
    n, rounds = 500, 2_000
    lower, upper = serving.quantile_ranks(n, share)
    assert lower is not None and upper is not None
    drawn = np.sort(rng.lognormal(size=(rounds, n)), axis=1)
    truth = np.quantile(rng.lognormal(size=2_000_000), share)
    held = np.mean((drawn[:, lower - 1] <= truth) & (truth <= drawn[:, upper - 1]))
    assert 0.94 <= held <= 0.99


# -- metrics ----------------------------------------------------------------------------------------


def test_values_are_those_of_the_ordered_requests() -> None:
    found = values(
        Served(latencies_ms=tuple(float(one) for one in range(500, 0, -1)), n_rows=1000, peak_memory_bytes=7)
    )
    assert [found[name].value for name in LATENCIES] == [250, 475, 495]
    assert all(one.source == "serving" and one.n == 500 and one.reason == "" for one in found.values())
    low, high = found["latency_p50_ms"].ci_low, found["latency_p50_ms"].ci_high
    assert low is not None and high is not None and low < 250 < high
    assert found[THROUGHPUT].value == pytest.approx(1000 / 125.25)
    assert found[PEAK_MEMORY].value == 7


def test_the_one_slow_request_counts() -> None:
    found = values(Served(latencies_ms=(*[1.0] * 399, 1000.0), n_rows=400))
    assert found["latency_p99_ms"].ci_high == 1000.0
    assert found["latency_p99_ms"].value == 1.0


def test_too_few_requests_leave_the_upper_end_open_and_say_so() -> None:
    p99 = values(Served(latencies_ms=tuple([1.0] * 100), n_rows=100))["latency_p99_ms"]
    assert p99.value == 1.0
    assert p99.ci_low == 1.0
    assert p99.ci_high is None
    assert p99.reason == "100 requests leave its upper end open, at least 368 are needed"


def test_a_failed_request_leaves_no_value_at_all() -> None:
    found = values(Served(latencies_ms=(1.0,) * 400, n_rows=400, peak_memory_bytes=5, reason="request 3 failed"))
    assert tuple(found) == SERVING_NAMES
    assert all(one.value is None and one.reason == "request 3 failed" for one in found.values())
    assert all(one.reason_code == "metric" for one in found.values())


def test_nothing_measured_has_no_value() -> None:
    assert all(one.value is None and one.reason for one in serving.serving_metrics(Served()))


def test_memory_that_is_not_known_has_no_value() -> None:
    found = values(Served(latencies_ms=(1.0,) * 400, n_rows=400, memory_reason="not ours"))
    assert found[PEAK_MEMORY].value is None
    assert found[PEAK_MEMORY].reason == "not ours"


def test_what_a_file_says_of_serving_is_replaced() -> None:
    filed = MetricValue(metric="latency_p99_ms", value=0.001, source="file")
    other = MetricValue(metric="roc_auc", value=0.9)
    compared = Comparison(metric="latency_p99_ms", candidate=0.001, baseline=1, difference=-0.999)
    result = EvaluationResult(n=None, metrics=(filed, other), comparisons=(compared,))
    found = serving.with_serving(result, Served(reason="no"))
    assert [one.value for one in found.metrics if one.metric == "latency_p99_ms"] == [None]
    assert other in found.metrics
    assert found.comparisons == ()


# -- requests ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("batch_rows", "sent"),
    [
        (1, [[1], [2], [3]]),
        (2, [[1, 2], [3, 1], [2, 3]]),
        (3, [[1, 2, 3]]),
        (6, [[1, 2, 3, 1, 2, 3]]),
        (4, [[1, 2, 3, 1], [2, 3, 1, 2], [3, 1, 2, 3]]),
    ],
)
def test_rows_are_sent_in_turn(batch_rows: int, sent: list[list[int]]) -> None:
    found = serving.bodies([{"a": 1}, {"a": 2}, {"a": 3}], batch_rows, where="rows")
    assert [[row["a"] for row in json.loads(body)] for body in found] == sent
    assert not any(b"\n" in body for body in found)


def test_no_rows_are_refused() -> None:
    with pytest.raises(DataError, match="no rows"):
        serving.bodies([], 1, where="rows.csv")


def test_a_request_that_is_too_large_is_refused() -> None:
    with pytest.raises(DataError, match="over 16 MiB"):
        serving.bodies([{"a": "x" * 1_000_000}], 20, where="rows.csv")


def test_as_many_different_requests_are_kept_as_fit() -> None:
    rows = [{"a": index, "b": "x" * 1_000_000} for index in range(300)]
    found = serving.bodies(rows, 1, where="rows.csv")
    assert 200 < len(found) < 300
    assert sum(map(len, found)) <= serving.MAX_SENT_BYTES


def test_values_become_what_json_has() -> None:
    row = serving.plain_row(
        ("when", "share", "hole", "many", "deep", "blob", "yes"),
        (datetime(2024, 1, 2, 3, tzinfo=UTC), Decimal("0.5"), float("nan"), (1, float("inf")), {"x": 1}, b"a", True),
    )
    assert row == {
        "when": "2024-01-02T03:00:00+00:00",
        "share": 0.5,
        "hole": None,
        "many": [1, None],
        "deep": {"x": 1},
        "blob": "b'a'",
        "yes": True,
    }
