"""What evaluation comes to: the candidate's metrics, and their comparison with the baseline's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sluice.domain.champion import BaselineModel
from sluice.domain.confusion import Confusion
from sluice.domain.curves import Curves
from sluice.domain.drift import DriftResult
from sluice.domain.finite import finite
from sluice.domain.importance import ImportanceResult
from sluice.domain.suites import SuiteResult

Direction = Literal["higher", "lower"]


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
    source: Literal["predictions", "file", "mlflow", "artifact", "serving"] = "predictions"
    reason: str = ""
    reason_code: str = ""

    def __post_init__(self) -> None:
        for name in ("value", "ci_low", "ci_high", "ci_level", "trials"):
            finite(getattr(self, name), name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Candidate against baseline on one metric and slice; ``difference`` is candidate minus baseline.

    ``p_value`` is two-sided, of no difference: how often chance alone would show one as large.
    """

    metric: str
    slice: str = ""
    candidate: float | None
    baseline: float | None
    difference: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_level: float | None = None
    p_value: float | None = None
    n: int | None = None
    method: str = ""
    direction: Direction | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        for name in ("candidate", "baseline", "difference", "ci_low", "ci_high", "ci_level"):
            finite(getattr(self, name), name)
        if self.p_value is not None and not 0 <= self.p_value <= 1:
            raise ValueError("p_value is outside 0 to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationResult:
    """All metrics of the candidate, and their comparison with the baseline; ``drift`` is that of the predictions.

    ``tests`` are the reports of the user's own tests. ``code`` says whose code evaluated: that of the head itself, or
    that of the base, at the commit ``code_sha``.
    """

    n: int | None
    metrics: tuple[MetricValue, ...]
    comparisons: tuple[Comparison, ...] = ()
    baseline: str = ""
    baseline_model: BaselineModel | None = None
    predictions_sha256: str = ""
    baseline_sha256: str = ""
    message: str = ""
    drift: DriftResult | None = None
    confusion: Confusion | None = None
    curves: Curves | None = None
    importance: ImportanceResult | None = None
    tests: tuple[SuiteResult, ...] = ()
    code: Literal["head", "base"] = "head"
    code_sha: str = ""
