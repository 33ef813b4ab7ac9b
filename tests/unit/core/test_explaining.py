"""What people are told of one gate: numbers, rule, and what would open it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sluice.core.explaining import explain, explain_gate, interval_text, lines
from sluice.core.gate_shapes import explained_shape
from sluice.domain.decision import Decision, GateResult
from sluice.domain.verdict import Verdict

RESULT = GateResult(
    gate="roc_auc.max_drop", stage="evaluation", verdict=Verdict.FAIL, severity="fail", observed=0.78, baseline=0.8,
    limit=0.01, reason_code="drop", message="roc_auc: worse by 0.02", line=12, difference=-0.02, ci_low=-0.03,
    ci_high=-0.012, ci_level=0.95, interval_of="difference", n=398,
)  # fmt: skip


def told(result: GateResult) -> dict[str, str]:
    """Label and text of every fact."""
    _head, *facts = lines(explain_gate(result, None))
    return {fact[4:15].strip(): fact[15:] for fact in facts}


def test_a_drop_is_told_with_the_interval_of_the_difference_and_what_would_open_it() -> None:
    explained = explain_gate(RESULT, None)
    assert lines(explained)[0] == "fail         roc_auc.max_drop"
    facts = told(RESULT)
    assert (facts["measured"], facts["baseline"], facts["limit"]) == ("0.78", "0.8", "0.01")
    assert facts["difference"] == "-0.02" and facts["rows"] == "398"
    assert facts["interval"] == "-0.03 to -0.012 (95 %, of the difference)"
    assert facts["stands in"] == "sluice.yaml:12"
    assert facts["to open it"].startswith("Mend the model")
    assert "interval" in facts["rule"]


def test_a_slice_is_told_with_the_interval_of_its_value() -> None:
    sliced = replace(
        RESULT, gate="roc_auc.min.region", observed=0.7, baseline=None, difference=None, limit=0.75, slice="region=n",
        reason_code="below-min", ci_low=0.6, ci_high=0.8, interval_of="observed", n=80,
    )  # fmt: skip
    facts = told(sliced)
    assert facts["slice"] == "region=n" and facts["rows"] == "80"
    assert facts["interval"] == "0.6 to 0.8 (95 %, of the measured value)"
    assert "baseline" not in facts and "difference" not in facts


def test_the_rule_and_the_remedy_of_the_judge_are_told() -> None:
    facts = told(replace(RESULT, rule="This rule.", remedy="Do this."))
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
    told_lines = lines(explain_gate(forged, None))
    assert len([line for line in told_lines if line.startswith("    to open it")]) == 1
    assert all(line.isprintable() for line in told_lines)


def test_a_value_is_told_apart_from_its_limit() -> None:
    near = replace(RESULT, gate="roc_auc.min", observed=0.7999999999, baseline=None, limit=0.8)
    assert told(near)["measured"] == "0.7999999999"


def test_an_interval_without_ends_is_none() -> None:
    bare = replace(RESULT, ci_low=None)
    assert interval_text(bare) == "" and "interval" not in told(bare)


def test_a_share_of_the_baseline_is_told_as_it_is_written() -> None:
    assert told(replace(RESULT, limit="2 %"))["limit"] == "2 %"


@pytest.mark.parametrize("code", ["drop", "rise", "no-improvement", "slice-worse", "gap", "below-min", "above-max"])
def test_a_limit_that_is_not_kept_names_the_line_where_it_stands(code: str) -> None:
    assert "`sluice.yaml:12`" in told(replace(RESULT, reason_code=code))["to open it"]


def test_the_json_has_the_explanation_beside_what_was_there() -> None:
    training = replace(RESULT, gate="training", stage="training", observed="failure", ci_low=None)
    decision = Decision(
        verdict=Verdict.FAIL, results=(RESULT, training),
        head_sha="a" * 40, base_sha="b" * 40, policy_sha256="", evidence_sha256="",
    )  # fmt: skip
    shape = explained_shape(decision, explain(decision, None))
    assert shape["verdict"] == "fail" and shape["open"] is False
    first, second = (result["explanation"] for result in shape["results"])
    assert first["interval"] == {"low": -0.03, "high": -0.012, "level": 0.95, "of": "difference"}
    assert (first["measured"], first["baseline"], first["limit"], first["n"]) == (0.78, 0.8, 0.01, 398)
    assert first["text"].startswith("fail         roc_auc.max_drop\n")
    assert second["interval"] is None and second["measured"] == "failure"
