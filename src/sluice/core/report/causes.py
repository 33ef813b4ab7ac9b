"""Why a gate is closed, as people say it, and what they may do: the causes only, not what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sluice.domain.decision import Decision, GateResult
from sluice.domain.evidence import Evidence
from sluice.domain.validation import DatasetResult
from sluice.domain.verdict import Verdict

NOT_STARTED = "not-started"
POLICY_PATH = "sluice.yaml"

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
_REMEDIES: Mapping[str, str] = {
    "missing-evidence": "Run it again; the log of the run says what went wrong.",
    "no-baseline": "Let the base have results to compare with: commit them, track them with DVC, "
    "or set `evaluation.baseline.rerun`.",
    "no-reference": "See that the reference can be read: `reference` in sluice.yaml says what it is.",
    "few-rows": "Compare more rows, or lower `min_rows`.",
    "not-enough-evidence": "Evaluate on more rows, of every class and slice.",
    "metric": "Let training write this metric as a finite number.",
}
_FIRST = "first, in a pull request of its own"
_BEYOND = ("below-min", "above-max", "drop", "gap")


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


def remedy(gate: GateResult, evidence: Evidence | None) -> str:
    """What people may do about it; foreign words in it are those of the evidence."""
    where = f"`{POLICY_PATH}{f':{gate.line}' if gate.line else ''}`"
    if gate.reason_code == "drift":
        return f"See why the values moved; where the change is meant, raise the limit in {where} {_FIRST}."
    if gate.reason_code == "compatibility":
        return f"Keep what others rely on; or, where the change is meant, change {where} {_FIRST}."
    if gate.stage == "data" and gate.verdict is Verdict.FAIL:
        return f"Mend the data; or, where the change is meant, change {_contract(gate, evidence)} {_FIRST}."
    if gate.reason_code in _BEYOND:
        return f"Mend the model; or, where the change is meant, change {where} {_FIRST}."
    if gate.reason_code.startswith("train-"):
        training = evidence.training if evidence else None
        return (training.diagnosis if training else "") or "The end of the log says why."
    return _REMEDIES.get(gate.reason_code, "")


def _contract(gate: GateResult, evidence: Evidence | None) -> str:
    """The contract's path, with the line of the first demand that is broken where the evidence names one."""
    datasets: tuple[DatasetResult, ...] = evidence.data if evidence else ()
    if not isinstance(gate.limit, str):
        return "its contract"
    broken = (
        result.line
        for dataset in datasets
        if gate.gate == f"data.{dataset.dataset}" and dataset.contract_path == gate.limit
        for result in sorted(dataset.results, key=lambda result: -result.verdict.rank)
        if result.verdict is not Verdict.PASS and result.line > 0
    )
    line = next(broken, 0)
    return f"`{gate.limit}{f':{line}' if line else ''}`"
