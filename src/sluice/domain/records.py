"""The frozen records that cross from one stage to the next.

Numbers that are not finite never enter a record: a value that could not be measured is ``None``
and a ``reason`` or ``message`` says why.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sluice.domain.config import Severity
from sluice.domain.contract import Scalar
from sluice.domain.drift import DriftResult
from sluice.domain.evolution import ContractChange
from sluice.domain.verdict import Verdict

EVIDENCE_SCHEMA_VERSION = 1

Stage = Literal["data", "training", "evaluation"]
STAGES: tuple[Stage, ...] = ("data", "training", "evaluation")
EventName = Literal["pull_request", "merge_group", "push", "workflow_run", "workflow_dispatch", "local"]
SkipCode = Literal["not-applicable", "draft", "skip-label", "config"]
TrainStatus = Literal["success", "failure", "timeout", "cancelled", "killed", "reused"]
Direction = Literal["higher", "lower"]


def finite(value: float | None, name: str) -> None:
    """Raise ``ValueError`` where a number is NaN or infinite."""
    if value is not None and not math.isfinite(value):
        raise ValueError(f"{name} is not finite")


# -- what happened, and what applies -----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened on GitHub (or a call by hand, ``local``), bound to one head and one base."""

    name: EventName
    action: str
    repository: str
    head_sha: str
    base_sha: str
    base_ref: str = ""
    head_ref: str = ""
    head_repository: str = ""
    pr_number: int | None = None
    draft: bool = False
    labels: tuple[str, ...] = ()
    run_id: int | None = None
    default_branch: str = ""

    @property
    def is_fork(self) -> bool:
        """Whether the head comes from another repository."""
        return bool(self.head_repository) and self.head_repository.lower() != self.repository.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """A pull request as the API shows it now."""

    number: int
    state: str
    draft: bool
    labels: tuple[str, ...]
    head_sha: str
    head_ref: str
    head_repository: str
    base_sha: str
    base_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFiles:
    """Paths that differ between base and head; ``complete`` is false where GitHub's cap cut the list."""

    paths: tuple[str, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do for one event: the stages that apply, where they run, and why.

    ``fingerprint`` is empty where it could not be worked out. ``measured_head_sha`` is set where evidence of another
    head with the same fingerprint is to count.
    """

    stages: tuple[Stage, ...]
    runs_on: tuple[str, ...]
    head_sha: str
    base_sha: str
    policy_sha256: str
    base_ref: str = ""
    enforced: bool = True
    fingerprint: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict[str, str])
    policy_changes: tuple[str, ...] = ()
    measured_head_sha: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Nothing is to be run for this event; ``verdict`` tells whether the gate opens all the same."""

    reason_code: SkipCode
    message: str
    verdict: Verdict
    head_sha: str
    base_sha: str
    policy_sha256: str = ""
    enforced: bool = True


# -- data ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One demand of a contract on one table, measured; ``observed`` and ``limit`` serve to judge it again."""

    check: str
    dataset: str
    column: str | None
    verdict: Verdict
    observed: Scalar | None
    limit: str
    n_rows: int
    n_failed: int | None
    examples: tuple[str, ...] = ()
    message: str = ""
    severity: Severity = "fail"
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetResult:
    """All checks of one data source, and what exactly was checked.

    ``drift`` is ``None`` where the data was compared with nothing; ``changes`` are those of its contract, from the
    base's to the head's.
    """

    dataset: str
    source: str
    verdict: Verdict
    data_sha256: str
    contract_path: str
    contract_sha256: str
    n_rows: int
    n_columns: int
    results: tuple[CheckResult, ...]
    message: str = ""
    drift: DriftResult | None = None
    changes: tuple[ContractChange, ...] = ()


# -- training -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file that training made."""

    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where and with what something ran; enough to make it again."""

    git_sha: str = ""
    dirty: bool = False
    python: str = ""
    platform: str = ""
    cpu_count: int = 0
    gpus: tuple[str, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict[str, str])
    dvc_hashes: Mapping[str, str] = field(default_factory=dict[str, str])
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainResult:
    """How the training command ended."""

    status: TrainStatus
    command: str
    exit_code: int | None
    duration_s: float
    peak_memory_bytes: int | None = None
    log_tail: str = ""
    message: str = ""
    diagnosis: str = ""
    location_path: str = ""
    location_line: int = 0
    artifacts: tuple[Artifact, ...] = ()
    environment: Environment = field(default_factory=Environment)
    mlflow_run: str = ""

    def __post_init__(self) -> None:
        finite(self.duration_s, "duration_s")

    @property
    def verdict(self) -> Verdict:
        """Pass for a command that ended well, error for every other end."""
        return Verdict.PASS if self.status in ("success", "reused") else Verdict.ERROR


# -- evaluation ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricValue:
    """One metric of one model on one slice; ``value`` is ``None`` with a ``reason``.

    ``slice`` is ``""`` for all rows, else ``column=value``. ``trials`` is how many of the ``n`` rows, with regard
    to their weights, the value rests on: the positive ones for recall.
    """

    metric: str
    slice: str = ""
    value: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_level: float | None = None
    n: int | None = None
    trials: float | None = None
    unit: str = ""
    direction: Direction | None = None
    source: Literal["predictions", "file"] = "predictions"
    reason: str = ""
    reason_code: str = ""

    def __post_init__(self) -> None:
        for name in ("value", "ci_low", "ci_high", "ci_level", "trials"):
            finite(getattr(self, name), name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Candidate against baseline on one metric and slice; ``difference`` is candidate minus baseline."""

    metric: str
    slice: str = ""
    candidate: float | None
    baseline: float | None
    difference: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_level: float | None = None
    n: int | None = None
    method: str = ""
    direction: Direction | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        for name in ("candidate", "baseline", "difference", "ci_low", "ci_high", "ci_level"):
            finite(getattr(self, name), name)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationResult:
    """All metrics of the candidate, and their comparison with the baseline; ``drift`` is that of the predictions."""

    n: int | None
    metrics: tuple[MetricValue, ...]
    comparisons: tuple[Comparison, ...] = ()
    baseline: str = ""
    predictions_sha256: str = ""
    baseline_sha256: str = ""
    message: str = ""
    drift: DriftResult | None = None


# -- evidence -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A stage that could not do its work, in one sentence."""

    stage: Stage
    reason_code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A PNG picture inside the evidence folder, ``figures/NAME.png``."""

    path: str
    title: str
    alt: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What evidence speaks of."""

    repository: str
    head_sha: str
    base_sha: str
    base_ref: str = ""
    pr_number: int | None = None
    event: EventName = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that ``run`` measured; the only thing that ``publish`` gets from it."""

    schema_version: int = EVIDENCE_SCHEMA_VERSION
    sluice_version: str
    subject: Subject
    stages: tuple[Stage, ...]
    fingerprint: str = ""
    config_sha256: str = ""
    started_at: str = ""
    duration_s: float = 0.0
    environment: Environment = field(default_factory=Environment)
    data: tuple[DatasetResult, ...] = ()
    training: TrainResult | None = None
    evaluation: EvaluationResult | None = None
    figures: tuple[Figure, ...] = ()
    problems: tuple[Problem, ...] = ()


# -- decision -----------------------------------------------------------------------------------


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


# -- report and effects -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A remark on lines of a file of the head; lines count from 1."""

    path: str
    line: int
    level: Literal["notice", "warning", "failure"]
    title: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRun:
    """A completed check run; also the effect of setting it. ``external_id`` binds it to its decision."""

    name: str
    head_sha: str
    conclusion: Literal["success", "failure", "action_required", "neutral"]
    title: str
    summary: str
    external_id: str
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StickyComment:
    """The one report of a pull request; also the effect of writing it, refused where the head has moved on."""

    pr_number: int
    head_sha: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One decision, rendered for every place where people read it."""

    comment: str
    summary: str
    html: str
    checks: tuple[CheckRun, ...]


Effect = CheckRun | StickyComment


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """A file of the policy that the pull request changes: the unified difference, for the report."""

    path: str
    diff: str
