"""Commits, files and references as the REST API writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from . import shapes
from .git.changes import Change, changes
from .git.objects import Commit, Person, Ref, stamp_of
from .git.plumbing import EMPTY_TREE

if TYPE_CHECKING:
    from .context import Context

UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}
GITHUB = ("GitHub", "noreply@github.com")


def person_for(cx: Context, login: str | None = None) -> Person:
    """The git identity of a login (the caller when None), now."""
    name, email = cx.world.config.git_identity(login or cx.who.login or "ghost")
    return Person(name=name, email=email, stamp=stamp_of(None))


def web_flow() -> Person:
    """The committer of what GitHub commits for somebody."""
    return Person(name=GITHUB[0], email=GITHUB[1], stamp=stamp_of(None))


def _person(person: Person) -> dict:
    return {"name": person.name, "email": person.email, "date": person.date}


def _account(cx: Context, person: Person) -> dict | None:
    if person.email == GITHUB[1]:
        return shapes.user("web-flow", cx.api, cx.web)
    login = cx.world.config.login_of(person.email)
    return shapes.user(login, cx.api, cx.web) if login else None


def git_commit(cx: Context, commit: Commit) -> dict:
    """A commit as /git/commits writes it."""
    api = f"{cx.repo_url}/git"
    web = f"{cx.web}/{cx.full_name}/commit"
    return {
        "sha": commit.sha, "node_id": f"C_{commit.sha}", "url": f"{api}/commits/{commit.sha}",
        "html_url": f"{web}/{commit.sha}", "author": _person(commit.author), "committer": _person(commit.committer),
        "message": commit.message, "tree": {"sha": commit.tree, "url": f"{api}/trees/{commit.tree}"},
        "parents": [{"sha": p, "url": f"{api}/commits/{p}", "html_url": f"{web}/{p}"} for p in commit.parents],
        "verification": dict(UNSIGNED),
    }  # fmt: skip


def commit(cx: Context, commit: Commit) -> dict:
    """A commit as /commits lists it."""
    url = f"{cx.repo_url}/commits/{commit.sha}"
    web = f"{cx.web}/{cx.full_name}/commit"
    tree = {"sha": commit.tree, "url": f"{cx.repo_url}/git/trees/{commit.tree}"}
    return {
        "sha": commit.sha, "node_id": f"C_{commit.sha}", "url": url, "html_url": f"{web}/{commit.sha}",
        "comments_url": url + "/comments",
        "commit": {
            "author": _person(commit.author), "committer": _person(commit.committer), "message": commit.message,
            "tree": tree, "url": f"{cx.repo_url}/git/commits/{commit.sha}", "comment_count": 0,
            "verification": dict(UNSIGNED),
        },
        "author": _account(cx, commit.author), "committer": _account(cx, commit.committer),
        "parents": [{"sha": p, "url": f"{cx.repo_url}/commits/{p}", "html_url": f"{web}/{p}"} for p in commit.parents],
    }  # fmt: skip


def file(cx: Context, change: Change, sha: str) -> dict:
    """A file of a difference whose newer side is commit ``sha``."""
    path = quote(change.path)
    row = {
        "sha": change.sha, "filename": change.path, "status": change.status, "additions": change.additions,
        "deletions": change.deletions, "changes": change.additions + change.deletions,
        "blob_url": f"{cx.web}/{cx.full_name}/blob/{sha}/{path}",
        "raw_url": f"{cx.web}/{cx.full_name}/raw/{sha}/{path}",
        "contents_url": f"{cx.repo_url}/contents/{path}?ref={sha}",
    }  # fmt: skip
    if change.patch is not None:
        row["patch"] = change.patch
    if change.previous is not None:
        row["previous_filename"] = change.previous
    return row


def own_changes(cx: Context, commit: Commit) -> list[Change]:
    """What a commit changed against its first parent."""
    return changes(cx.git, commit.parents[0] if commit.parents else EMPTY_TREE, commit.sha)


def push_commit(cx: Context, sha: str) -> dict:
    """A commit as push payloads carry it."""
    found = cx.git.need(sha)
    touched = own_changes(cx, found)
    by = {
        "added": [c.path for c in touched if c.status in ("added", "renamed", "copied")],
        "removed": [c.previous or c.path for c in touched if c.status in ("removed", "renamed")],
        "modified": [c.path for c in touched if c.status in ("modified", "changed")],
    }
    people = {}
    for role, person in (("author", found.author), ("committer", found.committer)):
        people[role] = {"name": person.name, "email": person.email}
        login = cx.world.config.login_of(person.email)
        if login:
            people[role]["username"] = login
    return {
        "id": sha, "tree_id": found.tree, "distinct": True, "message": found.message, "timestamp": found.committer.date,
        "url": f"{cx.web}/{cx.full_name}/commit/{sha}", **people, **by,
    }  # fmt: skip


def head_commit(cx: Context, sha: str) -> dict:
    """A commit as workflow runs and check suites carry it."""
    found = cx.git.need(sha)
    return {
        "id": sha, "tree_id": found.tree, "message": found.message, "timestamp": found.committer.date,
        "author": {"name": found.author.name, "email": found.author.email},
        "committer": {"name": found.committer.name, "email": found.committer.email},
    }  # fmt: skip


def ref(cx: Context, found: Ref) -> dict:
    """A reference as /git/refs writes it."""
    return {
        "ref": found.name, "node_id": f"REF_{found.name}", "url": f"{cx.repo_url}/git/{quote(found.name)}",
        "object": {"sha": found.sha, "type": found.kind, "url": f"{cx.repo_url}/git/{found.kind}s/{found.sha}"},
    }  # fmt: skip
