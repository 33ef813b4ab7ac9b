"""Four pull requests, opened as people open them: a branch, a change, a push, a call."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .programs import DemoError
from .world import BOB, EXAMPLE, REPOSITORY, Say, World

DATA = "data/flights.parquet"
# GitHub works out in the background whether a pull request can be merged.
_PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One pull request of the example, and how it must end."""

    name: str
    verdict: str
    merges: bool
    applies: bool
    commit: str
    needs_data: bool = False


STORIES = (
    Story(name="improve", verdict="pass", merges=True, applies=True, commit="Add the recent delay of the airport"),
    Story(
        name="break_data", verdict="fail", merges=False, applies=True, commit="Take the new feed", needs_data=True
    ),
    Story(name="docs", verdict="pass", merges=True, applies=False, commit="Explain the words"),
    Story(name="simplify", verdict="fail", merges=False, applies=True, commit="Keep three weather columns"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """An open pull request: what GitHub answered when it was opened, and the event that it sent."""

    story: Story
    number: int
    head_sha: str
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What GitHub said to the button: its answer's status and words, and the state it showed before."""

    state: str
    status: int
    message: str


def open_all(world: World, say: Say) -> tuple[Pull, ...]:
    """Open the pull requests, one after the other, from one clone of Bob's."""
    clone = world.clone("bob", BOB)
    return tuple(_open(world, clone, story, say) for story in STORIES)


def _open(world: World, clone: Path, story: Story, say: Say) -> Pull:
    folder = EXAMPLE / "pull_requests" / story.name
    title = (folder / "title.txt").read_text(encoding="utf-8").strip()
    world.run("git", "switch", "--quiet", "--create", story.name, "main", cwd=clone)
    if story.needs_data:
        world.run("dvc", "pull", "--quiet", DATA, cwd=clone)
    world.run(sys.executable, folder / "change.py", clone, cwd=clone)
    if story.needs_data:
        world.run("dvc", "push", "--quiet", f"{DATA}.dvc", cwd=clone)
    world.run("git", "commit", "--quiet", "--all", "--message", story.commit, cwd=clone)
    world.run("git", "push", "--quiet", "origin", story.name, cwd=clone)
    body = (folder / "body.md").read_text(encoding="utf-8")
    asked = {"title": title, "body": body, "head": story.name, "base": "main"}
    made = world.api("POST", f"/repos/{REPOSITORY}/pulls", BOB, json=asked)
    say(f"#{made['number']} is open: {title}")
    return Pull(
        story=story, number=made["number"], head_sha=made["head"]["sha"], event=_event(world, made["number"])
    )  # fmt: skip


def _event(world: World, number: int) -> Mapping[str, Any]:
    """The payload that GitHub sent when the pull request was opened, as GITHUB_EVENT_PATH holds it."""
    for row in reversed(world.bench.get("events", event="pull_request", action="opened", repo=REPOSITORY)):
        payload = world.bench.get(f"events/{row['id']}/payload")
        if payload["number"] == number:
            if row["schema_errors"]:
                raise DemoError(f"the event of #{number} does not fit GitHub's schema: {row['schema_errors']}")
            return payload
    raise DemoError(f"no event was sent for #{number}")


def press_merge(world: World, pull: Pull) -> Merge:
    """Try to merge as Alice would with the button, whatever the page says; what GitHub answered."""
    path = f"/repos/{REPOSITORY}/pulls/{pull.number}"
    state = _settled(world, path)
    answer = world.bench.raw("PUT", f"{path}/merge", json={"sha": pull.head_sha, "merge_method": "merge"})
    return Merge(state=state, status=answer.status_code, message=str(answer.json().get("message", "")))


def _settled(world: World, path: str) -> str:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        shown = world.api("GET", path)
        if shown["mergeable"] is not None:
            return str(shown["mergeable_state"])
        time.sleep(0.1)
    raise DemoError(f"{path}: GitHub did not say within {_PATIENCE_S:.0f} s whether it can be merged")
