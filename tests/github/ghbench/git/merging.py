"""Merges without a work tree, done by git's own merge machinery."""

from __future__ import annotations

from .objects import Commit, Person
from .plumbing import GitError
from .repository import Repository


def merged_tree(repo: Repository, ours: str, theirs: str) -> str | None:
    """The tree of a clean merge of two commits; None when they conflict or have no common ancestor."""
    return repo.known(("merge", ours, theirs), lambda: _merged_tree(repo, ours, theirs))


def _merged_tree(repo: Repository, ours: str, theirs: str) -> str | None:
    status, out, said = repo.git.call("merge-tree", "--write-tree", "--no-messages", ours, theirs)
    if status == 0:
        return out.decode().split()[0]
    if status == 1 or "unrelated histories" in said:
        return None
    raise GitError("merge-tree", said)


def _bare_commit(repo: Repository, tree: str, parents: list[str]) -> str:
    nobody = Person(name="x", email="x", stamp="0 +0000")
    return repo.write_commit(tree, parents, "x\n", nobody, nobody)


def picked_tree(repo: Repository, onto: str, commit: Commit) -> str | None:
    """The tree of a commit's own change put on another commit; None on a conflict.

    git 2.39's merge-tree takes no merge base, so three bare commits are made
    whose history makes the commit's parent the base.
    """
    base = _bare_commit(repo, repo.need(commit.parents[0]).tree, [])
    ours = _bare_commit(repo, repo.need(onto).tree, [base])
    theirs = _bare_commit(repo, commit.tree, [base])
    return merged_tree(repo, ours, theirs)


def rebased(repo: Repository, base: str, commits: list[str], committer: Person) -> str | None:
    """The tip after putting commits, oldest first, on ``base``; None on a conflict.

    Merge commits are left out, and authors kept, as GitHub's "rebase and merge" does.
    """
    tip = base
    for sha in commits:
        commit = repo.need(sha)
        if len(commit.parents) != 1:
            continue
        tree = picked_tree(repo, tip, commit)
        if tree is None:
            return None
        tip = repo.write_commit(tree, [tip], commit.message, commit.author, committer)
    return tip
