"""How training ended, with what it made and where it ran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sluice.domain.finite import finite
from sluice.domain.verdict import Verdict

TrainStatus = Literal["success", "failure", "timeout", "cancelled", "killed", "reused"]


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
class Repeat:
    """A second training beside the first: what became of its results; with a ``reason`` they were not compared.

    ``n_different`` of ``n`` rows were not predicted alike; ``max_difference`` is the greatest of a score or a value,
    ``None`` where classes differ too. ``same_model`` is whether the models' bytes are the same, ``None`` for none.
    """

    n: int = 0
    n_different: int = 0
    max_difference: float | None = None
    same_model: bool | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        finite(self.max_difference, "max_difference")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainFacts:
    """What training was made of, as git tells it: ``commit`` is checked out.

    ``unclean`` are files that were not as the commit has them, before; ``rewritten`` are inputs that training changed.
    Both name ``MAX_PATHS`` at most.
    """

    commit: str
    unclean: tuple[str, ...] = ()
    rewritten: tuple[str, ...] = ()
    repeat: Repeat | None = None


MAX_PATHS = 20


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
    facts: TrainFacts | None = None

    def __post_init__(self) -> None:
        finite(self.duration_s, "duration_s")

    @property
    def verdict(self) -> Verdict:
        """Pass for a command that ended well, error for every other end."""
        return Verdict.PASS if self.status in ("success", "reused") else Verdict.ERROR
