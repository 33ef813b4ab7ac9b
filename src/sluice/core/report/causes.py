"""Why a gate is closed, as people say it, and what they may do: the causes only, not what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sluice.core.remedies import remedy
from sluice.domain.decision import Decision, GateResult
from sluice.domain.evidence import Evidence
from sluice.domain.verdict import Verdict

NOT_STARTED = "not-started"

_ENDS: Mapping[str, str] = {
    "train-failed": "failed",
    "train-timeout": "ran out of time",
    "train-cancelled": "was cancelled",
    "train-killed": "was killed",
    "missing-evidence": "was not measured",
    "not-enough-evidence": "has not enough evidence",
    "no-baseline": "has no baseline",
    "data-empty": "holds no rows",
    "compatibility": "is broken",
    "no-reference": "has nothing to compare with",
    "few-rows": "has too few rows",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One gate that is closed for a reason of its own; ``remedy`` is a sentence, or empty where none is known."""

    gate: GateResult
    remedy: str = ""


def causes(decision: Decision, evidence: Evidence | None) -> tuple[Cause, ...]:
    """What closes the gate, the worst first; a stage that was not started only where there is nothing else."""
    closing = sorted((gate for gate in decision.results if not gate.verdict.opens), key=lambda gate: -gate.verdict.rank)
    own = [gate for gate in closing if gate.reason_code != NOT_STARTED]
    return tuple(Cause(gate=gate, remedy=remedy(gate, evidence)) for gate in own or closing)


def phrase(gate: GateResult) -> str:
    """The gate and how it came out, as one clause: ``data.train breaks its contract``."""
    if gate.reason_code == gate.gate:
        return gate.gate
    if gate.reason_code == "drift" and gate.verdict is Verdict.FAIL:
        return f"{gate.gate.removesuffix('.drift')} drifted"
    if gate.stage == "data" and gate.verdict is Verdict.FAIL and gate.reason_code != "compatibility":
        return f"{gate.gate} breaks its contract"
    if end := _ENDS.get(gate.reason_code):
        return f"{gate.gate} {end}"
    return f"{gate.gate} is not met" if gate.verdict is Verdict.FAIL else f"{gate.gate} could not be measured"
