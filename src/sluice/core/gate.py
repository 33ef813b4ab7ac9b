"""The decision: evidence that nobody vouches for, judged by a policy and contracts that can be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from sluice.core.code_gate import code_gate
from sluice.core.contract_gates import CONTRACT_RULE, Contracts, contract_gates
from sluice.core.data_gates import Asked, drift_gate, stated
from sluice.core.limits import judge_all
from sluice.core.model_gate import GATE as MODEL_GATE
from sluice.core.model_gate import model_gates, with_size
from sluice.core.suite_gates import suite_gates
from sluice.core.training_gates import training_gates
from sluice.domain.config import Evaluation, Loaded
from sluice.domain.decision import Decision, GateResult
from sluice.domain.drift_limits import Drift
from sluice.domain.evaluation import EvaluationResult
from sluice.domain.evidence import Evidence
from sluice.domain.gates import gated
from sluice.domain.model import UNSAFE
from sluice.domain.planning import STAGES, Plan, Skip, Stage
from sluice.domain.training import TrainResult, TrainStatus
from sluice.domain.verdict import Verdict, worst

TRAINING_CODES: Mapping[TrainStatus, str] = {
    "success": "pass",
    "reused": "pass",
    "failure": "train-failed",
    "timeout": "train-timeout",
    "cancelled": "train-cancelled",
    "killed": "train-killed",
}
STAGE_RULES: Mapping[Stage, str] = {
    "data": CONTRACT_RULE,
    "training": "The training command must end by itself, within its time, with exit code 0.",
    "evaluation": "The model must have been measured; what was not measured is not known to hold.",
}
BOUND_RULE = "Only what was measured for this head, this base and this policy counts."


def decide(
    policy: Loaded, evidence: Evidence, evidence_sha256: str, *, subject: Plan, contracts: Contracts
) -> Decision:
    """What becomes of the merge gate. ``policy``, ``subject`` and ``contracts`` are trusted, ``evidence`` is not.

    Every planned stage must be answered for: what is missing is inconclusive, never a pass. Stages that were not
    planned are not judged. Evidence for another head closes the gate, whatever else it says. Where the plan
    does not enforce (the base has no policy) the verdict is made all the same.
    """
    if wrong := _other_subject(policy, evidence, subject):
        code, message = wrong
        return _closed(code, message, subject, evidence_sha256)
    results = tuple(_results(policy, evidence, subject, contracts))
    if "evaluation" in subject.stages:
        results += tuple(code_gate(policy, evidence, subject, evidence_sha256))
    return Decision(
        verdict=worst(result.verdict for result in results),
        results=results,
        head_sha=subject.head_sha,
        base_sha=subject.base_sha,
        policy_sha256=subject.policy_sha256,
        evidence_sha256=evidence_sha256,
        enforced=subject.enforced,
        skipped=tuple(stage for stage in STAGES if stage not in subject.stages),
        message=_said(subject),
    )


def _said(subject: Plan) -> str:
    if not subject.measured_head_sha:
        return ""
    return f"Nothing was run again: the same inputs were measured at {subject.measured_head_sha[:12]}."


def decide_skip(skip: Skip) -> Decision:
    """The decision for an event that asks for nothing to be run; one that stays closed says why."""
    stands = _stated(skip.reason_code, "evaluation", skip.verdict, skip.reason_code, skip.message)
    return Decision(
        verdict=skip.verdict,
        results=() if skip.verdict.opens else (stands,),
        head_sha=skip.head_sha,
        base_sha=skip.base_sha,
        policy_sha256=skip.policy_sha256,
        evidence_sha256="",
        enforced=skip.enforced,
        skipped=STAGES,
        message=skip.message,
    )


def decide_error(
    reason_code: str, message: str, *, head_sha: str, base_sha: str, policy_sha256: str = "", line: int = 0
) -> Decision:
    """The decision where there is nothing to judge by: refused evidence, or a policy that is not valid."""
    return Decision(
        verdict=Verdict.ERROR,
        results=(_stated(reason_code, "evaluation", Verdict.ERROR, reason_code, message, line),),
        head_sha=head_sha,
        base_sha=base_sha,
        policy_sha256=policy_sha256,
        evidence_sha256="",
    )


def _other_subject(policy: Loaded, evidence: Evidence, subject: Plan) -> tuple[str, str] | None:
    """Reason code and sentence where evidence or policy belong to something else than the plan's head."""
    if subject.measured_head_sha:
        if evidence.subject.head_sha != subject.measured_head_sha or evidence.fingerprint != subject.fingerprint:
            return "other-head", "the evidence is not that of the run that was to be used again; run it again"
    elif evidence.subject.head_sha != subject.head_sha:
        said = f"the evidence is for {evidence.subject.head_sha[:12]!r}, the head is {subject.head_sha[:12]}"
        return "other-head", f"{said}; run it again"
    if evidence.subject.base_sha != subject.base_sha:
        said = (
            f"measured against the base {evidence.subject.base_sha[:12]!r}, the base is {subject.base_sha[:12]!r} now"
        )
        return "stale-base", f"{said}; run it again"
    if policy.sha256 != subject.policy_sha256:
        return "config", "the policy is another one than the plan was made with; run it again"
    return None


