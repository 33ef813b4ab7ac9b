"""Whether a repository's workflows run the gate, on the right events and with the right permissions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sluice.core.setup.findings import Finding, bad, doubtful, good

NEEDED: Mapping[str, str] = {"contents": "read", "pull-requests": "write", "checks": "write", "actions": "read"}
FILTERS = ("paths", "paths-ignore")
ACTIVITIES: tuple[str, ...] = ("opened", "synchronize", "reopened")
"""What ``pull_request`` means where a workflow states no ``types``; without one of these a head gets no gate."""

ADVISED: Mapping[str, str] = {
    "ready_for_review": "a draft that becomes ready stays unmeasured until the next push",
    "edited": "a pull request that gets another base branch keeps the verdict for the old one",
}

_CALLED = re.compile(
    r"(?:(?P<repository>[^/@]+/[^/@]+)|\.)/\.github/workflows/(?P<file>gate(?:-fork)?)\.ya?ml(?:@(?P<ref>.+))?"
)
_STEP = re.compile(r"(?P<repository>[^/@]+/sluice)@(?P<ref>.+)", re.I)
_SHA = re.compile(r"[0-9a-f]{40}")
_LEVELS = {"none": 0, "read": 1, "write": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """One workflow file, decoded; ``value`` is what its YAML holds."""

    path: str
    value: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its ``name``, or its path, which GitHub shows in place of one."""
        return str(self.value.get("name") or self.path)

    @property
    def triggers(self) -> Mapping[str, Mapping[str, Any]]:
        """Its events, each with its options."""
        on = self.value.get("on")
        if isinstance(on, str):
            return {on: {}}
        if isinstance(on, list):
            return {str(event): {} for event in cast("list[object]", on)}
        return {event: _mapping(options) for event, options in _mapping(on).items()}


