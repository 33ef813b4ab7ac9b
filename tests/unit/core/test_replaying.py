"""Which evidence is judged again under a proposed policy, and what is said of the difference."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sluice.core.replaying import MAX_UNJUDGED, changes, chosen, summary, table
from sluice.domain.decision import Decision, GateResult
from sluice.domain.replay import Glance, Replayed
from sluice.domain.verdict import Verdict

OURS = "acme/churn"


def glance(number: int | None, day: int, *, head: str = "a", repository: str = OURS, problem: str = "") -> Glance:
    return Glance(
        evidence=f"runs/{number}-{day}", repository=repository, pr_number=number, head_sha=head * 40,
        started_at=f"2026-05-{day:02}T10:00:00+00:00", problem=problem,
    )  # fmt: skip


def result(gate: str, verdict: Verdict) -> GateResult:
    return GateResult(
        gate=gate, stage="evaluation", verdict=verdict, severity="fail", observed=1.0, baseline=None, limit=1.0,
        reason_code="x", message=f"{gate} came to {verdict}",
    )  # fmt: skip


def decision(*results: GateResult, enforced: bool = True) -> Decision:
    worst = max((one.verdict for one in results), key=lambda verdict: verdict.rank)
    return Decision(
        verdict=worst, results=results, head_sha="a" * 40, base_sha="b" * 40, policy_sha256="p",
        evidence_sha256="e", enforced=enforced,
    )  # fmt: skip


def test_the_newest_evidence_of_each_of_the_last_pull_requests_is_chosen() -> None:
    found = [glance(1, 1), glance(2, 5), glance(1, 9), glance(3, 3), glance(2, 2)]
    picked = chosen(found, 2, OURS)
    assert [(one.pr_number, one.started_at[8:10]) for one in picked.judged] == [(1, "09"), (2, "05")]
    assert picked.older == 2 and picked.unjudged == ()


def test_runs_by_hand_count_by_their_head() -> None:
    by_hand = [glance(None, 1, head="a", repository="local"), glance(None, 2, head="c", repository="local")]
    picked = chosen([*by_hand, replace(by_hand[0], evidence="again")], 5, OURS)
    assert len(picked.judged) == 2 and picked.older == 1


def test_what_is_not_judged_is_named_and_takes_no_ones_place() -> None:
    found = [glance(1, 1), glance(7, 8, repository="acme/other"), glance(8, 9, problem="is cut short")]
    picked = chosen(found, 1, "Acme/Churn")
    assert [one.pr_number for one in picked.judged] == [1]
    assert [one.problem for one in picked.unjudged] == [
        "is cut short", "it is evidence of another repository, `acme/other`",
    ]  # fmt: skip


def test_where_this_repository_has_no_name_none_is_another() -> None:
    assert len(chosen([glance(1, 1), glance(2, 2, repository="acme/other")], 5, "").judged) == 2


def test_changes_name_gates_that_come_out_otherwise_are_new_or_are_gone() -> None:
    before = decision(result("a.min", Verdict.PASS), result("b.min", Verdict.FAIL), result("c.min", Verdict.PASS))
    after = decision(result("a.min", Verdict.FAIL), result("c.min", Verdict.PASS), result("d.min", Verdict.WARN))
    assert [(one.gate, one.before, one.after) for one in changes(before, after)] == [
        ("a.min", Verdict.PASS, Verdict.FAIL),
        ("d.min", None, Verdict.WARN),
        ("b.min", Verdict.FAIL, None),
    ]


def test_of_several_problems_of_one_stage_the_worst_counts() -> None:
    twice = decision(result("training", Verdict.ERROR), result("training", Verdict.INCONCLUSIVE))
    (change,) = changes(decision(result("training", Verdict.PASS)), twice)
    assert change.after is Verdict.ERROR


def rows() -> tuple[Replayed, ...]:
    good, bad = decision(result("a.min", Verdict.PASS)), decision(result("a.min", Verdict.FAIL))
    return (
        Replayed(seen=glance(1, 1), before=good, after=bad, changes=changes(good, bad)),
        Replayed(seen=glance(2, 2), before=bad, after=good, changes=changes(bad, good)),
        Replayed(seen=glance(3, 3), before=good, after=good),
        Replayed(seen=glance(4, 4), before=None, after=good, note="then: there is no commit"),
        Replayed(seen=glance(None, 5, problem="is cut short"), note="is cut short"),
    )


def test_the_table_has_a_line_for_each_and_says_why_one_is_not_judged() -> None:
    head, *lines = table(rows())
    assert head.split()[:3] == ["pull", "request", "head"] and len(lines) == 5
    assert "a.min: pass → fail" in lines[0] and lines[0].split()[:4] == ["#1", "a" * 12, "pass", "fail"]
    assert lines[2].endswith("nothing")
    assert "not judged" in lines[3] and "there is no commit [runs/4-4]" in lines[3]
    assert "is cut short [runs/None-5]" in lines[4]


def test_what_is_not_enforced_is_marked() -> None:
    loose = decision(result("a.min", Verdict.FAIL), enforced=False)
    row = Replayed(seen=glance(1, 1), before=loose, after=loose)
    assert "fail (not enforced)" in table((row,))[1] and not row.closes and not row.opens


def test_the_summary_counts_what_would_close_and_open_and_what_is_not_known() -> None:
    assert summary(rows()) == (
        "of 3 pull requests judged, the proposed policy would have closed 1 that was open and opened 1 that was "
        "closed; 2 could not be judged under both policies"
    )


@pytest.mark.parametrize("n", [1, MAX_UNJUDGED + 30])
def test_of_many_that_cannot_be_judged_the_rest_is_counted(n: int) -> None:
    many = tuple(Replayed(seen=glance(index, 1, problem="bad"), note="bad") for index in range(n))
    lines = table(many)
    assert len(lines) == 1 + min(n, MAX_UNJUDGED + 1)
    assert ("30 more" in lines[-1]) is (n > MAX_UNJUDGED)
