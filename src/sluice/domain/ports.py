"""The doors to the outside, as the pipeline sees them; adapters stand behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol

# Named for types alone: whoever opens a table needs nothing of what GitHub is spoken to with.
if TYPE_CHECKING:
    from sluice.domain.planning import ChangedFiles, PullRequest
    from sluice.domain.predictions import Predictions
    from sluice.domain.report import CheckRun, StickyComment
    from sluice.domain.repository import TreeEntry
    from sluice.domain.workflows import RunArtifact, WorkflowRun


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

    def default_branch_has(self, path: str) -> bool:
        """Whether the default branch has a file (or anything else) at a path now."""
        ...

    def tree(self, ref: str) -> tuple[TreeEntry, ...] | None:
        """Every path of a commit; ``None`` where the list is not whole."""
        ...

    def artifacts_named(self, name: str) -> tuple[RunArtifact, ...]:
        """The repository's artifacts of a name that have not expired, the newest first."""
        ...

    def workflow_run(self, run_id: int) -> WorkflowRun:
        """A run of a workflow as it is now."""
        ...

    def set_checks(self, checks: tuple[CheckRun, ...]) -> None:
        """Create or update the check runs of one head (commit statuses where check runs may not be made)."""
        ...

    def upsert_comment(self, comment: StickyComment, *, head_verified: bool = False) -> int:
        """Create or edit the sticky comment; its id.

        Reads the head again right before it writes and raises ``StaleHead`` where it has moved on; ``head_verified``
        spares that call to one who has just read it.
        """
        ...


class TableEngine(Protocol):
    """One table of data, ready to be asked; every method raises ``DataError`` where the data cannot be read."""

    @property
    def table(self) -> Any:
        """The table as an ibis expression."""
        ...

    @property
    def sha256(self) -> str:
        """Digest of the data's bytes."""
        ...

    @property
    def keeps_order(self) -> bool:
        """Whether rows have an order of their own, which windows that state none follow."""
        ...

    @property
    def dialect(self) -> str:
        """The engine's SQL, by the name that SQLGlot has for it; statements of contracts are written in it."""
        ...

    @property
    def hashes_rows(self) -> bool:
        """Whether a struct of columns can be hashed as one value."""
        ...

    def columns(self) -> Mapping[str, str]:
        """Name and kind (``domain.check``) of every column, in the data's order."""
        ...

    def aggregate(self, exprs: Mapping[str, Any]) -> Mapping[str, Any]:
        """The value of every scalar expression over the table, all by one query."""
        ...

    @property
    def related(self) -> Mapping[str, Any]:
        """Other tables that the same engine holds, by name, as ibis expressions: those that a contract refers to."""
        ...

    def rows(self, expr: Any, limit: int, *, timeout_s: float | None = None) -> list[tuple[Any, ...]]:
        """At most ``limit`` rows of any table expression; ``DataError`` (``timeout``) where it takes longer."""
        ...

    def sql(self, statement: str, *, timeout_s: float, total_s: float) -> list[tuple[Any, ...]]:
        """The rows (two at most) of one read-only statement of the engine's own SQL, over the table ``data``.

        A value that is no finite number may come as ``None``. ``total_s`` is what all statements may take together;
        ``DataError`` is ``sql`` where it is refused, ``timeout``, ``memory`` or ``crash`` where it had to be ended.
        """
        ...

    def tally(self, exprs: Mapping[str, Any], limit: int) -> Mapping[str, Mapping[Any, int]]:
        """How many rows have each value of every column expression (null is ``None``), in one pass over the table.

        At most ``limit`` values of each, the most frequent; more than that are left out.
        """
        ...

    def sample(self, columns: tuple[str, ...], limit: int, *, scattered: bool = False) -> Any:
        """Rows spread evenly over the whole table, at most about ``limit`` (all where there are no more), as Arrow.

        The same bytes give the same rows, where the engine keeps an order at all. Neighbours may come together, which
        is sooner read; ``scattered``: no more than chance would have it, so that rows count as independent.
        """
        ...

    def examples(self, values: Any, limit: int) -> tuple[str, ...]:
        """The first ``limit`` distinct values, in order, of a table with the one column ``value``, as short text."""
        ...


class PredictionsFile(Protocol):
    """Predictions of more rows than are read into memory: they come part by part, checked, and as often as asked for.

    ``most`` is how many rows would have been read into memory. ``key`` is the kind of the key column: whole numbers,
    text, or none. Everything raises ``EvidenceError`` for what the file holds.
    """

    @property
    def where(self) -> str:
        """What people call the file."""
        ...

    @property
    def most(self) -> int:
        """How many rows would have been read into memory."""
        ...

    @property
    def sha256(self) -> str:
        """Digest of the file's bytes."""
        ...

    @property
    def key(self) -> Literal["numbers", "text", ""]:
        """The kind of the key."""
        ...

    def parts(self) -> Iterator[Predictions]:
        """All rows in the file's order, in parts of one size (but for the last), whatever the file is."""
        ...

    def require_unique_key(self) -> None:
        """Raise ``EvidenceError`` where a key occurs more than once."""
        ...

    def joined(self, baseline: PredictionsFile) -> Iterator[tuple[Predictions, Predictions]]:
        """The rows of equal keys of both files, part by part, in any order."""
        ...