# The commands that execute code: the pull request's, or the base's on the pull request's model.
_WITHOUT_RIGHTS = ("run", "evaluate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One job that uses Sluice: ``kind`` is ``gate`` or ``gate-fork`` (called workflows), else the Action's command."""

    workflow: Workflow
    job: str
    kind: str
    repository: str
    ref: str
    permissions: object

    @property
    def where(self) -> str:
        """``FILE: job NAME``."""
        return f"{self.workflow.path}: job `{self.job}`"

    @property
    def publishes(self) -> bool:
        """Whether the job needs rights to write."""
        return self.kind not in _WITHOUT_RIGHTS


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def uses(workflow: Workflow) -> Iterator[Use]:
    """The jobs of a workflow that use Sluice, as a reusable workflow or as the Action."""
    default = workflow.value.get("permissions", _UNSTATED)
    for name, job in _mapping(workflow.value.get("jobs")).items():
        permissions = _mapping(job).get("permissions", default)
        for kind, repository, ref in _uses_of(_mapping(job)):
            yield Use(workflow=workflow, job=name, kind=kind, repository=repository, ref=ref, permissions=permissions)


_UNSTATED = object()


def _uses_of(job: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    called = _CALLED.fullmatch(str(job.get("uses") or ""))
    if called is not None:
        yield called["file"], called["repository"] or "", called["ref"] or ""
    steps = job.get("steps")
    for step in cast("list[object]", steps) if isinstance(steps, list) else []:
        taken = _STEP.fullmatch(str(_mapping(step).get("uses") or ""))
        if taken is not None:
            command = str(_mapping(_mapping(step).get("with")).get("command") or "auto")
            yield command, taken["repository"], taken["ref"]


def examine(workflows: Sequence[Workflow]) -> tuple[Finding, ...]:
    """Everything that can be said of the workflows alone."""
    found = [use for workflow in workflows for use in uses(workflow)]
    ours = [use for use in found if not _follows(use)]
    if not ours:
        remedy = "write one with `sluice init`, or call the gate's reusable workflow"
        return (bad("workflow", "no workflow of this repository runs Sluice", remedy),)
    files = tuple(dict.fromkeys(use.workflow.path for use in ours))
    return (
        good("workflow", f"Sluice runs in {', '.join(files)}"),
        *_triggers(ours),
        *(finding for use in found for finding in _permissions(use)),
        *_pins(found),
        *_forks(ours, [use for use in found if _follows(use)]),
    )


def events(workflows: Sequence[Workflow]) -> frozenset[str]:
    """The events on which Sluice runs."""
    return frozenset(
        event
        for workflow in workflows
        if any(not _follows(use) for use in uses(workflow))
        for event in workflow.triggers
    )


def _follows(use: Use) -> bool:
    return use.kind == "gate-fork" or "workflow_run" in use.workflow.triggers


def _triggers(ours: Sequence[Use]) -> Iterator[Finding]:
    workflows = {use.workflow.path: use.workflow for use in ours}.values()
    triggers = {event for workflow in workflows for event in workflow.triggers}
    if "pull_request" not in triggers:
        said = f"Sluice does not run on `pull_request` ({', '.join(sorted(triggers)) or 'no event'})"
        yield bad("trigger", said, "add `pull_request:` under `on:`")
    for workflow in workflows:
        yield from _trigger(workflow)
    if "merge_group" not in triggers:
        said = "Sluice does not run on `merge_group`: a merge queue would wait for `sluice/gate` for ever"
        yield doubtful("trigger", said, "add `merge_group:` under `on:`")
    elif "pull_request" in triggers:
        yield good("trigger", "it runs for pull requests and for merge groups")


def _trigger(workflow: Workflow) -> Iterator[Finding]:
    if "pull_request_target" in workflow.triggers:
        said = f"{workflow.path}: `pull_request_target` runs beside the repository's secrets and its write token"
        yield bad("trigger", said, "use `pull_request`, and the fork workflow for pull requests from forks")
    for event in ("pull_request", "merge_group"):
        options = workflow.triggers.get(event, {})
        for key in FILTERS:
            if key in options:
                said = f"{workflow.path}: `{key}` on `{event}`: where it filters, `sluice/gate` is never posted"
                remedy = "remove it: Sluice skips by itself what a change does not concern, and opens the gate"
                yield bad("trigger", f"{said} and a branch that requires it stays closed for ever", remedy)
    if "pull_request" in workflow.triggers:
        yield from _activities(workflow)


def _activities(workflow: Workflow) -> Iterator[Finding]:
    stated = workflow.triggers["pull_request"].get("types", ACTIVITIES)
    types = (stated,) if isinstance(stated, str) else tuple(map(str, cast("Iterable[object]", stated or ())))
    missing = [name for name in ACTIVITIES if name not in types]
    if missing:
        said = f"{workflow.path}: `types` of `pull_request` leaves out {', '.join(missing)}"
        yield bad("trigger", f"{said}, so that no gate is posted then", f"add {', '.join(missing)}")
    for name, without in ADVISED.items():
        if name not in types:
            said = f"{workflow.path}: `pull_request` does not name `{name}`: {without}"
            yield doubtful("trigger", said, f"add `{name}` to its `types`")


def _permissions(use: Use) -> Iterator[Finding]:
    needed = NEEDED if use.publishes else {"contents": "read"}
    if use.permissions is _UNSTATED:
        said = f"{use.where} states no permissions, so the repository's default decides, which may be read-only"
        yield doubtful("permissions", said, f"add `permissions: {{{_listed(needed)}}}` to the job")
        return
    missing = {scope: level for scope, level in needed.items() if _level(use.permissions, scope) < _LEVELS[level]}
    if missing:
        yield bad(
            "permissions", f"{use.where} lacks {_listed(missing)}", f"add {_listed(missing)} to its `permissions:`"
        )
    elif use.permissions == "write-all":
        yield doubtful("permissions", f"{use.where} may write everything", f"grant {_listed(needed)} alone")
    elif not use.publishes and any(_level(use.permissions, scope) == 2 for scope in _scopes(use.permissions)):
        whose = "the pull request's" if use.kind == "run" else "the base's"
        said = f"{use.where} runs {whose} code and may write"
        yield bad("permissions", said, "grant it `contents: read` alone, and publish in another job")
    else:
        yield good("permissions", f"{use.where} has {_listed(needed)}")


def _scopes(permissions: object) -> Sequence[str]:
    return tuple(_mapping(permissions))


def _level(permissions: object, scope: str) -> int:
    if isinstance(permissions, str):
        return {"write-all": 2, "read-all": 1}.get(permissions, 0)
    return _LEVELS.get(str(_mapping(permissions).get(scope, "none")), 0)


def _listed(needed: Mapping[str, str]) -> str:
    return ", ".join(f"{scope}: {level}" for scope, level in needed.items())


def _pins(found: Sequence[Use]) -> Iterator[Finding]:
    moving = sorted({f"{use.repository}@{use.ref}" for use in found if use.repository and not _SHA.fullmatch(use.ref)})
    if moving:
        said = f"{', '.join(moving)} is a name that its owner can move to other code"
        yield doubtful("pin", said, "use the full name of a commit (40 hex digits) after the `@`")
    elif any(use.repository for use in found):
        yield good("pin", "Sluice is pinned to a commit")
    if len({use.ref for use in found if use.repository}) > 1:
        yield bad("pin", "the workflows use different versions of Sluice", "use the same commit everywhere")


def _forks(ours: Sequence[Use], following: Sequence[Use]) -> Iterator[Finding]:
    if not following:
        said = "no workflow publishes for pull requests from forks: their gate is never posted"
        remedy = "where forks contribute, add the workflow `sluice-fork.yml` as `sluice init` writes it"
        yield doubtful("fork-workflow", said, remedy)
        return
    names = {use.workflow.name for use in ours}
    for use in following:
        options = use.workflow.triggers.get("workflow_run", {})
        listed = options.get("workflows")
        followed = {str(name) for name in cast("list[object]", listed)} if isinstance(listed, list) else {str(listed)}
        if "workflow_run" not in use.workflow.triggers:
            said = f"{use.workflow.path}: publishes for forks, but does not run on `workflow_run`"
            yield bad("fork-workflow", said, "start it by `on: workflow_run`")
        elif not names & followed:
            listed = (", ".join(sorted(some)) for some in (followed, names))
            said = f"{use.workflow.path}: follows {next(listed)}, and Sluice runs in {next(listed)}"
            yield bad("fork-workflow", said, "name under `workflow_run.workflows` the `name` of the other workflow")
        else:
            yield good("fork-workflow", f"{use.workflow.path} publishes for forks")
