"""What evaluation comes to: the candidate's metrics, and their comparison with the baseline's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sluice.domain.drift import DriftResult
from sluice.domain.finite import finite

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
