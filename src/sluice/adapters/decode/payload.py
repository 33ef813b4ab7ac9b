"""The event payload that GitHub hands to a workflow, into an ``Event``.

Only what decides is read: titles, bodies and the list of pull requests of a workflow run (which the head's
author influences) are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sluice.adapters.decode import keypath, shapes, strict_json
from sluice.adapters.decode.keypath import shorten
from sluice.domain.errors import UsageError
from sluice.domain.planning import Event

MAX_BYTES = 25_000_000
NO_REPOSITORY = "(deleted)"

_WHERE = "GITHUB_EVENT_PATH"
_ZEROS = "0" * 40
_SHA1 = re.compile(r"[0-9a-f]{40}")
_REPOSITORY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}/[A-Za-z0-9_.-]{1,100}")
# What git itself allows in the name of a branch or tag; a leading dash would read as an option.
_NOT_IN_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[-/]|[/.]$")
_MAX_REF_CHARS = 1024

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Repository:
    full_name: str
    default_branch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Label:
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    sha: str
    ref: str
    repo: _Repository | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _PullRequest:
    number: int
    head: _Side
    base: _Side
    draft: bool = False
    labels: tuple[_Label, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _PullRequestPayload:
    action: str
    pull_request: _PullRequest
    repository: _Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class _MergeGroup:
    head_sha: str
    head_ref: str
    base_sha: str
    base_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _MergeGroupPayload:
    action: str
    merge_group: _MergeGroup
    repository: _Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class _PushPayload:
    ref: str
    before: str
    after: str
    repository: _Repository
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _WorkflowRun:
    id: int
    head_sha: str
    head_branch: str | None
    head_repository: _Repository | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _WorkflowRunPayload:
    action: str
    workflow_run: _WorkflowRun
    repository: _Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inputs:
    pull_request: str | int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _DispatchPayload:
    ref: str
    repository: _Repository
    inputs: _Inputs | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What the runner's environment says, beside the payload."""

    repository: str
    sha: str
    run_id: int | None


def event(name: str, payload: bytes, *, repository: str, sha: str, run_id: int | None = None) -> Event:
    """The event that a workflow was started by; raises ``UsageError``.

    ``name``, ``repository``, ``sha`` and ``run_id`` are GITHUB_EVENT_NAME, GITHUB_REPOSITORY, GITHUB_SHA and
    GITHUB_RUN_ID. The event's ``run_id`` is that one too, except after ``workflow_run``: there it is the run that
    ended. A head whose repository is deleted comes from ``NO_REPOSITORY``, so that it counts as a fork. Branches are
    named without ``refs/heads/``. ``base_sha`` is empty where the payload does not say it.
    """
    if name not in _READERS:
        raise UsageError(
            f"{shorten(name)} is not an event that Sluice works for",
            where="GITHUB_EVENT_NAME",
            remedy=f"start the workflow on {', '.join(_READERS)}",
        )
    if not _REPOSITORY.fullmatch(repository):
        raise UsageError(f"{shorten(repository)} is not OWNER/NAME", where="GITHUB_REPOSITORY")
    value = strict_json.parse(payload, where=_WHERE, max_bytes=MAX_BYTES, error=UsageError)
    return _READERS[name](value, _Context(repository=repository, sha=sha, run_id=run_id))


def _pull_request(value: object, context: _Context) -> Event:
    payload = _shape(_PullRequestPayload, value)
    pull = payload.pull_request
    _same_repository(payload.repository, context)
    _same_repository(pull.base.repo, context)
    return Event(
        name="pull_request",
        action=payload.action,
        repository=context.repository,
        head_sha=_sha(pull.head.sha, "pull_request.head.sha"),
        base_sha=_sha(pull.base.sha, "pull_request.base.sha"),
        base_ref=_ref(pull.base.ref, "pull_request.base.ref"),
        head_ref=_ref(pull.head.ref, "pull_request.head.ref"),
        head_repository=_head_repository(pull.head.repo),
        pr_number=_number(pull.number, "pull_request.number"),
        draft=pull.draft,
        labels=tuple(label.name for label in pull.labels),
        run_id=context.run_id,
    )


