"""The half without a token: runs the planned stages in a work tree and writes evidence."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path

from sluice import __version__
from sluice.adapters.git import Git
from sluice.domain.errors import ConfigError, SluiceError, UsageError
from sluice.domain.evidence import Evidence, Problem, Subject
from sluice.domain.planning import Event, Plan
from sluice.domain.protection import is_protected
from sluice.entry.leaving import begin, keep, leave, write_page
from sluice.entry.policies import head_config, policy_at
from sluice.entry.workshop import Say, workshop
from sluice.pipeline.measuring import measure
from sluice.pipeline.order import Order


def run_in(root: Path, event: Event, plan: Plan, out: Path, *, say: Say, handing: Path | None = None) -> Evidence:
    """Run a plan in the work tree at ``root`` and write evidence into ``out``.

    Where the base's own code is to evaluate and ``handing`` is given, the model is left there for the job that does so.
    A head whose configuration is not valid leaves evidence that says so. Raises ``UsageError`` where the work tree is
    not the planned head.
    """
    begin(out)
    git = Git.find(root)
    head_sha = git.head()
    if head_sha != plan.head_sha:
        raise UsageError(
            f"the work tree is at {head_sha[:12]}, the plan is for {plan.head_sha[:12]}",
            where=str(root),
            remedy="check out the output `head_sha` of the plan",
        )
    subject = subject_of(event, plan)
    policy = policy_at(git, plan.base_sha) if plan.enforced else None
    try:
        order = Order(
            subject=subject,
            plan=plan,
            head=head_config(git),
            policy=policy,
            version=__version__,
            handing=handing if is_protected(policy) else None,
        )
        return measured(git, order, out, say)
    except (ConfigError, UsageError) as error:
        say(error.sentence)
        return _unreadable(subject, plan, error, out)


def subject_of(event: Event, plan: Plan) -> Subject:
    """What the evidence of a run for this event speaks of."""
    return Subject(
        repository=event.repository,
        head_sha=plan.head_sha,
        base_sha=plan.base_sha,
        base_ref=event.base_ref,
        pr_number=event.pr_number,
        event=event.name,
    )


def measured(git: Git, order: Order, out: Path, say: Say) -> Evidence:
    """Measure, write the evidence, and log it to MLflow where that is set, unless another job completes it."""
    begin(out)
    with tempfile.TemporaryDirectory(prefix="sluice-") as scratch:
        evidence = measure(order, workshop(git, order.subject, Path(scratch), say))
    evidence = leave(evidence, out, say)
    if order.handing is None:
        evidence = logged(evidence, out, say)
    write_page(git, evidence, order.plan, order.policy or order.head, out)
    return evidence


def logged(evidence: Evidence, out: Path, say: Say) -> Evidence:
    """The evidence with the MLflow run it was logged as; a registry that is down costs a warning, never the run.

    Runs without training are logged as well: what their evidence closes the gate for is judged again in a replay.
    """
    address = os.environ.get("MLFLOW_TRACKING_URI", "")
    if not address:
        return evidence
    from sluice.adapters.mlflow import log_run

    logged = log_run(evidence, tracking_uri=address, artifacts=(out / "evidence.json",))
    if logged.warning:
        say(logged.warning)
    if logged.warning or evidence.training is None:
        return evidence
    return keep(replace(evidence, training=replace(evidence.training, mlflow_run=logged.run_id)), out)


def _unreadable(subject: Subject, plan: Plan, error: SluiceError, out: Path) -> Evidence:
    """Evidence that says why nothing was measured, so that the report can say it where people look."""
    problems = tuple(Problem(stage=stage, reason_code="config", message=error.sentence) for stage in plan.stages)
    return keep(Evidence(sluice_version=__version__, subject=subject, stages=plan.stages, problems=problems), out)
