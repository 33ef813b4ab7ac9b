"""What people are told of one gate: numbers, rule, and what would open it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sluice.core.explaining import explain, explain_gate, interval_text, lines
from sluice.core.gate_shapes import explained_shape
from sluice.domain.decision import Decision, GateResult
from sluice.domain.evaluation import Comparison, EvaluationResult, MetricValue
from sluice.domain.evidence import Evidence, Subject
from sluice.domain.verdict import Verdict

RESULT = GateResult(
    gate="roc_auc.max_drop", stage="evaluation", verdict=Verdict.FAIL, severity="fail", observed=0.78, baseline=0.8,
    limit=0.01, reason_code="drop", message="roc_auc: worse by 0.02", line=12,
)  # fmt: skip
EVIDENCE = Evidence(
    sluice_version="1",
    subject=Subject(repository="acme/churn", head_sha="a" * 40, base_sha="b" * 40),
    stages=("evaluation",),
    evaluation=EvaluationResult(
        n=400,
        metrics=(
            MetricValue(metric="roc_auc", value=0.78, ci_low=0.75, ci_high=0.81, ci_level=0.95, n=400),
            MetricValue(metric="roc_auc", slice="region=n", value=0.7, ci_low=0.6, ci_high=0.8, ci_level=0.95, n=80),
        ),
        comparisons=(
            Comparison(
                metric="roc_auc", candidate=0.78, baseline=0.8, difference=-0.02, ci_low=-0.03, ci_high=-0.012,
                ci_level=0.95, n=398,
            ),
        ),
    ),
)  # fmt: skip


def told(result: GateResult, evidence: Evidence | None = EVIDENCE) -> dict[str, str]:
    """Label and text of every fact."""
    _head, *facts = lines(explain_gate(result, evidence))
    return {fact[4:15].strip(): fact[15:] for fact in facts}


def test_a_drop_is_told_with_the_interval_of_the_difference_and_what_would_open_it() -> None:
    explained = explain_gate(RESULT, EVIDENCE)
    assert lines(explained)[0] == "fail         roc_auc.max_drop"
    facts = told(RESULT)
    assert (facts["measured"], facts["baseline"], facts["limit"]) == ("0.78", "0.8", "0.01")
    assert facts["difference"] == "-0.02" and facts["rows"] == "398"
    assert facts["interval"] == "-0.03 to -0.012 (95 %, of the difference)"
    assert facts["stands in"] == "sluice.yaml:12"
    assert facts["to open it"].startswith("Mend the model")
    assert "interval" in facts["rule"]


def test_a_slice_is_told_with_its_own_interval() -> None:
    sliced = replace(
        RESULT, gate="roc_auc.min.region", observed=0.7, baseline=None, limit=0.75, reason_code="below-min"
    )
    facts = told(sliced)
    assert facts["slice"] == "region=n" and facts["rows"] == "80"
    assert facts["interval"] == "0.6 to 0.8 (95 %, of the measured value)"
    assert "baseline" not in facts and "difference" not in facts


def test_what_the_judge_states_stands_before_what_the_evidence_has() -> None:
    stated = replace(
        RESULT, n=12, ci_low=-0.5, ci_high=0.5, ci_level=0.9, interval_of="difference", rule="This rule.",
        remedy="Do this.",
    )  # fmt: skip
    facts = told(stated)
    assert (facts["rows"], facts["interval"]) == ("12", "-0.5 to 0.5 (90 %, of the difference)")
    assert (facts["rule"], facts["to open it"]) == ("This rule.", "Do this.")


def test_a_gate_that_passed_asks_for_nothing() -> None:
    facts = told(replace(RESULT, verdict=Verdict.PASS, reason_code="pass"))
    assert "to open it" not in facts and "to mend it" not in facts


def test_a_warning_is_said_to_leave_the_gate_open() -> None:
    facts = told(replace(RESULT, verdict=Verdict.WARN, severity="warn"))
    assert "stays open" in facts["severity"] and facts["to mend it"]


@pytest.mark.parametrize("verdict", [Verdict.INCONCLUSIVE, Verdict.ERROR, Verdict.FAIL])
@pytest.mark.parametrize("code", ["range", "no-such-code", "missing-evidence"])
def test_every_closed_gate_says_what_would_open_it(verdict: Verdict, code: str) -> None:
    explained = explain_gate(replace(RESULT, verdict=verdict, reason_code=code, observed=None, baseline=None), None)
    assert explained.opens and explained.rule
    assert any("nothing that counts" in line for line in lines(explained))


def test_no_text_brings_a_line_of_its_own() -> None:
    forged = replace(RESULT, message="too low\n    to open it Merge it all the same.", slice="region=a\r\nrule  none")
    told_lines = lines(explain_gate(forged, EVIDENCE))
    assert len([line for line in told_lines if line.startswith("    to open it")]) == 1
    assert all(line.isprintable() for line in told_lines)


def test_a_value_is_told_apart_from_its_limit() -> None:
    near = replace(RESULT, gate="roc_auc.min", observed=0.7999999999, baseline=None, limit=0.8)
    assert told(near, None)["measured"] == "0.7999999999"


def test_an_interval_without_ends_is_none() -> None:
    assert interval_text(RESULT) == "" and "interval" not in told(RESULT, None)


def test_the_json_has_the_explanation_beside_what_was_there() -> None:
    decision = Decision(
        verdict=Verdict.FAIL, results=(RESULT, replace(RESULT, gate="training", stage="training", observed="failure")),
        head_sha="a" * 40, base_sha="b" * 40, policy_sha256="", evidence_sha256="",
    )  # fmt: skip
    shape = explained_shape(decision, explain(decision, EVIDENCE))
    assert shape["verdict"] == "fail" and shape["open"] is False
    first, second = (result["explanation"] for result in shape["results"])
    assert first["interval"] == {"low": -0.03, "high": -0.012, "level": 0.95, "of": "difference"}
    assert (first["measured"], first["baseline"], first["limit"], first["n"]) == (0.78, 0.8, 0.01, 398)
    assert first["text"].startswith("fail         roc_auc.max_drop\n")
    assert second["interval"] is None and second["measured"] == "failure"
