"""What a person sees of a pull request, read from the API as the site reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .pulls import Merge, Pull
from .runner import Played
from .world import REPOSITORY, REQUIRED_CHECK, World

MARKER = "<!-- sluice:report -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A check's annotation: a line of a file, and what is said of it."""

    path: str
    line: int
    level: str
    title: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRun:
    """A check as the list under a pull request shows it."""

    name: str
    conclusion: str
    title: str
    summary: str
    required: bool
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment, and who wrote it."""

    author: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One pull request with all that hangs on it, after the attempt to merge it."""

    number: int
    title: str
    body: str
    author: str
    head: str
    base: str
    state: str
    comments: tuple[Comment, ...]
    checks: tuple[CheckRun, ...]
    merge: Merge
    played: Played
    run_url: str

    @property
    def gate(self) -> CheckRun | None:
        """The check that the branch requires; ``None`` where it was never set."""
        return next((check for check in self.checks if check.name == REQUIRED_CHECK), None)

    @property
    def reports(self) -> tuple[Comment, ...]:
        """The comments that are Sluice's report: there must be one."""
        return tuple(comment for comment in self.comments if comment.body.startswith(MARKER))


def read(world: World, pull: Pull, played: Played, merge: Merge) -> Conversation:
    """Read everything anew from the API."""
    base = f"/repos/{REPOSITORY}"
    shown = world.api("GET", f"{base}/pulls/{pull.number}")
    comments = world.api("GET", f"{base}/issues/{pull.number}/comments", params={"per_page": 100})
    runs = world.api("GET", f"{base}/commits/{pull.head_sha}/check-runs", params={"per_page": 100})["check_runs"]
    return Conversation(
        number=pull.number,
        title=shown["title"],
        body=shown["body"] or "",
        author=shown["user"]["login"],
        head=shown["head"]["ref"],
        base=shown["base"]["ref"],
        state="merged" if shown["merged"] else shown["state"],
        comments=tuple(Comment(author=row["user"]["login"], body=row["body"]) for row in comments),
        checks=_checks(world, runs),
        merge=merge,
        played=played,
        run_url=f"{world.bench.url}/{REPOSITORY}/actions/runs/{played.run_id}",
    )


def _checks(world: World, runs: Sequence[Mapping[str, Any]]) -> tuple[CheckRun, ...]:
    """The checks by name, the required one first."""
    rows = [
        CheckRun(
            name=run["name"],
            conclusion=run["conclusion"] or run["status"],
            title=run["output"]["title"] or "",
            summary=run["output"]["summary"] or "",
            required=run["name"] == REQUIRED_CHECK,
            remarks=_remarks(world, run),
        )
        for run in runs
    ]
    return tuple(sorted(rows, key=lambda row: (not row.required, row.name)))


def _remarks(world: World, run: Mapping[str, Any]) -> tuple[Remark, ...]:
    if not run["output"]["annotations_count"]:
        return ()
    rows = world.api("GET", f"/repos/{REPOSITORY}/check-runs/{run['id']}/annotations", params={"per_page": 100})
    return tuple(
        Remark(
            path=row["path"],
            line=row["start_line"],
            level=row["annotation_level"],
            title=row["title"] or "",
            message=row["message"],
        )
        for row in rows
    )
