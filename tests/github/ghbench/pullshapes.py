"""A pull request as the REST API and the webhooks write it."""

from __future__ import annotations

from typing import Any

from . import shapes
from .context import Context
from .git import history
from .git.changes import changes
from .pulling import base_tip, comparison, mergeability, stored
from .replies import not_found
from .world import Pull

_FROM_ISSUE = (
    "title", "body", "user", "labels", "locked", "active_lock_reason", "assignee", "assignees", "milestone",
    "created_at",
)  # fmt: skip


async def issue_of(cx: Context, number: int) -> dict:
    """emulate's issue behind a pull request (or any issue)."""
    found = await cx.fetch(f"/repos/{cx.full_name}/issues/{number}")
    if found is None:
        raise not_found()
    return found


async def _side(cx: Context, full_name: str, ref: str, sha: str) -> dict:
    repository = await cx.at(full_name).repository()
    owner = repository["owner"]
    return {"label": f"{owner['login']}:{ref}", "ref": ref, "sha": sha, "user": owner, "repo": repository}


def _links(cx: Context, pull: Pull) -> dict[str, str]:
    base, issue = f"{cx.repo_url}/pulls/{pull.number}", f"{cx.repo_url}/issues/{pull.number}"
    web = f"{cx.web}/{cx.full_name}/pull/{pull.number}"
    return {
        "url": base, "html_url": web, "diff_url": f"{web}.diff", "patch_url": f"{web}.patch", "issue_url": issue,
        "commits_url": base + "/commits", "review_comments_url": base + "/comments",
        "review_comment_url": f"{cx.repo_url}/pulls/comments{{/number}}", "comments_url": issue + "/comments",
        "statuses_url": f"{cx.repo_url}/statuses/{pull.head_sha}",
    }  # fmt: skip


async def brief(cx: Context, pull: Pull, issue: dict) -> dict:
    """The form lists have."""
    links = _links(cx, pull)
    hrefs = {
        "self": "url", "html": "html_url", "issue": "issue_url", "comments": "comments_url", "commits": "commits_url",
        "review_comments": "review_comments_url", "review_comment": "review_comment_url", "statuses": "statuses_url",
    }  # fmt: skip
    test_merge = cx.git.refs().get(f"refs/pull/{pull.number}/merge")
    return {
        **links, "id": pull.id, "node_id": pull.node_id, "number": pull.number, "state": pull.state,
        **{key: issue[key] for key in _FROM_ISSUE},
        "updated_at": max(issue["updated_at"], pull.updated_at), "closed_at": pull.closed_at,
        "merged_at": pull.merged_at,
        "merge_commit_sha": pull.merge_commit_sha or (test_merge.sha if test_merge else None), "draft": pull.draft,
        "requested_reviewers": [shapes.user(login, cx.api, cx.web) for login in pull.reviewers], "requested_teams": [],
        "head": await _side(cx, pull.head_repo, pull.head_ref, pull.head_sha),
        "base": await _side(cx, cx.full_name, pull.base_ref, pull.merged_base or pull.base_sha),
        "author_association": cx.identities.association(cx.full_name, pull.author), "auto_merge": None,
        "_links": {name: {"href": links[key]} for name, key in hrefs.items()},
    }  # fmt: skip


async def full(cx: Context, pull: Pull, issue: dict, *, quiet: bool = False) -> dict:
    """The form one pull request has; ``quiet`` leaves mergeability unknown and does not start its computation."""
    out = await brief(cx, pull, issue)
    against = comparison(cx, pull)
    files = changes(cx.git, against.merge_base, pull.head_sha) if against else []
    mergeable, state = (None, "unknown") if quiet else mergeability(cx, pull)
    out.update(
        commits=against.ahead if against else 0, changed_files=len(files), additions=sum(f.additions for f in files),
        deletions=sum(f.deletions for f in files), comments=issue["comments"],
        review_comments=len(pull.review_comments),
        merged=pull.merged, merged_by=shapes.user(pull.merged_by, cx.api, cx.web) if pull.merged_by else None,
        maintainer_can_modify=False, mergeable=mergeable, mergeable_state=state, rebaseable=mergeable,
    )  # fmt: skip
    return out


async def one(cx: Context, number: int, *, quiet: bool = False) -> dict:
    """A pull request by number, whole."""
    return await full(cx, stored(cx, number), await issue_of(cx, number), quiet=quiet)


async def announce(cx: Context, pull: Pull, action: str, **extra: Any) -> None:
    """Send a pull_request event."""
    shown = await one(cx, pull.number, quiet=True)
    await cx.events.emit(cx, "pull_request", action, {"number": pull.number, "pull_request": shown, **extra})


def commits_of(cx: Context, pull: Pull) -> list[str]:
    """The commits of a pull request, oldest first."""
    against = comparison(cx, pull)
    return history.between(cx.git, against.merge_base, pull.head_sha) if against else []


__all__ = ["announce", "base_tip", "brief", "commits_of", "full", "issue_of", "one"]
