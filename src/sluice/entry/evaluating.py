"""The job that runs the base's code alone: it completes the evidence of the job that trained."""

from __future__ import annotations

import tempfile
from pathlib import Path

from sluice import __version__
from sluice.adapters.decode import evidence as evidence_file
from sluice.adapters.git import Git
from sluice.domain.errors import UsageError
from sluice.domain.planning import Event, Plan
from sluice.domain.protection import is_protected
from sluice.entry.leaving import begin, leave
from sluice.entry.policies import policy_at
from sluice.entry.running import logged, subject_of
from sluice.entry.workshop import Say, workshop
from sluice.pipeline.apart import complete
from sluice.pipeline.order import Order


def evaluate_in(root: Path, event: Event, plan: Plan, folder: Path, *, handed: Path, say: Say) -> str:
    """Complete the evidence in ``folder`` with an evaluation of the model in ``handed``; the evidence's SHA-256.

    ``root`` is a checkout of the base. Nothing of the head is read but that model, and nothing of the evidence is
    believed but what ``publish`` would believe. Raises ``EvidenceError`` where the evidence cannot be read or is of
    another head, ``UsageError`` where this is no checkout of the base or the base asks for nothing of the kind.
    """
    git = Git.find(root)
    if git.head() != plan.base_sha:
        raise UsageError(
            f"the work tree is at {git.head()[:12]}, the base is {plan.base_sha[:12]}",
            where=str(root),
            remedy="check out the output `base_sha` of the plan",
        )
    policy = policy_at(git, plan.base_sha) if plan.enforced else None
    if not is_protected(policy):
        raise UsageError("the base does not ask for `evaluation.code: base`", where="sluice.yaml")
    ran, _ = evidence_file.read(folder)
    begin(folder)
    subject = subject_of(event, plan)
    order = Order(subject=subject, plan=plan, head=policy, policy=policy, version=__version__, handed=handed)
    with tempfile.TemporaryDirectory(prefix="sluice-") as scratch:
        evidence = complete(order, workshop(git, subject, Path(scratch), say), ran)
    logged(leave(evidence, folder, say), folder, say)
    return evidence_file.read(folder)[1]
