"""What one limit comes to: a finding for every slice that is judged, of which the worst is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sluice.domain.drift_limits import Severity
from sluice.domain.evaluation import MetricValue
from sluice.domain.verdict import Verdict

CODES: Mapping[str, str] = {
    "pass": "the limit is kept",
    "below-min": "the value is below `min`",
    "above-max": "the value is above `max`",
    "drop": "the candidate is worse than `max_drop` allows",
    "rise": "the candidate is worse than `max_rise` allows",
    "no-improvement": "the candidate is not better by what `must_improve` asks for",
    "slice-worse": "a slice is shown to be worse than `no_slice_worse` allows",
    "gap": "best and worst slice differ by more than `max_gap`",
    "not-enough-evidence": "too few rows, no interval, an interval that straddles the margin, or a share of a baseline "
    "that may be 0",
    "no-baseline": "there is no baseline to compare with",
    "missing-evidence": "the evidence does not hold what the gate asks for",
    "metric": "the metric has no value",
    "range": "a value is outside the range of its metric",
    "direction": "the limit does not fit the metric's direction, or the direction is not known",
    "evidence": "the evidence contradicts itself",
}
"""What the reason code of a limit says."""


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


def worst_of(found: Iterable[Finding], severity: Severity = "fail") -> Finding:
    """The finding of the worst verdict, and among those the one of the most badness; there must be one."""
    return max(found, key=lambda finding: (gravity(finding, severity), finding.badness))


def gravity(finding: Finding, severity: Severity) -> int:
    """How bad a finding is: where a failure is only a warning, it must not hide what was not measured."""
    warned = severity == "warn" and finding.verdict is Verdict.FAIL
    return (Verdict.WARN if warned else finding.verdict).rank


def each(values: Iterable[MetricValue], judged: Callable[[MetricValue], Finding]) -> list[Finding]:
    """A finding for every value; a slice that is stated twice is not believed."""
    seen: set[str] = set()
    found: list[Finding] = []
    for value in values:
        twice = value.slice in seen
        seen.add(value.slice)
        found.append(wrong("evidence", "the evidence states it twice", value.slice) if twice else judged(value))
    return found
