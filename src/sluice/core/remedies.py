"""What people may do about a gate that is closed, or warns."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.core.plan import POLICY_PATH
from sluice.domain.decision import GateResult
from sluice.domain.evidence import Evidence
from sluice.domain.serving import SERVING_NAMES
from sluice.domain.validation import DatasetResult
from sluice.domain.verdict import Verdict

_REMEDIES: Mapping[str, str] = {
    "missing-evidence": "Run it again; the log of the run says what went wrong.",
    "no-baseline": "Let the base have results to compare with: commit them, track them with DVC, "
    "or set `evaluation.baseline.rerun`.",
    "no-reference": "See that the reference can be read: `reference` in sluice.yaml says what it is.",
    "few-rows": "Compare more rows, or lower `min_rows`.",
    "not-enough-evidence": "Evaluate on more rows, of every class and slice.",
    "direction": "Give `max_drop` where higher is better, `max_rise` where lower is, or a plain `min` or `max`.",
    "metric": "Let training write this metric as a finite number.",
}
_OF_SERVING: Mapping[str, str] = {
    "missing-evidence": "Serve it on a machine that tells it, such as one whose counters of energy may be read.",
    "no-baseline": "See that the base can be served: its model committed or tracked with DVC, and fit for these rows.",
    "not-enough-evidence": "Ask for more `evaluation.serving.requests`, or serve on a quieter runner.",
}
_NO_BASELINE = "no baseline: "
_MOST_CHARS = 500
_FIRST = "first, in a pull request of its own"
_BEYOND = ("below-min", "above-max", "drop", "rise", "no-improvement", "slice-worse", "gap")


def _no_baseline(evidence: Evidence | None) -> str:
    """Why the run had nothing to compare with, and what to do, in its own words; empty where it does not say."""
    said = evidence.evaluation.message if evidence is not None and evidence.evaluation is not None else ""
    _, known, why = said.partition(_NO_BASELINE)
    return f"There is {_NO_BASELINE}{why[:_MOST_CHARS]}." if known else ""


def remedy(gate: GateResult, evidence: Evidence | None) -> str:
    """What people may do about a gate that is not passed, in a sentence; empty where nothing is known.

    Foreign words in it are those of the evidence.
    """
    if gate.remedy:
        return gate.remedy
    if gate.reason_code == "no-baseline" and (why := _no_baseline(evidence)):
        return why
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
    served = gate.gate.partition(".")[0] in SERVING_NAMES
    return (served and _OF_SERVING.get(gate.reason_code, "")) or _REMEDIES.get(gate.reason_code, "")


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
