"""How two commits stand to each other, and lists of commits."""

from __future__ import annotations

from dataclasses import dataclass

from .plumbing import GitError
from .repository import Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """base...head: git's merge base, and the commits each side has alone."""

    base: str
    head: str
    merge_base: str
    ahead: int
    behind: int

    @property
    def status(self) -> str:
        """GitHub's word: identical, ahead, behind or diverged."""
        if self.ahead and self.behind:
            return "diverged"
        return "ahead" if self.ahead else "behind" if self.behind else "identical"


def compare(repo: Repository, base: str, head: str) -> Comparison | None:
    """Compare two commits; None when they have no common ancestor."""
    return repo.known(("compare", base, head), lambda: _compare(repo, base, head))


def _compare(repo: Repository, base: str, head: str) -> Comparison | None:
    status, out, said = repo.git.call("merge-base", base, head)
    if status == 1:
        return None
    if status != 0:
        raise GitError("merge-base", said)
    counts = repo.git.line("rev-list", "--left-right", "--count", f"{base}...{head}").split()
    shared = out.decode().strip()
    return Comparison(base=base, head=head, merge_base=shared, ahead=int(counts[1]), behind=int(counts[0]))


def is_ancestor(repo: Repository, old: str, new: str) -> bool:
    """Whether ``old`` is in the history of ``new`` (a commit is in its own)."""
    found = repo.known(("ancestor", old, new), lambda: repo.git.call("merge-base", "--is-ancestor", old, new))
    return found[0] == 0


def between(repo: Repository, base: str, head: str) -> list[str]:
    """The commits of base..head, oldest first."""
    command = ("rev-list", "--reverse", "--topo-order", f"{base}..{head}")
    return list(repo.known(command, lambda: repo.git.run(*command).decode().split()))


def fresh(repo: Repository, tip: str, ref: str) -> list[str]:
    """The commits a new reference brings that no other branch has, oldest first."""
    others = [r.sha for n, r in repo.refs().items() if n.startswith("refs/heads/") and n != ref]
    return repo.git.run("rev-list", "--reverse", "--topo-order", tip, *(f"^{s}" for s in others)).decode().split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which commits of a history are wanted."""

    path: str | None = None
    author: str | None = None
    since: str | None = None
    until: str | None = None


def log(repo: Repository, start: str, wanted: Filter) -> list[str]:
    """The commits reachable from ``start``, newest first."""
    args = ["rev-list", start]
    args += [
        f"--{name}={value}"
        for name, value in (("author", wanted.author), ("since", wanted.since), ("until", wanted.until))
        if value
    ]
    args += ["--", wanted.path] if wanted.path else []
    return repo.git.run(*args).decode().split()
