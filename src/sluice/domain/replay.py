"""Stored evidence, judged again under a policy that does not stand: what would have become of the merge gate."""

from __future__ import annotations

from dataclasses import dataclass

from sluice.domain.decision import Decision
from sluice.domain.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What evidence says of itself before it is judged; ``problem`` tells why it is not to be judged at all.

    ``evidence`` is where it was found: a folder, or a run.
    """

    evidence: str
    repository: str = ""
    pr_number: int | None = None
    head_sha: str = ""
    started_at: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateChange:
    """A gate that comes out otherwise; ``None`` where the policy has no such gate."""

    gate: str
    before: Verdict | None
    after: Verdict | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One evidence under the policy of its time and under the proposed one; never a decision.

    ``before`` and ``after`` are ``None`` where it could not be judged: ``note`` says why.
    """

    seen: Glance
    before: Decision | None = None
    after: Decision | None = None
    changes: tuple[GateChange, ...] = ()
    note: str = ""

    @property
    def closes(self) -> bool:
        """Whether the gate was open, and the proposed policy would close it."""
        return self.before is not None and self.after is not None and self.before.open and not self.after.open

    @property
    def opens(self) -> bool:
        """Whether the gate was closed, and the proposed policy would open it."""
        return self.before is not None and self.after is not None and not self.before.open and self.after.open
