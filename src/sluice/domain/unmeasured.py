"""What could not be measured, as evidence carries it: a few words in place of the number, each with its sentence."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.domain.check import Judgement, Observation
from sluice.domain.verdict import Verdict

NO_VALUES = "no values"
NO_COLUMN = "no such column"
OTHER_TYPES = "other types"

SENTENCES: Mapping[str, str] = {
    NO_VALUES: "there are no values to measure",
    NO_COLUMN: "the other table has no such column",
    OTHER_TYPES: "the columns of the two tables are of types that do not compare",
}


def judge_unmeasured(seen: Observation, more: Mapping[str, str] | None = None) -> Judgement | None:
    """Inconclusive for words that say why there is no number, error for no number at all; ``None``: there is one.

    ``more`` are words and sentences beside ``SENTENCES``.
    """
    if isinstance(seen.observed, str):
        sentence = {**SENTENCES, **(more or {})}.get(seen.observed, "was not measured")
        return Judgement(verdict=Verdict.INCONCLUSIVE, message=sentence)
    if seen.n_failed == 0 and seen.observed is None:
        # The column is of a type that cannot be measured, and empty.
        return Judgement(verdict=Verdict.INCONCLUSIVE, message=SENTENCES[NO_VALUES])
    if seen.reason or seen.observed is None or isinstance(seen.observed, bool):
        return Judgement(verdict=Verdict.ERROR, message=seen.reason or "was not measured")
    return None


def percent(share: float) -> str:
    """A share (0 to 1) as people say it; different shares of up to ten digits read differently."""
    return f"{100 * share:.10g} %"
