"""`any_of` and `all_of`: the best and the worst of several demands."""

from __future__ import annotations

import itertools

import pytest
from support.judging import judged, result, value

from sluice.domain.gates import Demand, Gate
from sluice.domain.verdict import Verdict

PASS, WARN, INCONCLUSIVE, ERROR, FAIL = Verdict
EVIDENCE = result(value(), value("precision", number=None), value("f1", n=9))
DEMANDS = {
    PASS: Demand(metric="recall", min=0.5),
    INCONCLUSIVE: Demand(metric="f1", min=0.5),
    ERROR: Demand(metric="precision", min=0.5),
    FAIL: Demand(metric="recall", min=0.9),
}


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations_with_replacement(DEMANDS, 2)))
def test_the_best_counts_or_the_worst(first: Verdict, second: Verdict) -> None:
    members = (DEMANDS[first], DEMANDS[second])
    best, worst = sorted((first, second), key=lambda verdict: verdict.rank)
    for demands in (members, members[::-1]):
        assert judged(Gate(any_of=demands, name="x"), EVIDENCE).verdict is best
        assert judged(Gate(all_of=demands, name="x"), EVIDENCE).verdict is worst


@pytest.mark.parametrize("kind", ["any_of", "all_of"])
@pytest.mark.parametrize("verdict", list(DEMANDS))
def test_the_severity_is_the_choices_own_and_warns_of_failures_only(kind: str, verdict: Verdict) -> None:
    demands = (DEMANDS[verdict], DEMANDS[verdict])
    gate = Gate(any_of=demands if kind == "any_of" else (), all_of=demands if kind == "all_of" else (), name="x")
    warned = Gate(any_of=gate.any_of, all_of=gate.all_of, name="x", severity="warn")
    assert judged(gate, EVIDENCE).verdict is verdict
    assert judged(warned, EVIDENCE).verdict is (WARN if verdict is FAIL else verdict)


def test_a_failure_that_only_warns_hides_no_demand_that_was_not_measured() -> None:
    for other in (INCONCLUSIVE, ERROR):
        demands = (DEMANDS[FAIL], DEMANDS[other])
        assert judged(Gate(all_of=demands, name="x", severity="warn"), EVIDENCE).verdict is other
        # A member of two limits, one of which fails: the other is what a warning may not pass over.
        both = Demand(metric="recall", min=0.9, max_drop=0.1)
        assert judged(Gate(all_of=(both, both), name="x", severity="warn"), EVIDENCE).verdict is INCONCLUSIVE
        assert judged(Gate(any_of=demands, name="x", severity="warn"), EVIDENCE).verdict is other


def test_a_choice_is_told_by_what_decided_it() -> None:
    held = judged(Gate(any_of=(DEMANDS[FAIL], DEMANDS[PASS]), name="enough"), EVIDENCE)
    assert (held.gate, held.line, held.observed, held.limit) == ("any_of.enough", 7, 0.8, 0.5)
    assert held.message == (
        "one is enough, and this holds: `recall.min`: 0.8 (95 % interval 0.7 to 0.9), must be at least 0.5"
    )
    none = judged(Gate(any_of=(DEMANDS[FAIL], DEMANDS[INCONCLUSIVE]), name="enough"), EVIDENCE)
    assert (none.verdict, none.reason_code) == (INCONCLUSIVE, "not-enough-evidence")
    assert none.message == (
        "none of 2 holds: `recall.min`: 0.8 (95 % interval 0.7 to 0.9), must be at least 0.9; "
        "`f1.min`: only 9 rows, at least 30 are needed"
    )
    broken = judged(Gate(all_of=(DEMANDS[FAIL], DEMANDS[PASS]), name="both"), EVIDENCE)
    assert (broken.gate, broken.limit, broken.reason_code) == ("all_of.both", 0.9, "below-min")
    assert broken.message.startswith("1 of 2 do not hold: `recall.min`: 0.8 ")


def test_a_demand_of_two_limits_holds_where_both_do() -> None:
    between = Demand(metric="recall", min=0.7, max=0.75)
    assert judged(Gate(any_of=(between, DEMANDS[FAIL]), name="x"), EVIDENCE).verdict is FAIL
    assert judged(Gate(any_of=(between, DEMANDS[PASS]), name="x"), EVIDENCE).verdict is PASS


def test_the_first_three_are_told_and_the_others_counted() -> None:
    found = judged(Gate(all_of=(DEMANDS[FAIL],) * 5, name="x"), EVIDENCE)
    assert found.message.count("`recall.min`") == 3
    assert found.message.endswith("; and 2 more")


def test_the_metric_and_the_slice_are_named_where_the_demands_name_lacks_them() -> None:
    evidence = result(value("recall", 0.6, "region=a"), value("recall", 0.9, "region=b"))
    demand = Demand(fairness="equal_opportunity", per_slice="region", max_gap=0.1)
    found = judged(Gate(all_of=(demand, Demand(metric="recall", min=0.7, per_slice="region")), name="x"), evidence)
    assert "`equal_opportunity.max_gap.region`: recall: the gap of 0.3" in found.message
    assert "`recall.min.region`: on region=a: 0.6" in found.message


def test_without_evidence_no_choice_is_made() -> None:
    found = judged(Gate(any_of=(DEMANDS[PASS], DEMANDS[FAIL]), name="x"), None)
    assert (found.verdict, found.reason_code) == (INCONCLUSIVE, "missing-evidence")
