"""`max_drop`, `max_rise` and `must_improve`: margins as numbers and as shares, and the rows that would decide."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.judging import FILED, compared, drop, judged, no_worse, result, sliced, value

from sluice.domain.evaluation import Comparison
from sluice.domain.gates import Gate
from sluice.domain.verdict import Verdict

PASS, WARN, INCONCLUSIVE, ERROR, FAIL = Verdict


@pytest.mark.parametrize(("metric", "key"), [("recall", "drop"), ("log_loss", "rise")])
@pytest.mark.parametrize(
    ("margin", "low", "high", "verdict"),
    [
        ("2.5 %", 0.0, 0.02, PASS),
        ("2.5%", 0.0, 0.02, PASS),
        ("2.4 %", 0.0, 0.02, INCONCLUSIVE),
        ("0 %", -0.02, 0.0, PASS),
        ("2.5 %", 0.021, 0.03, FAIL),
    ],
)
def test_a_share_is_one_of_the_baselines_value(
    metric: str, key: str, margin: str, low: float, high: float, verdict: Verdict
) -> None:
    found = judged(no_worse(metric, margin), compared((low + high) / 2, low, high, metric))
    assert found.verdict is verdict
    assert found.limit == margin
    assert found.gate == f"{metric}.max_{key}"
    assert found.reason_code == {PASS: "pass", INCONCLUSIVE: "not-enough-evidence", FAIL: key}[verdict]
    # The baseline is 0.8: the message has the margin in the metric's unit too.
    assert f"at most {margin} ({0.8 * float(margin.rstrip(' %')) / 100:.4g}) worse" in found.message


def test_a_share_of_a_negative_baseline_goes_by_its_size() -> None:
    changed: dict[str, Any] = {"candidate": -0.41, "baseline": -0.4, "difference": -0.01}
    row = drop(0.01, 0.005, 0.015, "r2", **changed)
    evidence = result(value("r2", -0.41, ci_low=-0.45, ci_high=-0.37), comparisons=(row,))
    assert judged(Gate(metric="r2", max_drop="5 %"), evidence).verdict is PASS
    assert judged(Gate(metric="r2", max_drop="3 %"), evidence).verdict is INCONCLUSIVE
    assert judged(Gate(metric="r2", max_drop="1 %"), evidence).verdict is FAIL


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"candidate": 0.0, "baseline": 0.0, "difference": 0.0}, "the baseline's value is 0"),
        ({"candidate": 0.05, "baseline": 0.05, "difference": 0.0}, "may be 0 or of the other sign"),
        ({"candidate": -0.05, "baseline": -0.05, "difference": 0.0}, "may be 0 or of the other sign"),
    ],
)
def test_no_share_can_be_told_of_a_baseline_that_may_be_nothing(changed: dict[str, Any], said: str) -> None:
    row = drop(0.0, -0.001, 0.001, "r2", **changed)
    at = changed["candidate"]
    evidence = result(value("r2", at, ci_low=at - 0.1, ci_high=at + 0.1), comparisons=(row,))
    found = judged(Gate(metric="r2", max_drop="50 %"), evidence)
    assert (found.verdict, found.reason_code) == (INCONCLUSIVE, "not-enough-evidence")
    assert said in found.message
    assert judged(Gate(metric="r2", max_drop=0.01), evidence).verdict is PASS


@pytest.mark.parametrize("changed", [{"ci_low": None, "ci_high": None}, {"ci_level": None}, {"ci_level": 0.5}])
def test_no_share_can_be_told_where_the_width_is_not_known(changed: dict[str, Any]) -> None:
    evidence = result(value(**changed), comparisons=(drop(0.0, -0.001, 0.001),))
    found = judged(Gate(metric="recall", max_drop="2 %"), evidence)
    assert (found.verdict, found.reason_code) == (INCONCLUSIVE, "not-enough-evidence")
    assert "the interval of the baseline's value is not known" in found.message


@pytest.mark.parametrize(("worse", "verdict"), [(0.016, PASS), (0.0161, FAIL)])
def test_shares_of_plain_numbers(worse: float, verdict: Verdict) -> None:
    filed = value(number=0.8 - worse, source="file", n=None)
    row = Comparison(metric="recall", candidate=0.8 - worse, baseline=0.8, difference=-worse, method="point")
    assert judged(Gate(metric="recall", max_drop="2 %"), result(filed, comparisons=(row,)), FILED).verdict is verdict


@pytest.mark.parametrize("metric", ["recall", "log_loss"])
@pytest.mark.parametrize(
    ("least", "of", "low", "high", "verdict"),
    [
        (True, -0.02, -0.03, -0.01, PASS),
        (True, -0.02, -0.04, 0.0, INCONCLUSIVE),
        (True, 0.0, 0.0, 0.0, FAIL),
        (True, 0.01, 0.0, 0.02, FAIL),
        (True, 0.02, 0.01, 0.03, FAIL),
        (0.0, -0.02, -0.03, -0.01, PASS),
        (0.0, 0.0, 0.0, 0.0, FAIL),
        (0.01, -0.02, -0.03, -0.01, PASS),
        (0.01, -0.02, -0.03, -0.009, INCONCLUSIVE),
        (0.03, -0.02, -0.03, -0.01, INCONCLUSIVE),
        (0.031, -0.02, -0.03, -0.01, FAIL),
        ("1 %", -0.02, -0.03, -0.008, PASS),
        ("1.1 %", -0.02, -0.03, -0.008, INCONCLUSIVE),
    ],
)
def test_the_whole_interval_of_the_improvement_must_be_beyond_the_least(
    metric: str, least: bool | float | str, of: float, low: float, high: float, verdict: Verdict
) -> None:
    found = judged(Gate(metric=metric, must_improve=least), compared(of, low, high, metric))
    assert found.verdict is verdict
    assert found.gate == f"{metric}.must_improve"
    if verdict is FAIL:
        assert found.reason_code == "no-improvement"


def test_what_an_improvement_is_held_against_is_said() -> None:
    found = judged(Gate(metric="recall", must_improve=True), compared(0.0, 0.0, 0.0))
    assert found.message == "recall: as good as the baseline (95 % interval 0 to 0), must be better"
    assert (found.limit, found.rule[:18]) == (0.0, "The whole interval")
    found = judged(Gate(metric="recall", must_improve="5 %"), compared(-0.02, -0.04, 0.0))
    assert found.message == (
        "recall: better by 0.02 (95 % interval 0.04 better to 0), must be better by at least 5 % (0.04)"
    )


@pytest.mark.parametrize(("better", "verdict"), [(0.01, PASS), (0.0, FAIL), (-0.01, FAIL)])
def test_plain_numbers_must_be_better_too(better: float, verdict: Verdict) -> None:
    filed = value(number=0.8 + better, source="file", n=None)
    row = Comparison(metric="recall", candidate=0.8 + better, baseline=0.8, difference=better, method="point")
    assert judged(Gate(metric="recall", must_improve=True), result(filed, comparisons=(row,)), FILED).verdict is verdict


def test_a_result_has_the_numbers_of_its_comparison() -> None:
    found = judged(no_worse("log_loss", 0.02), compared(0.01, 0.0, 0.02, "log_loss"))
    assert (found.baseline, found.difference, found.n) == (0.8, pytest.approx(0.01), 500)
    assert (found.ci_low, found.ci_high, found.ci_level, found.interval_of) == (0.0, 0.02, 0.95, "difference")


def test_how_many_rows_would_decide_is_told_where_the_interval_straddles() -> None:
    found = judged(no_worse("recall", 0.02), compared(0.015, 0.005, 0.025))
    assert found.message.endswith("; were the difference to stay, about 2,010 rows would decide, there are 500")
    at_margin = judged(no_worse("recall", 0.02), compared(0.02, 0.01, 0.03))
    assert at_margin.verdict is INCONCLUSIVE
    assert "would decide" not in at_margin.message
    for ends in ((0.0, -0.01, 0.01), (0.05, 0.04, 0.06)):
        assert "would decide" not in judged(no_worse("recall", 0.02), compared(*ends)).message


def test_fewer_rows_than_asked_for_are_inconclusive() -> None:
    gate = Gate(metric="recall", max_drop=0.02, per_slice="region", min_rows=300)
    assert judged(gate, sliced((0.0, 0.0, 0.0), n=300)).verdict is PASS
    found = judged(gate, sliced((0.0, 0.0, 0.0), n=299))
    assert (found.verdict, found.reason_code) == (INCONCLUSIVE, "not-enough-evidence")
    assert found.message == "recall on region=0: only 299 rows, at least 300 are needed"
    filed = value(source="file", n=None)
    assert judged(Gate(metric="recall", min=0.5, min_rows=30), result(filed), FILED).verdict is INCONCLUSIVE


@pytest.mark.parametrize("gate", [Gate(metric="recall", must_improve=True), Gate(metric="recall", max_drop="9 %")])
@pytest.mark.parametrize(
    ("changed", "verdict", "code"),
    [
        ({"candidate": None, "difference": None}, INCONCLUSIVE, "not-enough-evidence"),
        ({"baseline": None, "difference": None}, INCONCLUSIVE, "no-baseline"),
        ({"difference": 0.5}, ERROR, "evidence"),
        ({"candidate": 1.5, "baseline": 1.5, "difference": 0.0}, ERROR, "range"),
        ({"ci_low": None}, INCONCLUSIVE, "not-enough-evidence"),
        ({"ci_level": 0.9}, ERROR, "evidence"),
        ({"ci_low": 0.3, "ci_high": 0.4}, ERROR, "evidence"),
        ({"ci_low": 0.4, "ci_high": 0.3}, ERROR, "evidence"),
        ({"n": 29}, INCONCLUSIVE, "not-enough-evidence"),
        ({"method": "point"}, INCONCLUSIVE, "missing-evidence"),
        ({"slice": "region=a"}, INCONCLUSIVE, "no-baseline"),
    ],
)
def test_hostile_evidence_never_passes(gate: Gate, changed: dict[str, Any], verdict: Verdict, code: str) -> None:
    row = drop(-0.1, -0.101, -0.099, **changed)
    found = judged(gate, result(value(number=0.9, ci_high=0.99), comparisons=(row,)))
    assert (found.verdict, found.reason_code) == (verdict, code)


@pytest.mark.parametrize("name", ["candidate", "baseline", "difference", "ci_low", "ci_high", "ci_level"])
@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_no_comparison_holds_a_number_that_is_none(name: str, number: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        replace(drop(0.0, -0.01, 0.01), **{name: number})
