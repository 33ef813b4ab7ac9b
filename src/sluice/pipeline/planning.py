"""From an event to what it asks for, with the policy of the base; no code of the pull request is touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sluice.core.plan import POLICY_PATH, plan
from sluice.domain.config import Loaded
from sluice.domain.errors import ConfigError, StaleHead
from sluice.domain.planning import ChangedFiles, Event, Plan, Skip
from sluice.domain.ports import GitHub

LoadConfig = Callable[[bytes], Loaded]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """An event as the API confirms it, its plan, and the policy that stands for it."""

    event: Event
    plan: Plan | Skip | None
    policy: Loaded | None
    error: ConfigError | None = None


def plan_event(event: Event, github: GitHub, load_config: LoadConfig) -> Planned:
    """Plan one event with the base's policy.

    An invalid policy on the base is not raised but carried in ``error``: the gate must say it. Raises ``StaleHead``
    where the pull request has moved on since the event: a newer event plans the newer head.
    """
    event = confirm(event, github)
    try:
        policy, enforced = governing_policy(event, github, load_config)
        changed = _changed(event, github) if policy else ChangedFiles(paths=())
        return Planned(event=event, plan=plan(event, policy, changed, enforced=enforced), policy=policy)
    except ConfigError as error:
        return Planned(event=event, plan=None, policy=None, error=error)


def confirm(event: Event, github: GitHub) -> Event:
    """The event with what the API says of its pull request now: base, labels, draft.

    What starts a branch, or is asked for by hand, has no base but itself.
    """
    if event.pr_number is None:
        return event if event.base_sha else replace(event, base_sha=event.head_sha)
    pull = github.pull_request(event.pr_number)
    # A dispatch names the pull request by number: whatever its head is now is what is meant.
    if event.name != "workflow_dispatch" and pull.head_sha != event.head_sha:
        raise StaleHead(
            f"pull request #{pull.number} is at {pull.head_sha[:12]} now, not at {event.head_sha[:12]}",
            remedy="the run for the newer head judges it",
        )
    return replace(
        event,
        head_sha=pull.head_sha,
        head_ref=pull.head_ref,
        head_repository=pull.head_repository,
        base_sha=pull.base_sha,
        base_ref=pull.base_ref,
        draft=pull.draft,
        labels=pull.labels,
    )


def governing_policy(event: Event, github: GitHub, load_config: LoadConfig) -> tuple[Loaded | None, bool]:
    """The policy that stands, and whether it is enforced: the base's, else the head's, not enforced.

    A base without a policy enforces nothing only where the default branch has none either: a result stands for its
    commit whatever the base, so that a pull request which is pointed at another branch takes its checks along. Raises
    ``ConfigError`` for a policy that is not valid, and for a base without one beside a default branch with one.
    """
    text = github.file(POLICY_PATH, event.base_sha)
    if text is not None:
        return load_config(text), True
    if github.default_branch_has(POLICY_PATH):
        raise ConfigError(
            "the base has no policy, and the default branch has one",
            where=f"{POLICY_PATH} at {event.base_sha[:12]}",
            remedy=f"merge the default branch into {event.base_ref or 'the base'}, or point the pull request at it",
        )
    text = github.file(POLICY_PATH, event.head_sha)
    return (load_config(text) if text is not None else None), False


def _changed(event: Event, github: GitHub) -> ChangedFiles:
    if event.pr_number is not None:
        return github.changed_files(event.pr_number)
    if event.base_sha != event.head_sha:
        return github.compare(event.base_sha, event.head_sha)
    return ChangedFiles(paths=(), complete=False)
