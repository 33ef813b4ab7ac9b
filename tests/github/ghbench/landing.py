"""Merging pull requests: the three methods, and bringing a head up to date."""

from __future__ import annotations

from dataclasses import dataclass

from . import gitshapes, pulling, pushes
from .context import Context
from .git import merging
from .git.plumbing import ZERO
from .pullshapes import announce, commits_of
from .replies import ApiError
from .world import Pull


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What the caller wants the merge commit to say; None: GitHub's default."""

    title: str | None
    text: str | None


def merge_commit(cx: Context, pull: Pull, title: str, wording: Wording) -> str | None:
    """The commit of method "merge"; None on a conflict."""
    base = pulling.base_tip(cx, pull)
    tree = merging.merged_tree(cx.git, base, pull.head_sha)
    if tree is None:
        return None
    label = f"{pull.head_repo.split('/')[0]}/{pull.head_ref}"
    subject = wording.title or f"Merge pull request #{pull.number} from {label}"
    text = title if wording.text is None else wording.text
    message = f"{subject}\n\n{text}" if text else subject
    return cx.git.write_commit(tree, [base, pull.head_sha], message, gitshapes.person_for(cx), gitshapes.web_flow())


def squash_commit(cx: Context, pull: Pull, title: str, wording: Wording) -> str | None:
    """The commit of method "squash"; None on a conflict."""
    base = pulling.base_tip(cx, pull)
    tree = merging.merged_tree(cx.git, base, pull.head_sha)
    if tree is None:
        return None
    messages = [cx.git.need(sha).message for sha in commits_of(cx, pull)]
    if len(messages) == 1:
        default_title, _, default_text = messages[0].partition("\n\n")
    else:
        default_title, default_text = title, "\n\n".join(f"* {m}" for m in messages)
    subject = wording.title or f"{default_title} (#{pull.number})"
    text = default_text if wording.text is None else wording.text
    message = f"{subject}\n\n{text}" if text else subject
    return cx.git.write_commit(tree, [base], message, gitshapes.person_for(cx, pull.author), gitshapes.web_flow())


def rebase_commit(cx: Context, pull: Pull) -> str | None:
    """The tip of method "rebase"; None on a conflict."""
    return merging.rebased(cx.git, pulling.base_tip(cx, pull), commits_of(cx, pull), gitshapes.person_for(cx))


async def land(cx: Context, pull: Pull, commit: str) -> None:
    """Put a finished merge on the base branch and close the pull request."""
    before = pulling.base_tip(cx, pull)
    cx.git.set_ref(f"refs/heads/{pull.base_ref}", commit)
    pulling.mark_merged(cx, pull, commit, before)
    await pulling.close(cx, pull)
    await pushes.pushed(cx, f"refs/heads/{pull.base_ref}", before, commit)
    await announce(cx, pull, "closed")


async def update_head(cx: Context, pull: Pull) -> None:
    """Merge the base branch into the head branch; 422 on a conflict."""
    head = cx.at(pull.head_repo)
    tip = pulling.base_tip(cx, pull)
    tree = merging.merged_tree(cx.git, pull.head_sha, tip)
    if tree is None:
        raise ApiError(422, "merge conflict between base and head")
    message = f"Merge branch '{pull.base_ref}' into {pull.head_ref}"
    person = gitshapes.person_for(cx)
    commit = cx.git.write_commit(tree, [pull.head_sha, tip], message, person, gitshapes.web_flow())
    await pushes.move(head, f"refs/heads/{pull.head_ref}", commit)


async def delete_branch(cx: Context, ref: str) -> None:
    """Delete a reference and let everything that follows happen."""
    before = cx.git.refs()[ref].sha
    cx.git.delete_ref(ref)
    await pushes.pushed(cx, ref, before, ZERO)
