"""The gate of the model: judged by the policy's list, from evidence that nobody vouches for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sluice.core.contract_gates import Contracts
from sluice.core.gate import decide
from sluice.core.model_gate import model_gates, with_size
from sluice.domain.config import Config, Evaluation, Loaded
from sluice.domain.decision import Decision, GateResult
from sluice.domain.evaluation import EvaluationResult, MetricValue
from sluice.domain.evidence import Evidence, Problem, Subject
from sluice.domain.gates import Gate
from sluice.domain.model import UNSAFE, ModelArtifact
from sluice.domain.planning import Plan
from sluice.domain.verdict import Verdict

HEAD, BASE, POLICY = "a" * 40, "b" * 40, "c" * 64
GOOD = ModelArtifact(
    path="model.pkl", format="pickle", sha256="d" * 64, n_bytes=1_000, n_files=1, verdict=Verdict.PASS,
    globals_named=("sklearn.svm._classes:SVC", "shop.features:Encoder"),
)  # fmt: skip
RESULT = EvaluationResult(n=100, metrics=(MetricValue(metric="model_size_bytes", value=1.0, source="file"),))


def policy(*modules: str, model: str | None = "model.pkl", gates: tuple[Gate, ...] = ()) -> Loaded:
    evaluation = Evaluation(task="classification", metrics="m.json", model=model, model_modules=modules)
    config = Config(version=1, evaluation=evaluation, gates=gates)
    return Loaded(value=config, sha256=POLICY, lines={"evaluation.model": 9})


def judged(model: ModelArtifact | None, *modules: str) -> GateResult:
    (result,) = model_gates(policy(*modules), model)
    assert (result.gate, result.stage, result.line, result.severity) == ("model", "evaluation", 9, "fail")
    return result


def decided(evidence_of: Evidence, loaded: Loaded) -> Decision:
    plan = Plan(stages=("evaluation",), runs_on=(), head_sha=HEAD, base_sha=BASE, policy_sha256=POLICY)
    return decide(loaded, evidence_of, "e" * 64, subject=plan, contracts=Contracts(base={}))


def evidence(model: ModelArtifact | None, result: EvaluationResult | None = RESULT, *problems: Problem) -> Evidence:
    subject = Subject(repository="o/r", head_sha=HEAD, base_sha=BASE)
    return Evidence(
        sluice_version="0", subject=subject, stages=("evaluation",), model=model, evaluation=result, problems=problems
    )


def test_a_model_that_names_only_what_may_be_named_passes() -> None:
    result = judged(GOOD, "shop.features")
    assert (result.verdict, result.observed) == (Verdict.PASS, "pickle")
    assert "d" * 64 in result.message
    assert "1,000 bytes" in result.message


def test_the_list_is_the_policys_whatever_the_run_allowed() -> None:
    result = judged(GOOD)
    assert (result.verdict, result.reason_code) == (Verdict.ERROR, UNSAFE)
    assert "shop.features.Encoder" in result.message
    assert "model_modules" in result.remedy


@pytest.mark.parametrize("verdict", [Verdict.ERROR, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.WARN])
def test_a_model_that_the_run_did_not_pass_is_an_error(verdict: Verdict) -> None:
    result = judged(replace(GOOD, verdict=verdict, globals_named=(), message="it holds a trick"))
    assert (result.verdict, result.reason_code) == (Verdict.ERROR, UNSAFE)
    assert "it holds a trick" in result.message


def test_no_model_is_no_pass() -> None:
    result = judged(None)
    assert (result.verdict, result.reason_code) == (Verdict.INCONCLUSIVE, "missing-evidence")


def test_a_policy_without_a_model_has_no_such_gate() -> None:
    assert list(model_gates(policy(model=None), GOOD)) == []


def test_a_refused_model_is_told_once_and_closes_the_gate() -> None:
    bad = replace(GOOD, verdict=Verdict.ERROR, message="it names 'os.system'")
    problem = Problem(stage="evaluation", reason_code=UNSAFE, message="model.pkl: it names 'os.system'")
    decision = decided(evidence(bad, None, problem), policy("shop.features", gates=(Gate(metric="roc_auc", min=0.5),)))
    assert [(one.gate, one.verdict) for one in decision.results] == [("model", Verdict.ERROR)]
    assert not decision.open


def test_a_problem_of_the_model_stays_where_no_gate_tells_it() -> None:
    problem = Problem(stage="evaluation", reason_code=UNSAFE, message="model.pkl: it names 'os.system'")
    decision = decided(evidence(None, None, problem), policy("shop.features"))
    assert ("evaluation", UNSAFE) in {(one.gate, one.reason_code) for one in decision.results}
    assert not decision.open
    decision = decided(evidence(GOOD, RESULT, problem), policy("shop.features"))
    assert not decision.open


def test_evidence_of_a_stage_that_did_not_run_says_nothing_of_the_model() -> None:
    silent = replace(evidence(GOOD), stages=())
    assert not decided(silent, policy("shop.features")).open


def test_the_size_is_the_artifacts_own() -> None:
    """A metric file of the head may state any size; the one that is judged is that of the artifact."""
    limit = (Gate(metric="model_size_bytes", max=500.0),)
    decision = decided(evidence(GOOD), policy("shop.features", gates=limit))
    assert {one.gate: one.verdict for one in decision.results}["model_size_bytes.max"] is Verdict.FAIL
    limit = (Gate(metric="model_size_bytes", max=1_000.0),)
    decision = decided(evidence(GOOD), policy("shop.features", gates=limit))
    assert {one.gate: one.verdict for one in decision.results}["model_size_bytes.max"] is Verdict.PASS
    assert decision.open


def test_a_refused_model_has_no_size() -> None:
    assert with_size(RESULT, replace(GOOD, verdict=Verdict.ERROR)) == RESULT
    assert with_size(RESULT, None) == RESULT
    (size,) = with_size(RESULT, GOOD).metrics
    assert (size.value, size.unit, size.direction, size.source) == (1_000.0, "bytes", "lower", "artifact")
