"""What people get to read, and the effects that bring it to them: the comment, and check runs with their remarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A remark on lines of a file of the head; lines count from 1."""

    path: str
    line: int
    level: Literal["notice", "warning", "failure"]
    title: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRun:
    """A completed check run; also the effect of setting it. ``external_id`` binds it to its decision."""

    name: str
    head_sha: str
    conclusion: Literal["success", "failure", "action_required", "neutral"]
    title: str
    summary: str
    external_id: str
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StickyComment:
    """The one report of a pull request; also the effect of writing it, refused where the head has moved on."""

    pr_number: int
    head_sha: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One decision, rendered for every place where people read it."""

    comment: str
    summary: str
    html: str
    checks: tuple[CheckRun, ...]


Effect = CheckRun | StickyComment


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """A file of the policy that the pull request changes: the unified difference, for the report."""

    path: str
    diff: str
