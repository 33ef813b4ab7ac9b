"""`max_gap` with its interval, and fairness by the rates of every slice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.judging import MEASURED, judged, result, value

from sluice.core.evaluation import evaluate
from sluice.core.limits.gaps import interval
from sluice.domain.evaluation import EvaluationResult, MetricValue
from sluice.domain.gates import Fairness, Gate
from sluice.domain.predictions import Predictions, Slicing, checked
from sluice.domain.verdict import Verdict

PASS, WARN, INCONCLUSIVE, ERROR, FAIL = Verdict
GATE = Gate(metric="recall", max_gap=0.1, per_slice="region")


def slices(*values: tuple[float, float, float], metric: str = "recall", n: int = 500) -> tuple[MetricValue, ...]:
    return tuple(
        value(metric, at, f"region={index}", ci_low=low, ci_high=high, n=n)
        for index, (at, low, high) in enumerate(values)
    )


def test_a_gap_is_told_with_its_interval() -> None:
    found = judged(GATE, result(*slices((0.8, 0.75, 0.85), (0.7, 0.65, 0.75))))
    assert found.verdict is PASS
    assert found.message == (
        "recall: the gap of 0.1 (95 % interval 0 to 0.2144) between 0.7 (region=1) and 0.8 (region=0) "
        "must be at most 0.1"
    )
    assert (found.ci_low, found.interval_of, found.n) == (0.0, "observed", 500)


def test_the_interval_of_a_gap_holds_what_any_two_slices_may_differ_by() -> None:
    one_sure = interval(slices((0.9, 0.9, 0.9), (0.5, 0.5, 0.5), (0.7, 0.7, 0.7)))
    assert one_sure == pytest.approx((0.4, 0.4))
    least, most = interval(slices((0.9, 0.88, 0.92), (0.5, 0.48, 0.52))) or (0, 0)
    assert (least, most) == pytest.approx((0.4 - 0.04 * 1.1436, 0.4 + 0.04 * 1.1436), abs=1e-4)


@pytest.mark.parametrize(
    "changed", [{"ci_low": None}, {"ci_low": 0.95}, {"ci_high": 0.1}, {"ci_level": 0.5}, {"value": None}]
)
def test_without_an_interval_of_every_slice_there_is_none_of_the_gap(changed: dict[str, float | None]) -> None:
    first, second = slices((0.8, 0.75, 0.85), (0.7, 0.65, 0.75))
    broken = (first, replace(second, **changed))
    assert interval(broken) is None
    if "value" not in changed:
        found = judged(GATE, result(*broken))
        assert (found.verdict, found.ci_low, found.interval_of) == (PASS, None, "")


def test_a_group_of_fewer_rows_than_asked_for_is_inconclusive() -> None:
    values = slices((0.8, 0.75, 0.85), (0.7, 0.65, 0.75), n=99)
    assert judged(replace(GATE, min_rows=99), result(*values)).verdict is PASS
    found = judged(replace(GATE, min_rows=100), result(*values))
    assert (found.verdict, found.reason_code) == (INCONCLUSIVE, "not-enough-evidence")


def people(seed: int = 3, n: int = 3000) -> tuple[Predictions, np.ndarray, np.ndarray, np.ndarray]:
    """Predictions on three groups of people that are treated differently; with truth, prediction and group."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, n).astype(np.int32)
    y = (rng.random(n) < np.array([0.3, 0.4, 0.5])[group]).astype(float)
    p = (rng.random(n) < np.where(y == 1, np.array([0.9, 0.7, 0.8])[group], np.array([0.1, 0.2, 0.3])[group])) * 1.0
    slicing = Slicing(codes=group, values=("a", "b", "c"))
    made = Predictions(y=y, score=np.where(p == 1, 0.9, 0.1), slices={"region": slicing})
    return checked(made, "classification", where="p"), y, p, group


def published(fairness: Fairness, y: np.ndarray, p: np.ndarray, group: np.ndarray) -> float:
    """The differences as fairlearn 0.12 defines them: largest less smallest rate, for equalised odds the worse one."""
    names = {"a": group == 0, "b": group == 1, "c": group == 2}
    selected = [p[rows].mean() for rows in names.values()]
    true = [p[rows & (y == 1)].mean() for rows in names.values()]
    false = [p[rows & (y == 0)].mean() for rows in names.values()]
    gaps = [max(rates) - min(rates) for rates in (selected, true, false)]
    return float({"demographic_parity": gaps[0], "equal_opportunity": gaps[1]}.get(fairness, max(gaps[1:])))


def measured() -> tuple[EvaluationResult, np.ndarray, np.ndarray, np.ndarray]:
    rows, y, p, group = people()
    asked = replace(MEASURED, report=("selection_rate", "false_positive_rate"))
    return evaluate(rows, asked), y, p, group


@pytest.mark.parametrize("fairness", ["demographic_parity", "equal_opportunity", "equalized_odds"])
def test_fairness_is_what_is_published(fairness: Fairness) -> None:
    evidence, y, p, group = measured()
    gap = published(fairness, y, p, group)
    for bound, verdict in ((gap + 1e-9, PASS), (gap - 1e-9, FAIL)):
        found = judged(Gate(fairness=fairness, per_slice="region", max_gap=bound), evidence)
        assert (found.verdict, found.gate) == (verdict, f"{fairness}.max_gap.region")
        assert found.observed == pytest.approx(gap, rel=1e-12)
        assert found.ci_low is not None and found.ci_high is not None
        assert found.ci_low < gap < found.ci_high


def test_equalized_odds_tell_which_rate_differs() -> None:
    evidence, *_ = measured()
    found = judged(Gate(fairness="equalized_odds", per_slice="region", max_gap=0.01), evidence)
    assert found.message.startswith(("recall: the gap of ", "false_positive_rate: the gap of "))


@pytest.mark.parametrize("missing", ["recall", "false_positive_rate"])
def test_a_rate_that_is_not_measured_is_never_fair(missing: str) -> None:
    evidence, *_ = measured()
    kept = replace(evidence, metrics=tuple(one for one in evidence.metrics if one.metric != missing))
    found = judged(Gate(fairness="equalized_odds", per_slice="region", max_gap=1.0), kept)
    assert (found.verdict, found.reason_code) == (INCONCLUSIVE, "missing-evidence")
    assert found.message == f"{missing}: the evidence has no value for any value of `region`"
    filed = replace(
        evidence,
        metrics=tuple(replace(one, source="file") if one.metric == missing else one for one in evidence.metrics),
    )
    assert judged(Gate(fairness="equalized_odds", per_slice="region", max_gap=1.0), filed).verdict is INCONCLUSIVE


def test_no_evidence_at_all_is_not_fair() -> None:
    found = judged(Gate(fairness="demographic_parity", per_slice="region", max_gap=1.0), None)
    assert (found.verdict, found.message) == (INCONCLUSIVE, "demographic_parity: the evidence holds no evaluation")
