"""What becomes of the merge gate: every gate judged, and all of them together."""

from __future__ import annotations

from dataclasses import dataclass

from sluice.domain.config import Severity
from sluice.domain.planning import Stage
from sluice.domain.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """One gate, judged: a contract (``data.NAME``), a stage (``training``) or a metric's limit (``roc_auc.min``)."""

    gate: str
    stage: Stage
    verdict: Verdict
    severity: Severity
    observed: float | str | None
    baseline: float | None
    limit: float | str | None
    reason_code: str
    message: str
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of the merge gate, bound to one head, one base, one policy and one evidence."""

    verdict: Verdict
    results: tuple[GateResult, ...]
    head_sha: str
    base_sha: str
    policy_sha256: str
    evidence_sha256: str
    enforced: bool = True
    skipped: tuple[Stage, ...] = ()
    message: str = ""
    overridden_by: str | None = None

    @property
    def open(self) -> bool:
        """Whether the gate is open; a base without a policy enforces nothing."""
        return self.verdict.opens or not self.enforced
