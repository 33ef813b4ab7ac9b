"""Protected evaluation in a job of its own: what another job has measured is completed by the base's code."""

from __future__ import annotations

from dataclasses import replace

from sluice.domain.errors import EvidenceError
from sluice.domain.evidence import Evidence
from sluice.domain.verdict import Verdict
from sluice.pipeline.measuring import attempt, evaluate
from sluice.pipeline.order import Found, Order, Workshop


def complete(order: Order, shop: Workshop, ran: Evidence) -> Evidence:
    """The evidence of the job that trained, with the model that it handed over evaluated here.

    Nothing that it says of the evaluation is kept but why there is none. Raises ``EvidenceError`` where it is evidence
    of another head or base.
    """
    subject = order.subject
    if (ran.subject.head_sha, ran.subject.base_sha) != (subject.head_sha, subject.base_sha):
        raise EvidenceError("the evidence is not of this head and this base", reason_code="other-head")
    bare = replace(ran, evaluation=None, figures=())
    if "evaluation" not in order.plan.stages or any(problem.stage == "evaluation" for problem in ran.problems):
        return bare
    found = Found()
    attempt("evaluation", lambda: _evaluate(order, shop, found, ran), found, shop.say)
    problems = (*ran.problems, *found.problems)
    return replace(bare, model=found.model or ran.model, evaluation=found.evaluation, problems=problems)


def _evaluate(order: Order, shop: Workshop, found: Found, ran: Evidence) -> None:
    if ran.training is not None and ran.training.verdict is not Verdict.PASS:
        raise EvidenceError("not started: training did not succeed", reason_code="not-started")
    evaluate(order, shop, found, ran.fingerprint)
    if found.model is not None and (ran.model is None or ran.model.sha256 != found.model.sha256):
        found.evaluation = None
        raise EvidenceError(
            "is another model than the one that training left: its digest is not the recorded one",
            where=found.model.path,
            reason_code="digest-changed",
        )
