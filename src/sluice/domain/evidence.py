"""Everything that a run measured, as one frozen record: what ``publish`` judges, and does not trust."""

from __future__ import annotations

from dataclasses import dataclass, field

from sluice.domain.evaluation import EvaluationResult
from sluice.domain.model import ModelArtifact
from sluice.domain.planning import EventName, Stage
from sluice.domain.training import Environment, TrainResult
from sluice.domain.validation import DatasetResult

EVIDENCE_SCHEMA_VERSION = 1


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
    model: ModelArtifact | None = None
    evaluation: EvaluationResult | None = None
    figures: tuple[Figure, ...] = ()
    problems: tuple[Problem, ...] = ()
