"""What follows when a reference moves, however it was moved: the events, and the pull requests that follow it."""

from __future__ import annotations

from . import gitshapes, pulling
from .context import Context
from .git import history
from .git.plumbing import ZERO

_MOST_COMMITS = 2048


async def pushed(cx: Context, ref: str, before: str, after: str) -> None:
    """A reference moved from ``before`` to ``after`` (forty zeros: it did not exist, or is gone)."""
    await cx.events.emit(cx, "push", None, _payload(cx, ref, before, after))
    branch = ref.removeprefix("refs/heads/")
    if branch == ref:
        return
    if after == ZERO:
        await pulling.branch_gone(cx, branch)
    else:
        await pulling.branch_moved(cx, branch, before, after)


def _payload(cx: Context, ref: str, before: str, after: str) -> dict:
    repo, shas, forced = cx.git, [], False
    tip = repo.refs()[ref].commit if after != ZERO else None
    if tip and before == ZERO and ref.startswith("refs/heads/"):
        shas = history.fresh(repo, after, ref)
    elif tip and before != ZERO and repo.commit(before):
        shas = history.between(repo, before, after)
        forced = not history.is_ancestor(repo, before, after)
    login = cx.who.login or "ghost"
    span = after[:12] if before == ZERO else f"{before[:12]}...{after[:12]}"
    return {
        "ref": ref, "before": before, "after": after, "created": before == ZERO, "deleted": after == ZERO,
        "forced": forced,
        "base_ref": None, "compare": f"{cx.web}/{cx.full_name}/compare/{span}",
        "commits": [gitshapes.push_commit(cx, sha) for sha in shas[-_MOST_COMMITS:]],
        "head_commit": gitshapes.push_commit(cx, tip) if tip else None,
        "pusher": {"name": login, "email": cx.world.config.git_identity(login)[1]},
    }  # fmt: skip


async def move(cx: Context, ref: str, sha: str) -> None:
    """Set a reference and let everything that follows happen."""
    held = cx.git.refs().get(ref)
    if held is None or held.sha != sha:
        cx.git.set_ref(ref, sha)
        await pushed(cx, ref, held.sha if held else ZERO, sha)