def _merge_group(value: object, context: _Context) -> Event:
    payload = _shape(_MergeGroupPayload, value)
    group = payload.merge_group
    _same_repository(payload.repository, context)
    return Event(
        name="merge_group",
        action=payload.action,
        repository=context.repository,
        head_sha=_sha(group.head_sha, "merge_group.head_sha"),
        base_sha=_sha(group.base_sha, "merge_group.base_sha"),
        base_ref=_ref(group.base_ref, "merge_group.base_ref"),
        head_ref=_ref(group.head_ref, "merge_group.head_ref"),
        head_repository=context.repository,
        run_id=context.run_id,
    )


def _push(value: object, context: _Context) -> Event:
    payload = _shape(_PushPayload, value)
    _same_repository(payload.repository, context)
    if payload.deleted or payload.after == _ZEROS:
        raise UsageError("the push deleted a branch or tag, so there is nothing to judge", where=_WHERE)
    ref = _ref(payload.ref, "ref")
    return Event(
        name="push",
        action="",
        repository=context.repository,
        head_sha=_sha(payload.after, "after"),
        base_sha="" if payload.before == _ZEROS else _sha(payload.before, "before"),
        base_ref=ref,
        head_ref=ref,
        head_repository=context.repository,
        run_id=context.run_id,
        default_branch=payload.repository.default_branch if payload.repository else "",
    )


def _workflow_run(value: object, context: _Context) -> Event:
    payload = _shape(_WorkflowRunPayload, value)
    run = payload.workflow_run
    _same_repository(payload.repository, context)
    return Event(
        name="workflow_run",
        action=payload.action,
        repository=context.repository,
        head_sha=_sha(run.head_sha, "workflow_run.head_sha"),
        base_sha="",
        head_ref=_ref(run.head_branch, "workflow_run.head_branch") if run.head_branch else "",
        head_repository=_head_repository(run.head_repository),
        run_id=_number(run.id, "workflow_run.id"),
    )


def _workflow_dispatch(value: object, context: _Context) -> Event:
    payload = _shape(_DispatchPayload, value)
    _same_repository(payload.repository, context)
    asked = payload.inputs.pull_request if payload.inputs else None
    ref = _ref(payload.ref, "ref")
    return Event(
        name="workflow_dispatch",
        action="",
        repository=context.repository,
        head_sha=_sha(context.sha, "GITHUB_SHA"),
        base_sha="",
        head_ref=ref,
        head_repository=context.repository,
        pr_number=None if asked in (None, "") else _number(asked, "inputs.pull_request"),
        run_id=context.run_id,
        default_branch=payload.repository.default_branch if payload.repository else "",
    )


_READERS: Mapping[str, Callable[[object, _Context], Event]] = {
    "pull_request": _pull_request,
    "merge_group": _merge_group,
    "push": _push,
    "workflow_run": _workflow_run,
    "workflow_dispatch": _workflow_dispatch,
}


def _shape(kind: type[T], value: object) -> T:
    try:
        return shapes.decode(kind, value, ignore_unknown=True)
    except shapes.ShapeError as error:
        first = error.mismatches[0]
        where = ": ".join(part for part in (_WHERE, keypath.text(first.at)) if part)
        raise UsageError(first.what, where=where, remedy="give the payload of the event in GITHUB_EVENT_NAME") from None


def _same_repository(stated: _Repository | None, context: _Context) -> None:
    name = stated.full_name if stated else ""
    if name.lower() != context.repository.lower():
        raise UsageError(f"speaks of the repository {shorten(name)}, not of {context.repository}", where=_WHERE)


def _head_repository(stated: _Repository | None) -> str:
    if stated is None:
        return NO_REPOSITORY
    if not _REPOSITORY.fullmatch(stated.full_name):
        raise UsageError(f"{shorten(stated.full_name)} is not OWNER/NAME", where=_WHERE)
    return stated.full_name


def _sha(value: str, at: str) -> str:
    if not _SHA1.fullmatch(value) or value == _ZEROS:
        raise UsageError(f"{shorten(value)} is not a commit (40 hexadecimal digits)", where=f"{_WHERE}: {at}")
    return value


def _ref(value: str, at: str) -> str:
    if not value or len(value) > _MAX_REF_CHARS or _NOT_IN_REF.search(value):
        raise UsageError(f"{shorten(value)} is not the name of a branch or tag", where=f"{_WHERE}: {at}")
    return value.removeprefix("refs/heads/")


def _number(value: str | int | None, at: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", str(value), re.ASCII) or int(str(value)) < 1:
        raise UsageError(f"{shorten(str(value))} is not a number over 0", where=f"{_WHERE}: {at}")
    return int(str(value))
