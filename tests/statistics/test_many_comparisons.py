"""Where one gate makes many comparisons: how often it errs, by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from support.judging import drop, judged, judged_all, result, sliced, value

from sluice.core.limits.gaps import interval
from sluice.domain import stats
from sluice.domain.evaluation import EvaluationResult
from sluice.domain.gates import Gate
from sluice.domain.verdict import Verdict

SIMULATIONS = 1200
ERROR = 0.01
MARGIN = 0.05
METRICS = ("recall", "precision", "f1", "accuracy")


def observed(true: np.ndarray, rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """Differences around their true values, each with its interval."""
    of = true + ERROR * rng.normal(size=len(true))
    return [(float(at), float(at - 1.959964 * ERROR), float(at + 1.959964 * ERROR)) for at in of]


def compared(true: np.ndarray, rng: np.random.Generator) -> EvaluationResult:
    rows = tuple(drop(*ends, metric) for metric, ends in zip(METRICS, observed(true, rng), strict=False))
    return result(*(value(row.metric, row.candidate) for row in rows), comparisons=rows)


@pytest.mark.parametrize(
    ("family", "least", "most"),
    [
        # Four independent tests at 2.5 % each: one of them errs in 9.6 %.
        (None, 0.07, 0.125),
        ("main", 0.012, 0.039),
    ],
)
@pytest.mark.parametrize("wrong", [Verdict.PASS, Verdict.FAIL])
def test_one_gate_of_a_family_errs_as_seldom_as_one_gate_alone(
    family: str | None, least: float, most: float, wrong: Verdict
) -> None:
    gates = [Gate(metric=metric, max_drop=MARGIN, family=family) for metric in METRICS]
    rng = np.random.default_rng(5)
    true = np.full(len(METRICS), MARGIN)
    erred = sum(
        any(found.verdict is wrong for found in judged_all(gates, compared(true, rng))) for _ in range(SIMULATIONS)
    )
    assert least <= erred / SIMULATIONS <= most


def test_the_others_of_a_family_are_judged_more_easily_once_some_are_decided() -> None:
    """Holm's method finds more than judging each at the level of one among all (Bonferroni) does."""
    gates = [Gate(metric=metric, max_drop=MARGIN, family="main") for metric in METRICS]
    rng = np.random.default_rng(6)
    passed = sum(
        found.verdict is Verdict.PASS
        for _ in range(SIMULATIONS)
        for found in judged_all(gates, compared(np.full(len(METRICS), MARGIN - 2.5 * ERROR), rng))
    )
    # Of one among four at 0.025 / 4: 50.1 %.
    assert passed / SIMULATIONS / len(METRICS) > 0.54


def test_a_slice_at_the_margin_is_seldom_taken_for_harmed() -> None:
    rng = np.random.default_rng(7)
    gate = Gate(metric="recall", no_slice_worse=MARGIN, per_slice="region")
    for_harm = sum(
        judged(gate, sliced(*observed(np.full(8, MARGIN), rng))).verdict is Verdict.FAIL for _ in range(SIMULATIONS)
    )
    assert 0.012 <= for_harm / SIMULATIONS <= 0.039


@pytest.mark.parametrize("rates", [(0.5, 0.5, 0.5, 0.5, 0.5), (0.3, 0.5, 0.7), (0.9, 0.8)], ids=str)
def test_the_interval_of_a_gap_holds_the_gap(rates: tuple[float, ...]) -> None:
    rng = np.random.default_rng(8)
    n, held = 200, 0
    for _ in range(SIMULATIONS):
        values = []
        for index, share in enumerate(rng.binomial(n, rates) / n):
            ends = stats.wilson(float(share), n)
            values.append(value("recall", float(share), f"region={index}", ci_low=ends.low, ci_high=ends.high))
        low, high = interval(values) or (1.0, 0.0)
        held += low <= max(rates) - min(rates) <= high
    assert held / SIMULATIONS >= 0.95
