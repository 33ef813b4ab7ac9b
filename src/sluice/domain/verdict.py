"""The five verdicts, their order, and what each means for a gate and a check run."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

Conclusion = Literal["success", "failure", "action_required", "neutral"]


class Verdict(StrEnum):
    """What one measurement, one stage or one gate came to; ordered, the worst wins."""

    PASS = "pass"
    WARN = "warn"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"
    FAIL = "fail"

    @property
    def rank(self) -> int:
        """0 (pass) to 4 (fail)."""
        return _ORDER.index(self)

    @property
    def opens(self) -> bool:
        """Whether a gate with this verdict is open."""
        return self in (Verdict.PASS, Verdict.WARN)

    @property
    def conclusion(self) -> Conclusion:
        """The check run's conclusion that stands for this verdict on GitHub."""
        return _CONCLUSIONS[self]


_ORDER = (Verdict.PASS, Verdict.WARN, Verdict.INCONCLUSIVE, Verdict.ERROR, Verdict.FAIL)

_CONCLUSIONS: dict[Verdict, Conclusion] = {
    Verdict.PASS: "success",
    Verdict.WARN: "success",
    Verdict.INCONCLUSIVE: "action_required",
    Verdict.ERROR: "failure",
    Verdict.FAIL: "failure",
}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of the verdicts; nothing measured is inconclusive, never a pass."""
    return max(verdicts, key=lambda verdict: verdict.rank, default=Verdict.INCONCLUSIVE)
