"""The gate ``evaluation.code``: whose code has evaluated the model, and which job says so.

Evidence is untrusted, so what it says of itself proves nothing where another job could have written it. The job that
evaluates runs none of the head's code and states the digest of what it leaves as its own output, which no other job can
set; that digest comes with the plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sluice.core.data_gates import Asked, stated
from sluice.domain.config import Loaded
from sluice.domain.decision import GateResult
from sluice.domain.evidence import Evidence
from sluice.domain.planning import Plan
from sluice.domain.protection import is_protected
from sluice.domain.verdict import Verdict

GATE = "evaluation.code"
RULE = "The code and the test data that evaluate must be those of the commit that the policy names."
_REMEDY = "See that the workflow has the job that evaluates (`command: evaluate`), and run it again."
_NOBODY = (
    "no job of its own vouches for it, so code of the pull request may have altered the machine before, its installed "
    "packages or Sluice itself"
)


def code_gate(policy: Loaded, evidence: Evidence, subject: Plan, evidence_sha256: str) -> Iterator[GateResult]:
    """The gate, where the base's policy asks for its own code; and wherever another code evaluated than was asked for.

    Where there is no evaluation, that is said elsewhere already. A policy that is not the base's yet protects nothing.
    """
    evaluation = evidence.evaluation if "evaluation" in evidence.stages else None
    if evaluation is None:
        return
    wanted = "base" if subject.enforced and is_protected(policy) else "head"
    asked = Asked(gate=GATE, stage="evaluation", line=policy.lines.get("evaluation.code", 0), rule=RULE)
    if evaluation.code != wanted or (wanted == "base" and evaluation.code_sha != subject.base_sha):
        said = f"the policy asks for the {wanted}'s code, and this was evaluated by {_whose(evaluation.code)}"
        if evaluation.code == wanted:
            said = "this was evaluated by the code of another commit than the base"
        yield replace(stated(asked, Verdict.ERROR, "other-code", said), remedy=_REMEDY)
    elif wanted == "base":
        yield _vouched(asked, subject, evidence_sha256)


def _vouched(asked: Asked, subject: Plan, evidence_sha256: str) -> GateResult:
    if subject.vouched is not None and subject.vouched != evidence_sha256:
        said = "no job that ran the base's code alone vouches for this evidence"
        if subject.vouched:
            said = "this is not the evidence that the job which ran the base's code has left"
        return replace(stated(asked, Verdict.ERROR, "other-job", said), remedy=_REMEDY)
    said = f"evaluated by the code and the test data of the base {subject.base_sha[:12]}"
    said += f"; {_NOBODY}" if subject.vouched is None else ", in a job of its own"
    return replace(stated(asked, Verdict.PASS, "pass", said), observed="base")


def _whose(code: str) -> str:
    return "that of the base" if code == "base" else "the head's own"
