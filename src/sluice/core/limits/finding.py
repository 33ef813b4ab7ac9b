"""What one limit comes to: a finding for every slice that is judged, of which the worst is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from sluice.domain.evaluation import MetricValue
from sluice.domain.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one limit came to on one slice; among equal verdicts the one of the most ``badness`` is shown.

    The interval is that of ``interval_of``, as ``GateResult`` has it. ``metric`` is named where it is another than the
    gate's own.
    """

    verdict: Verdict
    code: str
    said: str
    slice: str = ""
    metric: str = ""
    observed: float | None = None
    baseline: float | None = None
    difference: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_level: float | None = None
    interval_of: Literal["", "observed", "difference"] = ""
    n: int | None = None
    badness: float = 0.0


def unknown(code: str, said: str, slice_: str = "") -> Finding:
    """What was not measured: inconclusive."""
    return Finding(verdict=Verdict.INCONCLUSIVE, code=code, said=said, slice=slice_)


def wrong(code: str, said: str, slice_: str = "") -> Finding:
    """What cannot be judged at all, since policy or evidence contradict themselves: an error."""
    return Finding(verdict=Verdict.ERROR, code=code, said=said, slice=slice_)


def worst_of(found: Iterable[Finding]) -> Finding:
    """The finding of the worst verdict, and among those the one of the most badness; there must be one."""
    return max(found, key=lambda finding: (finding.verdict.rank, finding.badness))


def each(values: Iterable[MetricValue], judged: Callable[[MetricValue], Finding]) -> list[Finding]:
    """A finding for every value; a slice that is stated twice is not believed."""
    seen: set[str] = set()
    found: list[Finding] = []
    for value in values:
        twice = value.slice in seen
        seen.add(value.slice)
        found.append(wrong("evidence", "the evidence states it twice", value.slice) if twice else judged(value))
    return found
