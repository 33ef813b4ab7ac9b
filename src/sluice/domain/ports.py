"""The doors to the outside, as the pipeline sees them; adapters stand behind."""

from __future__ import annotations

from typing import Protocol

from sluice.domain.records import ChangedFiles, CheckRun, PullRequest, StickyComment


class GitHub(Protocol):
    """One repository on GitHub; every method is one or few API calls, retried where that is safe."""

    def pull_request(self, number: int) -> PullRequest:
        """The pull request as it is now."""
        ...

    def changed_files(self, number: int) -> ChangedFiles:
        """Paths that the pull request changes, old names of renamed files included."""
        ...

    def compare(self, base_sha: str, head_sha: str) -> ChangedFiles:
        """Paths that differ between the merge base of two commits and the second."""
        ...

    def file(self, path: str, ref: str) -> bytes | None:
        """A file's bytes at a commit; ``None`` where there is none."""
        ...

    def set_checks(self, checks: tuple[CheckRun, ...]) -> None:
        """Create or update the check runs of one head (commit statuses where check runs may not be made)."""
        ...

    def upsert_comment(self, comment: StickyComment) -> int:
        """Create or edit the sticky comment; its id. Raises ``StaleHead`` where the head has moved on."""
        ...
