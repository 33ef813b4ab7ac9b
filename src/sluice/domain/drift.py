"""What drift tests come to: one record per column, with all that is needed to judge it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sluice.domain.verdict import Verdict

DriftKind = Literal["number", "category", "boolean", "timestamp", "text", "embedding", "unmeasured"]
MEASURES = ("psi", "jensen_shannon", "wasserstein", "cramers_v", "ks", "auc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """A column's two distributions in outline: at most 20 cells, for a small picture; shares are counts over totals."""

    labels: tuple[str, ...]
    reference: tuple[int, ...]
    current: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AspectDrift:
    """One aspect of a column, tested; see ``distribution.Aspect`` for the names.

    ``measures`` are effect sizes by name, corrected for the bias that sampling alone gives (may be slightly below
    zero then; never NaN). ``detectable`` gives, by the same names, the smallest effect that samples of this size
    would probably (0.8) have shown. ``error_bound``: by how much the true KS statistic may exceed ``statistic``.
    ``dimensions``: of vectors, those whose means moved most (from 0), in standard deviations.
    """

    name: str
    test: str
    statistic: float | None
    p_value: float | None
    measures: Mapping[str, float] = field(default_factory=dict[str, float])
    detectable: Mapping[str, float] = field(default_factory=dict[str, float])
    error_bound: float = 0.0
    n_reference: int = 0
    n_current: int = 0
    new: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    histogram: Histogram | None = None
    dimensions: tuple[tuple[int, float], ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDrift:
    """One column, judged: the numbers are those of the aspect that moved most.

    ``effect`` names the measure in ``effect_size`` and ``limit``; ``p_adjusted`` is adjusted over all aspects of all
    columns. ``aspects`` holds all of them, that one included.
    """

    column: str
    kind: DriftKind
    aspect: str = ""
    test: str = ""
    statistic: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    effect: str = ""
    effect_size: float | None = None
    limit: float | None = None
    detectable: float | None = None
    n_reference: int = 0
    n_current: int = 0
    verdict: Verdict
    message: str = ""
    aspects: tuple[AspectDrift, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierDrift:
    """How well a classifier tells the two sets apart: cross-validated ROC AUC (0.5: not at all), and by what."""

    auc: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    p_value: float | None = None
    n_reference: int = 0
    n_current: int = 0
    columns: tuple[tuple[str, float], ...] = ()
    verdict: Verdict
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftResult:
    """One dataset against its reference; ``reference`` says in words what that is, such as ``base 1a2b3c4d5e6f``."""

    dataset: str
    reference: str
    verdict: Verdict
    n_reference: int
    n_current: int
    columns: tuple[ColumnDrift, ...] = ()
    classifier: ClassifierDrift | None = None
    reference_sha256: str = ""
    current_sha256: str = ""
    message: str = ""
