"""Whose code evaluated, and who says so: what evidence claims of itself opens nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sluice.core.contract_gates import Contracts
from sluice.core.gate import decide
from sluice.domain.config import Config, Evaluation, Loaded
from sluice.domain.decision import GateResult
from sluice.domain.evaluation import EvaluationResult, MetricValue
from sluice.domain.evidence import Evidence, Subject
from sluice.domain.gates import Gate
from sluice.domain.model import ModelArtifact
from sluice.domain.planning import Plan
from sluice.domain.verdict import Verdict

HEAD, BASE, POLICY, DIGEST = "a" * 40, "b" * 40, "c" * 64, "d" * 64
PLAN = Plan(stages=("evaluation",), runs_on=(), head_sha=HEAD, base_sha=BASE, policy_sha256=POLICY, vouched=DIGEST)
PROTECTED = Evaluation(task="classification", metrics="m.json", model="m.json", code="base", run="make evaluation")
OWN = Evaluation(task="classification", metrics="m.json", model="m.json")
RESULT = EvaluationResult(
    n=None, metrics=(MetricValue(metric="auc", value=0.9, source="file"),), code="base", code_sha=BASE
)
MODEL = ModelArtifact(path="m.json", format="json", sha256="e" * 64, n_bytes=1, n_files=1, verdict=Verdict.PASS)


def judged(asked: Evaluation, result: EvaluationResult | None, plan: Plan) -> tuple[Verdict, dict[str, GateResult]]:
    """The verdict, and the gates by their names."""
    policy = Loaded(
        value=Config(version=1, evaluation=asked, gates=(Gate(metric="auc", min=0.5),)),
        sha256=POLICY,
        lines={"evaluation.code": 7},
    )
    evidence = Evidence(
        sluice_version="0",
        subject=Subject(repository="o/r", head_sha=HEAD, base_sha=BASE),
        stages=("evaluation",),
        model=MODEL,
        evaluation=result,
    )
    decision = decide(policy, evidence, DIGEST, subject=plan, contracts=Contracts(base={}))
    return decision.verdict, {found.gate: found for found in decision.results}


def test_what_the_job_that_evaluated_vouches_for_counts() -> None:
    verdict, gates = judged(PROTECTED, RESULT, PLAN)
    assert verdict is Verdict.PASS
    assert gates["evaluation.code"].line == 7
    assert gates["evaluation.code"].message.endswith("in a job of its own")
    assert BASE[:12] in gates["evaluation.code"].message


def test_in_one_job_the_report_says_what_is_not_ruled_out() -> None:
    verdict, gates = judged(PROTECTED, RESULT, replace(PLAN, vouched=None))
    assert verdict is Verdict.PASS
    assert "no job of its own vouches for it" in gates["evaluation.code"].message


@pytest.mark.parametrize(
    ("result", "vouched", "code"),
    [
        (replace(RESULT, code="head"), DIGEST, "other-code"),
        (replace(RESULT, code="head"), None, "other-code"),
        (replace(RESULT, code_sha=HEAD), DIGEST, "other-code"),
        (replace(RESULT, code_sha=""), None, "other-code"),
        (RESULT, "", "other-job"),
        (RESULT, "f" * 64, "other-job"),
    ],
)
def test_what_nobody_vouches_for_closes_the_gate(result: EvaluationResult, vouched: str | None, code: str) -> None:
    verdict, gates = judged(PROTECTED, result, replace(PLAN, vouched=vouched))
    assert verdict is Verdict.ERROR
    assert gates["evaluation.code"].reason_code == code


def test_without_an_evaluation_nothing_opens() -> None:
    verdict, gates = judged(PROTECTED, None, PLAN)
    assert not verdict.opens
    assert "evaluation.code" not in gates


def test_the_heads_own_code_where_the_policy_asks_for_it() -> None:
    own = replace(RESULT, code="head", code_sha="")
    assert judged(OWN, own, PLAN)[0] is Verdict.PASS
    assert "evaluation.code" not in judged(OWN, own, PLAN)[1]
    assert judged(OWN, RESULT, PLAN)[1]["evaluation.code"].reason_code == "other-code"


def test_a_policy_that_is_not_the_bases_yet_protects_nothing() -> None:
    own = replace(RESULT, code="head", code_sha="")
    assert "evaluation.code" not in judged(PROTECTED, own, replace(PLAN, enforced=False))[1]
