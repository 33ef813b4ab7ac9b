"""What a drift method is: one frozen descriptor per test and per effect size, listed in ``sluice.drift.METHODS``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Distributions = Literal["numeric", "categorical", "vectors"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One test (evidence: a p-value) or one effect size (how much moved), in words for the reference and the report.

    ``high`` is the end of the effect's or statistic's range; it begins at ``low`` (a corrected effect may fall slightly
    below). ``correction`` says what is subtracted for sampling alone, or what keeps the p-value honest.
    """

    name: str
    kind: Literal["test", "effect"]
    of: tuple[Distributions, ...]
    low: float = 0.0
    high: float
    definition: str
    correction: str
    source: str
