"""One repository on GitHub: everything the pipeline asks of it."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from sluice.adapters.github import protecting, pulls, rules, runs
from sluice.adapters.github.calls import Calls
from sluice.adapters.github.checks import Checks
from sluice.adapters.github.comments import Comments
from sluice.adapters.github.contents import Contents
from sluice.adapters.github.identity import Identity
from sluice.domain.planning import ChangedFiles, PullRequest
from sluice.domain.report import CheckRun, StickyComment
from sluice.domain.repository import TreeEntry
from sluice.domain.workflows import BranchRules, CheckAuthor, RepositoryFacts, RunArtifact, WorkflowRun


class Repository:
    """Implements ``domain.ports.GitHub``; every method raises ``OutsideError`` where GitHub stays down or refuses."""

    def __init__(self, calls: Calls, token: str, details_url: str) -> None:
        identity = Identity(calls, token)
        self._calls = calls
        self._contents = Contents(calls)
        self._checks = Checks(calls, identity, token, details_url)
        self._comments = Comments(calls, identity)

    def __repr__(self) -> str:
        return f"Repository({self._calls.repository!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._calls.close()

    # -- what the pipeline needs ----------------------------------------------------------

    def pull_request(self, number: int) -> PullRequest:
        """The pull request as it is now."""
        return pulls.pull_request(self._calls, number)

    def changed_files(self, number: int) -> ChangedFiles:
        """Paths that the pull request changes, old names of renamed files included; complete below 3,000 files."""
        return pulls.changed_files(self._calls, number)

    def compare(self, base_sha: str, head_sha: str) -> ChangedFiles:
        """Paths that differ between the merge base of two commits and the second; complete below 300 files."""
        return pulls.compare(self._calls, base_sha, head_sha)

    def file(self, path: str, ref: str) -> bytes | None:
        """A file's bytes (at most 5 MB) at a commit; ``None`` where the commit can be read and has none."""
        return self._contents.file(path, ref)

    def default_branch_has(self, path: str) -> bool:
        """Whether the default branch has a file (or anything else) at a path now."""
        return self._contents.on_default_branch(path)

    def tree(self, ref: str) -> tuple[TreeEntry, ...] | None:
        """Every path of a commit; ``None`` where GitHub cuts the list."""
        return self._contents.tree(ref)

    def set_checks(self, checks: tuple[CheckRun, ...]) -> None:
        """Make the checks stand as given, as statuses where the token is a person's; ``sluice/gate`` opens last."""
        self._checks.set(checks)

    def upsert_comment(self, comment: StickyComment, *, head_verified: bool = False) -> int:
        """Create or edit the sticky comment; its id. ``StaleHead`` where the head has moved on."""
        return self._comments.upsert(comment, head_verified=head_verified)

    # -- what binds evidence to a pull request --------------------------------------------

    def pull_for_head(self, head_repository: str, head_ref: str, head_sha: str) -> PullRequest | None:
        """The one open pull request with exactly this head; ``EvidenceError`` where there are several."""
        return pulls.pull_for_head(self._calls, head_repository, head_ref, head_sha)

    def workflow_run(self, run_id: int) -> WorkflowRun:
        """A run of a workflow as it is now."""
        return runs.workflow_run(self._calls, run_id)

    def artifacts_named(self, name: str) -> tuple[RunArtifact, ...]:
        """The repository's artifacts of this name, the newest first; those of forks' runs among them."""
        return runs.artifacts_named(self._calls, name)

    def run_artifact(self, run_id: int, name: str, into: Path, max_bytes: int) -> Path | None:
        """Download a run's newest artifact of this name as a zip archive into a folder; ``None`` where it has none."""
        found = runs.artifacts_of_run(self._calls, run_id, name)
        return runs.download(self._calls, found[0], into, max_bytes) if found else None

    def download(self, artifact: RunArtifact, into: Path, max_bytes: int) -> Path:
        """Download an artifact as a zip archive into a folder; ``EvidenceError`` where it is too large or altered."""
        return runs.download(self._calls, artifact, into, max_bytes)

    # -- what doctor asks, and init --protect sets ----------------------------------------

    def facts(self) -> RepositoryFacts:
        """What the repository is: its default branch, and whether everyone sees it."""
        return rules.facts(self._calls)

    def require_check(self, name: str, app_id: int) -> None:
        """Require a check from one app on the default branch; the token needs ``administration: write``."""
        protecting.require(self._calls, name, app_id)

    def branch_rules(self, branch: str) -> BranchRules:
        """What a branch demands of a merge."""
        return rules.branch_rules(self._calls, branch)

    def check_author(self, head_sha: str, name: str) -> CheckAuthor | None:
        """The app that posted the newest check run of this name on a commit."""
        return rules.check_author(self._calls, head_sha, name)

    def newest_author(self, branch: str, name: str) -> CheckAuthor | None:
        """The app that last posted a check run of this name, on the branch or on a recent pull request."""
        return rules.newest_author(self._calls, branch, name)
