"""What a function of the user's is asked, and what it answered, one record for each set of rows."""

from __future__ import annotations

from dataclasses import dataclass

from sluice.domain.predictions import Codes, Column
from sluice.domain.stats import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Rows as a function takes them: true values, what was predicted, weights; ``clusters`` are drawn together."""

    y: Column
    p: Column
    weight: FloatArray | None = None
    clusters: Codes | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ask:
    """Rows of one side, or the same rows of two in one order: then both are drawn alike. ``resample``: draw at all."""

    first: Sample
    second: Sample | None = None
    resample: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the function returned for an ask; a value of ``None`` has its reason, and so has the want of draws.

    ``draws`` are values of the first side on rows drawn anew, ``differences`` those of first minus second by the same
    draws; ``n_failed`` more draws gave no value.
    """

    first: float | None = None
    first_reason: str = ""
    second: float | None = None
    second_reason: str = ""
    draws: tuple[float, ...] = ()
    differences: tuple[float, ...] = ()
    n_failed: int = 0
    no_draws: str = ""