def _results(policy: Loaded, evidence: Evidence, subject: Plan, contracts: Contracts) -> Iterator[GateResult]:
    for stage in STAGES:
        if stage not in subject.stages:
            continue
        problems = [problem for problem in evidence.problems if problem.stage == stage]
        results = list(_of_stage(stage, policy, evidence, contracts))
        # The gate of the model says of what it refuses as much as the problem that stopped the stage.
        told = {result.reason_code for result in results if result.gate == MODEL_GATE}
        for problem in problems:
            if problem.reason_code not in told & {UNSAFE}:
                yield _stated(stage, stage, Verdict.ERROR, problem.reason_code, problem.message)
        # A problem says already why its stage has left nothing; what was measured in spite of it is judged.
        for result in results:
            if not problems or result.reason_code != "missing-evidence":
                yield result


def _of_stage(stage: Stage, policy: Loaded, evidence: Evidence, contracts: Contracts) -> Iterator[GateResult]:
    # A stage that the evidence does not claim has left nothing, whatever else stands there.
    ran = stage in evidence.stages
    if stage == "data":
        yield from contract_gates(policy, evidence.data if ran else (), contracts)
    elif stage == "training":
        training = evidence.training if ran else None
        yield _training(training, policy.lines.get("training", 0))
        yield from training_gates(policy, training, evidence.subject.head_sha)
    else:
        model = evidence.model if ran else None
        yield from model_gates(policy, model)
        asks = policy.value.evaluation is not None and policy.value.evaluation.model is not None
        found = evidence.evaluation if ran else None
        yield from _evaluation(policy, with_size(found, model) if found is not None and asks else found)


def _training(training: TrainResult | None, line: int) -> GateResult:
    if training is None:
        said = "the evidence does not say how training ended"
        return _stated("training", "training", Verdict.INCONCLUSIVE, "missing-evidence", said, line)
    code = TRAINING_CODES.get(training.status, "train-failed")
    said = f"training ended with {training.status}"
    message = training.message or (f"{said}, exit code {training.exit_code}" if training.exit_code else said)
    return GateResult(
        gate="training",
        stage="training",
        verdict=training.verdict,
        severity="fail",
        observed=training.status,
        baseline=None,
        limit=None,
        reason_code=code,
        message=message,
        line=line,
        rule=STAGE_RULES["training"],
    )


def _evaluation(policy: Loaded, evaluation: EvaluationResult | None) -> Iterator[GateResult]:
    yield from judge_all(policy, evaluation)
    yield from suite_gates(policy, evaluation)
    if policy.value.evaluation is not None and policy.value.evaluation.drift is not None:
        line = policy.lines.get("evaluation.drift", 0)
        asked = Asked(gate="predictions.drift", stage="evaluation", line=line)
        yield _predictions_drift(asked, policy.value.evaluation, evaluation)
    elif not gated(policy.value.gates) and not (policy.value.evaluation and policy.value.evaluation.tests):
        yield _measured(policy, evaluation)


def _predictions_drift(asked: Asked, policy: Evaluation, evaluation: EvaluationResult | None) -> GateResult:
    spec, columns = policy.drift or Drift(), policy.columns
    named = [name for name in (columns.target, columns.score, columns.prediction) if name is not None]
    return drift_gate(asked, spec, evaluation.drift if evaluation else None, named)


def _measured(policy: Loaded, evaluation: EvaluationResult | None) -> GateResult:
    line = policy.lines.get("evaluation", 0)
    if evaluation is None:
        said = "the evidence holds no evaluation"
        return _stated("evaluation", "evaluation", Verdict.INCONCLUSIVE, "missing-evidence", said, line)
    return _stated("evaluation", "evaluation", Verdict.PASS, "pass", "measured; the policy sets no limits", line)


def _closed(code: str, message: str, subject: Plan, evidence_sha256: str) -> Decision:
    closed = decide_error(
        code, message, head_sha=subject.head_sha, base_sha=subject.base_sha, policy_sha256=subject.policy_sha256
    )
    return replace(closed, evidence_sha256=evidence_sha256, enforced=subject.enforced)


def _stated(gate: str, stage: Stage, verdict: Verdict, code: str, message: str, line: int = 0) -> GateResult:
    # What stands for a stage's gates all together is named by its reason.
    rule = BOUND_RULE if gate == code else STAGE_RULES[stage]
    return stated(Asked(gate=gate, stage=stage, line=line, rule=rule), verdict, code, message)
