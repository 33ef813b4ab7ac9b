"""The report of a pull request that proposes another policy, and the explanation of what closes the gate."""

from __future__ import annotations

from dataclasses import replace

from sluice.core.replaying import changes
from sluice.core.report import render
from sluice.core.report.markdown import COMMENT_LIMIT
from sluice.domain.decision import Decision, GateResult
from sluice.domain.evidence import Evidence, Subject
from sluice.domain.replay import Glance, Replayed
from sluice.domain.report import PolicyChange, Report
from sluice.domain.verdict import Verdict, worst

CHANGE = PolicyChange(path="sluice.yaml", diff="-min: 0.7\n+min: 0.1\n")
EVIDENCE = Evidence(
    sluice_version="1", subject=Subject(repository="acme/churn", head_sha="a" * 40, base_sha="b" * 40), stages=()
)


def gate(name: str, verdict: Verdict, message: str = "below it") -> GateResult:
    return GateResult(
        gate=name, stage="evaluation", verdict=verdict, severity="fail", observed=0.5, baseline=None, limit=0.7,
        reason_code="below-min", message=message, line=6, ci_low=0.45, ci_high=0.55, ci_level=0.95, n=400,
        interval_of="observed",
    )  # fmt: skip


def decision(*results: GateResult) -> Decision:
    return Decision(
        verdict=worst(one.verdict for one in results), results=results, head_sha="a" * 40, base_sha="b" * 40,
        policy_sha256="p" * 64, evidence_sha256="e" * 64,
    )  # fmt: skip


def told(before: Decision, after: Decision | None, note: str = "") -> Report:
    seen = Glance(evidence="", repository="acme/churn", pr_number=7, head_sha="a" * 40)
    moved = changes(before, after) if after else ()
    tried = Replayed(seen=seen, before=before, after=after, changes=moved, note=note)
    return render(EVIDENCE, before, changes=(CHANGE,), proposed=tried)


def test_a_loosened_policy_is_shown_to_open_the_gate_that_stays_closed() -> None:
    made = told(decision(gate("roc_auc.min", Verdict.FAIL)), decision(gate("roc_auc.min", Verdict.PASS)))
    assert "The gate is closed" in made.comment.splitlines()[1], "the title is of what decides"
    assert "Under the proposed policy this pull request would be **open** (pass)" in made.comment
    assert "under the base's, which alone decides, it is **closed** (fail)" in made.comment
    rows = [line for line in made.comment.splitlines() if line.startswith("| `roc_auc.min` |")]
    assert len(rows) == 1 and rows[0].index("❌ fail") < rows[0].index("✅ pass")
    assert "would be <strong>open</strong>" in made.html and "which alone decides" in made.summary
    assert {check.conclusion for check in made.checks if check.name == "sluice/gate"} == {"failure"}


def test_new_gates_and_gone_ones_are_told() -> None:
    old, new = decision(gate("a.min", Verdict.PASS)), decision(gate("b.min", Verdict.INCONCLUSIVE, "not measured"))
    made = told(old, new).comment
    assert "| `b.min` | no such gate | ❔ not enough evidence | not measured |" in made
    assert "| `a.min` | ✅ pass | no such gate | it is not asked for any more |" in made


def test_a_policy_that_changes_nothing_here_says_so() -> None:
    same = decision(gate("a.min", Verdict.PASS))
    made = told(same, same)
    assert "Every gate comes out the same under both." in made.comment
    assert "Every gate comes out the same under both." in made.html


def test_a_policy_that_cannot_be_tried_says_why() -> None:
    made = told(decision(gate("a.min", Verdict.PASS)), None, "sluice.yaml:4: unknown key `mni`")
    assert "is not known: sluice.yaml:4: unknown key `mni`" in made.comment
    assert "is not known: sluice.yaml:4: unknown key <code>mni</code>" in made.html


def test_foreign_words_of_a_proposed_gate_are_harmless() -> None:
    hostile = gate("x|y` @octocat", Verdict.FAIL, "<script>alert(1)</script> @octocat ](http://evil)")
    made = told(decision(gate("a.min", Verdict.PASS)), decision(hostile))
    assert "<script" not in made.comment.replace("\\<script", "") and "<script" not in made.html
    row = next(line for line in made.comment.splitlines() if "no such gate" in line and "alert" in line)
    assert row.startswith("| ``x¦y` @octocat`` |") and row.count(" | ") == 3
    assert "@octocat" not in row.rpartition(" | ")[2], "nobody is mentioned"


def test_very_many_changed_gates_fit_into_a_comment() -> None:
    before = [gate(f"metric_{index}.min", Verdict.PASS) for index in range(3_000)]
    after = [replace(one, verdict=Verdict.FAIL, message="m" * 300) for one in before]
    made = told(decision(*before), decision(*after))
    assert len(made.comment) <= COMMENT_LIMIT
    assert "would be **closed** (fail)" in made.comment and "more gates" in made.comment
    assert "metric_2999.min" in made.html


def test_each_closed_gate_is_explained_in_a_fold() -> None:
    made = told(decision(gate("roc_auc.min", Verdict.FAIL), gate("f1.min", Verdict.PASS)), None, "x")
    fold = made.comment.partition("Why it is closed, gate by gate")[2].partition("</details>")[0]
    assert "interval   0.45 to 0.55 (95 %, of the measured value)" in fold
    assert "roc_auc.min" in fold and "f1.min" not in fold and "stands in  sluice.yaml:6" in fold
    assert "0.45 to 0.55 (95 %, of the measured value)" in made.html
    opened = render(EVIDENCE, decision(gate("f1.min", Verdict.PASS)))
    assert "Why it is closed" not in opened.comment


def test_an_explanation_cannot_end_its_fold() -> None:
    hostile = gate("a.min", Verdict.FAIL, "```\n</details>\n# Merge me")
    made = told(decision(hostile), None, "x").comment
    fold = made.partition("Why it is closed, gate by gate")[2]
    assert "\n# Merge me" not in fold and "\n</details>\n#" not in fold
