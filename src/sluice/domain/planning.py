"""What happened on GitHub, and what is to be done about it: the frozen records of planning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sluice.domain.verdict import Verdict

Stage = Literal["data", "training", "evaluation"]
STAGES: tuple[Stage, ...] = ("data", "training", "evaluation")
EventName = Literal["pull_request", "merge_group", "push", "workflow_run", "workflow_dispatch", "local"]
SkipCode = Literal["not-applicable", "draft", "skip-label", "config"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened on GitHub (or a call by hand, ``local``), bound to one head and one base."""

    name: EventName
    action: str
    repository: str
    head_sha: str
    base_sha: str
    base_ref: str = ""
    head_ref: str = ""
    head_repository: str = ""
    pr_number: int | None = None
    draft: bool = False
    labels: tuple[str, ...] = ()
    run_id: int | None = None
    default_branch: str = ""

    @property
    def is_fork(self) -> bool:
        """Whether the head comes from another repository."""
        return bool(self.head_repository) and self.head_repository.lower() != self.repository.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """A pull request as the API shows it now."""

    number: int
    state: str
    draft: bool
    labels: tuple[str, ...]
    head_sha: str
    head_ref: str
    head_repository: str
    base_sha: str
    base_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFiles:
    """Paths that differ between base and head; ``complete`` is false where GitHub's cap cut the list."""

    paths: tuple[str, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do for one event: the stages that apply, where they run, and why.

    ``fingerprint`` is empty where it could not be worked out. ``measured_head_sha`` is set where evidence of another
    head with the same fingerprint is to count. ``vouched`` is the SHA-256 of the evidence that the job which evaluated
    has left, as that job itself stated it; empty where no job did, ``None`` where all was done in one job.
    """

    stages: tuple[Stage, ...]
    runs_on: tuple[str, ...]
    head_sha: str
    base_sha: str
    policy_sha256: str
    base_ref: str = ""
    enforced: bool = True
    fingerprint: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict[str, str])
    policy_changes: tuple[str, ...] = ()
    measured_head_sha: str = ""
    vouched: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Nothing is to be run for this event; ``verdict`` tells whether the gate opens all the same."""

    reason_code: SkipCode
    message: str
    verdict: Verdict
    head_sha: str
    base_sha: str
    policy_sha256: str = ""
    enforced: bool = True
