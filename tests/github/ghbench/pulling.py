"""Pull requests between two branches of real repositories: heads, test merges, mergeability."""

from __future__ import annotations

from . import gitshapes
from .context import Context
from .git import history, merging
from .git.history import Comparison
from .judgement import BEHIND, blockers
from .replies import not_found, now
from .verdicts import all_green
from .world import Pull


def stored(cx: Context, number: int) -> Pull:
    """The record of a pull request; 404 when there is none."""
    found = cx.repo.pulls.get(number)
    if found is None:
        raise not_found()
    return found


def base_tip(cx: Context, pull: Pull) -> str:
    """Where the base branch stands (stood, once merged or gone)."""
    return pull.merged_base or cx.git.branch(pull.base_ref) or pull.base_sha


def comparison(cx: Context, pull: Pull) -> Comparison | None:
    """The head against the base branch as it stands now; None without a common ancestor."""
    return history.compare(cx.git, base_tip(cx, pull), pull.head_sha)


def test_merge(cx: Context, pull: Pull) -> str | None:
    """Bring refs/pull/N/merge up to date; its commit, or None when the branches conflict.

    A conflict leaves the reference where it was, as GitHub does.
    """
    name = f"refs/pull/{pull.number}/merge"
    base = base_tip(cx, pull)
    held = cx.git.refs().get(name)
    if held and cx.git.need(held.sha).parents == (base, pull.head_sha):
        return held.sha
    tree = merging.merged_tree(cx.git, base, pull.head_sha)
    if tree is None:
        return None
    who = gitshapes.web_flow()
    commit = cx.git.write_commit(tree, [base, pull.head_sha], f"Merge {pull.head_sha} into {base}", who, who)
    cx.git.set_ref(name, commit)
    return commit


def mergeability(cx: Context, pull: Pull) -> tuple[bool | None, str]:
    """(mergeable, mergeable_state); the first look after a push finds it unknown, and starts the computation."""
    if pull.state == "closed":
        return None, "unknown"
    key = (base_tip(cx, pull), pull.head_sha)
    merge = test_merge(cx, pull)
    if cx.world.realism["lazy_mergeable"] and pull.computed_for != key:
        pull.computed_for = key
        return None, "unknown"
    if merge is None:
        return False, "dirty"
    if pull.draft:
        return True, "draft"
    against = comparison(cx, pull)
    reasons = blockers(cx, pull.base_ref, pull.head_sha, pull, behind=against.behind if against else 0)
    if reasons:
        return True, "behind" if reasons == [BEHIND] else "blocked"
    return True, "clean" if all_green(cx, pull.head_sha) else "unstable"


def head_moved(cx: Context, pull: Pull, sha: str) -> None:
    """Take a new head: the record, refs/pull/N/head and the test merge."""
    pull.head_sha, pull.updated_at, pull.computed_for = sha, now(), None
    pull.base_sha = cx.git.branch(pull.base_ref) or pull.base_sha
    cx.git.set_ref(f"refs/pull/{pull.number}/head", sha)
    test_merge(cx, pull)


async def close(cx: Context, pull: Pull) -> None:
    """Close a pull request (also a merged one) and the issue behind it; its test merge goes."""
    pull.state, pull.closed_at, pull.updated_at = "closed", now(), now()
    if f"refs/pull/{pull.number}/merge" in cx.git.refs():
        cx.git.delete_ref(f"refs/pull/{pull.number}/merge")
    await cx.up.json("PATCH", f"/repos/{cx.full_name}/issues/{pull.number}", {"state": "closed"})


def mark_merged(cx: Context, pull: Pull, commit: str, base_before: str) -> None:
    """Note that a pull request's head is in its base now."""
    pull.merged_at, pull.merged_by = now(), cx.who.login
    pull.merge_commit_sha, pull.merged_base = commit, base_before
    cx.repo.contributors.add(pull.author)


async def branch_moved(cx: Context, branch: str, before: str, after: str) -> None:
    """A branch moved: pull requests from it follow, and those into it that it now contains are merged."""
    from .pullshapes import announce

    for there, pull in _open_pulls(cx):
        if pull.head_ref == branch and pull.head_repo == cx.full_name and pull.head_sha != after:
            head_moved(there, pull, after)
            await announce(there, pull, "synchronize", before=before, after=after)
    for pull in [p for p in cx.repo.pulls.values() if p.state == "open" and p.base_ref == branch]:
        if history.is_ancestor(cx.git, pull.head_sha, after) and not history.is_ancestor(cx.git, pull.head_sha, before):
            mark_merged(cx, pull, after, before)
            await close(cx, pull)
            await announce(cx, pull, "closed")


async def branch_gone(cx: Context, branch: str) -> None:
    """A deleted branch closes the pull requests from it and into it."""
    from .pullshapes import announce

    for there, pull in _open_pulls(cx):
        from_it = pull.head_ref == branch and pull.head_repo == cx.full_name
        into_it = pull.base_ref == branch and there.full_name == cx.full_name
        if from_it or into_it:
            pull.head_gone = pull.head_gone or from_it
            await close(there, pull)
            await announce(there, pull, "closed")


def _open_pulls(cx: Context) -> list[tuple[Context, Pull]]:
    """Every open pull request of the bench, with a context of its repository."""
    return [
        (cx.at(repo.full_name), pull)
        for repo in list(cx.world.repos.values())
        for pull in list(repo.pulls.values())
        if pull.state == "open"
    ]
