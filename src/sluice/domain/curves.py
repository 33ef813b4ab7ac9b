"""Curves of both models, as points to be drawn: how probabilities are met, how classes separate, how values miss."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from sluice.domain.finite import finite

CurveKind = Literal["calibration", "roc", "precision_recall", "residuals", "residuals_by_prediction"]

MAX_POINTS = 200
"""So many points are one for every second pixel of a picture; the rest of a curve is thinned out."""

MAX_CLASSES = 10
"""Of more classes, those with the most rows are drawn."""

MAX_CURVES = 3 * MAX_CLASSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One model's points, ``x`` ascending: ``n`` rows each, and the ends of the 95 % interval of each ``y``.

    Either is empty where the curve has none; an end is ``None`` where one point has too few rows.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    n: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < len(self.x) <= MAX_POINTS:
            raise ValueError(f"has no points, or more than {MAX_POINTS}")
        if len(self.y) != len(self.x) or any(len(one) not in (0, len(self.x)) for one in (self.low, self.high, self.n)):
            raise ValueError("has not one value for each point")
        if len(self.low) != len(self.high):
            raise ValueError("has one end of its intervals alone")
        for name in ("x", "y", "low", "high"):
            for value in getattr(self, name):
                finite(value, name)
        if any(after < before for before, after in pairwise(self.x)):
            raise ValueError("x does not ascend")
        if any(count < 0 for count in self.n):
            raise ValueError("holds a count below zero")


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One curve of the candidate with the baseline's; of one class against the rest where ``of`` names one.

    A model without points has its reason.
    """

    kind: CurveKind
    of: str = ""
    candidate: Line | None = None
    candidate_reason: str = ""
    baseline: Line | None = None
    baseline_reason: str = ""

    def __post_init__(self) -> None:
        if self.candidate is None and not self.candidate_reason:
            raise ValueError("has neither points nor a reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """Every curve that the task has; ``n_left_out`` classes have none. Each model's are of all its own rows."""

    curves: tuple[Curve, ...] = ()
    n_left_out: int = 0

    def __post_init__(self) -> None:
        if len(self.curves) > MAX_CURVES:
            raise ValueError(f"holds more than {MAX_CURVES} curves")
        if self.n_left_out < 0:
            raise ValueError("leaves out fewer classes than none")
