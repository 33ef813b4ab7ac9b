"""The same inputs are never measured twice: evidence of an earlier run with the same fingerprint counts again.

A push that touches only the documentation, a merge group whose tree is the pull request's: nothing that the model
depends on has changed, so neither has the result.
"""

from __future__ import annotations

from dataclasses import replace

from sluice.core.fingerprint import fingerprint, settled
from sluice.core.plan import POLICY_PATH
from sluice.domain.config import Loaded
from sluice.domain.errors import ConfigError, OutsideError
from sluice.domain.planning import Event, Plan
from sluice.domain.ports import GitHub
from sluice.domain.workflows import RunArtifact
from sluice.pipeline.planning import LoadConfig, Planned

# Runs whose evidence may count again: those that GitHub started for this repository's own commits.
EVENTS = ("pull_request", "merge_group", "push")
MOST_CANDIDATES = 3


def fingerprinted(planned: Planned, github: GitHub, load_config: LoadConfig) -> Planned:
    """The plan with the fingerprint of its head; left empty where the head's configuration cannot be read."""
    plan = planned.plan
    if not isinstance(plan, Plan) or planned.policy is None:
        return planned
    # Where the pull request leaves sluice.yaml alone, the head's is the policy that has just been read.
    same = plan.enforced and POLICY_PATH not in plan.policy_changes
    mark = _at(plan.head_sha, github, load_config, planned.policy if same else None)
    return replace(planned, plan=replace(plan, fingerprint=mark))


def earlier_evidence(
    planned: Planned, name: str, workflow: str, github: GitHub, load_config: LoadConfig
) -> tuple[Planned, RunArtifact] | None:
    """An artifact of the same inputs, and the plan to judge it by; ``None`` where everything is to be measured.

    ``name`` is the artifact's, ``workflow`` the path of the workflow whose runs are believed. A fork's artifact never
    counts. What the run's head was is asked of the API and its fingerprint worked out again: the artifact's name alone
    proves nothing.
    """
    plan, event = planned.plan, planned.event
    if not isinstance(plan, Plan) or not plan.fingerprint or not _may_count(event):
        return None
    if planned.policy is None or not settled(planned.policy.value):
        return None
    try:
        for artifact in github.artifacts_named(name)[:MOST_CANDIDATES]:
            head_sha = _believed(artifact, workflow, event, github)
            if head_sha and _at(head_sha, github, load_config) == plan.fingerprint:
                return replace(planned, plan=replace(plan, measured_head_sha=head_sha)), artifact
    except OutsideError:
        return None  # not to be had: measuring is always right, only slower
    return None


def _may_count(event: Event) -> bool:
    return event.name in EVENTS and not event.is_fork


def _believed(artifact: RunArtifact, workflow: str, event: Event, github: GitHub) -> str:
    """The head of the run that made the artifact; ``""`` where it is not a run of this repository's own."""
    if not artifact.same_repository:
        return ""
    run = github.workflow_run(artifact.run_id)
    ours = {run.repository.lower(), run.head_repository.lower()} == {event.repository.lower()}
    known = run.event in EVENTS and run.path.partition("@")[0] == workflow
    return run.head_sha if ours and known and run.head_sha == artifact.head_sha else ""


def _at(head_sha: str, github: GitHub, load_config: LoadConfig, config: Loaded | None = None) -> str:
    """The fingerprint of a commit; ``""`` where its files cannot be read whole, or do not settle what is measured."""
    tree = github.tree(head_sha)
    if tree is None:
        return ""
    try:
        text = github.file(POLICY_PATH, head_sha) if config is None else None
        found = config or (load_config(text) if text is not None else None)
    except ConfigError:
        return ""
    return fingerprint(tree, found.value) if found is not None and settled(found.value) else ""
