"""What a run is given: its order, everything outside that it uses, and what its stages have found so far."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from sluice.domain.champion import Registered
from sluice.domain.config import Evaluation, Loaded
from sluice.domain.contract import Contract
from sluice.domain.evaluation import EvaluationResult, MetricValue
from sluice.domain.evidence import Problem, Subject
from sluice.domain.functions import Answer, Ask
from sluice.domain.model import ModelArtifact
from sluice.domain.planning import Plan, Stage
from sluice.domain.ports import PredictionsFile, TableEngine
from sluice.domain.predictions import Predictions
from sluice.domain.probes import Serving
from sluice.domain.repository import Changes, TreeEntry
from sluice.domain.serving import Served
from sluice.domain.suites import SuiteResult
from sluice.domain.training import Environment, TrainResult
from sluice.domain.validation import DatasetResult

R = TypeVar("R")


class History(Protocol):
    """What the run asks of git."""

    def show(self, ref: str, path: str) -> bytes | None: ...
    def tree(self, ref: str) -> tuple[TreeEntry, ...]: ...
    def worktree(self, ref: str) -> AbstractContextManager[Path]: ...
    def head(self) -> str: ...
    def changes(self) -> Changes: ...


class Trainer(Protocol):
    """Runs one training command in a folder, supervised; ``tag`` marks its runs in MLflow, else the fingerprint."""

    def __call__(
        self, command: str, *, cwd: Path, timeout_s: float, fingerprint: str, tag: str = ""
    ) -> TrainResult: ...


class FunctionCaller(Protocol):
    """Has a function of the work tree answer asks, in a process of its own with limits."""

    def __call__(self, call: str, asks: Iterable[Ask], *, fingerprint: str, timeout_s: float) -> tuple[Answer, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The baseline, to be served in turn with the candidate: what is served of a folder of its own.

    ``model`` is where the model lies that was looked at, if any, and ``sha256`` its digest then.
    """

    serving: Serving
    root: Path
    model: Path | None = None
    sha256: str = ""


class Server(Protocol):
    """Serves what the section names, puts its load on it, and ends it; ``bodies`` are JSON lists of rows.

    With a baseline, both are served in turn; without, there is no second result.
    """

    def __call__(
        self, serving: Serving, bodies: tuple[bytes, ...], *, fingerprint: str, baseline: Beside | None = None
    ) -> tuple[Served, Served | None]: ...


class Champions(Protocol):
    """The registry's models; every method raises ``SluiceError`` for what cannot be had.

    ``named`` is the version that a name means now, ``data_sha256`` the digest of the one file of rows, ``recorded`` the
    predictions that the model's run keeps for data of a digest. ``fetched`` is the model's folder, ``looked_at`` what
    it holds, ``digest`` what tells it from another. ``scored`` is the file of what it says of the rows of ``features``.
    """

    def named(self, model: str) -> Registered: ...
    def data_sha256(self, root: Path, data: str) -> str: ...
    def recorded(self, found: Registered, data_sha256: str) -> Path | None: ...
    def fetched(self, found: Registered) -> Path: ...
    def looked_at(self, folder: Path, modules: tuple[str, ...]) -> ModelArtifact: ...
    def digest(self, folder: Path) -> str: ...
    def scored(self, folder: Path, label: str, root: Path, evaluation: Evaluation) -> Path: ...


class Asker(Protocol):
    """Asks a model about rows, one answer for each body, in a process of its own that ends with the last.

    ``kind``: ``call`` for the function ``name``; for a model's folder, ``score`` for predictions and ``shap`` for
    absolute SHAP values. The generator raises ``EvidenceError`` (``importance``).
    """

    def __call__(
        self,
        kind: Literal["call", "score", "shap"],
        name: str,
        bodies: Iterable[bytes],
        *,
        fingerprint: str,
        timeout_s: float,
    ) -> Generator[list[object], None, None]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DataAt:
    """One table to be opened: what is named (below ``root``, where it is a path), and what reads it.

    ``strings`` are columns that files without types must give as text; ``related`` are other tables for that engine.
    """

    root: Path
    source: str
    strings: frozenset[str] = frozenset()
    engine: str = "duckdb"
    related: Mapping[str, DataAt] = field(default_factory=dict[str, "DataAt"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The data that a model was trained on, as its registry has it: where, of which commit, and its digest."""

    label: str
    source: str
    revision: str
    sha256: str


class Apart(Protocol):
    """Does work on one table where it can harm nothing, and gives its record; raises ``DataError``."""

    def __call__(self, work: Callable[[], R], kind: type[R], data: DataAt) -> R: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Everything outside that a run uses.

    ``beside`` gives the same for another work tree of the repository with the model at a path there, without what leads
    into this one where that is asked for.
    """

    root: Path
    history: History
    open_table: Callable[[DataAt], AbstractContextManager[TableEngine]]
    apart: Apart
    contract: Callable[[bytes, str, str], Contract]
    pull: Callable[[tuple[str, ...], str], object]
    train: Trainer
    environment: Callable[[str], Environment]
    predictions: Callable[[Path, Evaluation], Predictions | PredictionsFile]
    metrics: Callable[[bytes, str], tuple[MetricValue, ...]]
    dvc_metrics: Callable[[bytes], tuple[str, ...]]
    junit: Callable[[bytes, str, str], SuiteResult]
    function: FunctionCaller
    logged: Callable[[str | None, str, str], tuple[MetricValue, ...]]
    serve: Server
    ask: Asker
    model: Callable[[str, tuple[str, ...]], ModelArtifact]
    model_at: Callable[[Path, str, tuple[str, ...]], ModelArtifact]
    model_digest: Callable[[str], str]
    carry: Callable[[Path, str, Path], None]
    beside: Callable[[Path, str, bool], Workshop]
    base_file: Callable[[str, str], Path | None]
    data_at: Callable[[str, str], DataAt | None]
    trained_on: Callable[[str, str], Recorded]
    champions: Champions
    copied: Callable[[Path], Path | None]
    folder: Callable[[], Path]
    kept: Callable[[str], bool]
    prepare_worktree: Callable[[Path], None]
    forget_runs: Callable[[Path], None]
    digest: Callable[[Path], str]
    now: Callable[[], datetime]
    say: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to measure: the plan, what the head says about how, and what the base demands.

    Where another job evaluates by the base's code: ``handing`` is the folder in which the model is left for it, and
    ``handed`` the folder in which that job finds it.
    """

    subject: Subject
    plan: Plan
    head: Loaded
    policy: Loaded | None
    version: str
    handing: Path | None = None
    handed: Path | None = None


@dataclass(slots=True, kw_only=True)
class Found:
    """What the stages have come to so far; ``stopped`` says why those after need not start."""

    data: list[DatasetResult] = field(default_factory=list[DatasetResult])
    training: TrainResult | None = None
    model: ModelArtifact | None = None
    evaluation: EvaluationResult | None = None
    unwritten: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list[Problem])
    stopped: str = ""

    def problem(self, stage: Stage, code: str, message: str) -> None:
        """A stage could not do its work."""
        self.problems.append(Problem(stage=stage, reason_code=code, message=message))
