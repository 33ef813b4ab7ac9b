"""What GitHub knows of workflow runs, their artifacts, and the checks that a branch requires."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowRun:
    """One run of a workflow; ``conclusion`` is empty while it has none."""

    id: int
    event: str
    path: str
    head_sha: str
    head_branch: str
    head_repository: str
    repository: str
    status: str
    conclusion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunArtifact:
    """One artifact of a run; ``digest`` is ``sha256:HEX``, or empty where GitHub states none.

    ``same_repository`` is false where a fork's code made it (or GitHub does not say).
    """

    id: int
    name: str
    size_bytes: int
    expired: bool
    digest: str
    run_id: int
    head_sha: str
    head_branch: str
    same_repository: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredCheck:
    """A check that a branch requires; any app (and any status) may supply it where ``app_id`` is ``None``.

    ``bypass`` names, in words, who may merge without it; ``None`` where the token may not know.
    """

    name: str
    app_id: int | None
    source: Literal["ruleset", "classic"]
    bypass: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchRules:
    """What a branch demands of a merge; ``classic_known`` is false where the token may not read classic protection."""

    branch: str
    required: tuple[RequiredCheck, ...]
    strict: bool
    merge_queue: bool
    classic_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAuthor:
    """The app that posted a check run; ``rivals`` are other apps that posted one of the same name on that commit."""

    app_id: int
    slug: str
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryFacts:
    """What a repository is: ``public`` where everyone may open pull requests from forks."""

    default_branch: str
    public: bool
