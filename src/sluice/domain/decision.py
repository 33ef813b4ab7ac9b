"""What becomes of the merge gate: every gate judged, and all of them together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sluice.domain.drift_limits import Severity
from sluice.domain.planning import Stage
from sluice.domain.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """One gate, judged: a contract (``data.NAME``), a stage (``training``) or a metric's limit (``roc_auc.min``).

    ``slice`` is the one that decided, ``""`` where all rows did. The interval is that of ``interval_of``: the
    ``observed`` value, or what it is held against the limit by (candidate minus baseline, a gap). ``n`` counts the rows
    it rests on. ``rule`` says in one sentence when the gate is open, ``remedy`` what would open it; both are empty
    where the rest says it already.
    """

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
    slice: str = ""
    difference: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_level: float | None = None
    interval_of: Literal["", "observed", "difference"] = ""
    n: int | None = None
    rule: str = ""
    remedy: str = ""


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
