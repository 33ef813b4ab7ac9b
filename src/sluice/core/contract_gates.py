"""The gates of the policy's data: each dataset's contract, its drift, and what its contract changes for others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sluice.core.data_gates import Asked, Evolved, compatibility_gate, drift_gate, hidden, must_be_compared, stated
from sluice.core.validation import dataset_verdict, rejudge
from sluice.domain.amounts import amount
from sluice.domain.config import Loaded
from sluice.domain.contract import Contract
from sluice.domain.decision import GateResult
from sluice.domain.validation import CheckResult, DatasetResult
from sluice.domain.verdict import Verdict, worst

CONTRACT_RULE = (
    "Every demand of the contract must hold, as the base has it; what was not measured is not known to hold."
)
UNREADABLE_CODES = ("path", "missing", "data-empty", "parse", "timeout", "memory", "crash", "remote", "digest")
MAX_NAMED_CHECKS = 3
MAX_NAMED_CHARS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracts:
    """The policy's contracts by the data's name, and what becomes of each in the head; read from the two commits."""

    base: Mapping[str, Contract]
    evolved: Mapping[str, Evolved] = field(default_factory=dict[str, Evolved])


def contract_gates(policy: Loaded, data: tuple[DatasetResult, ...], contracts: Contracts) -> Iterator[GateResult]:
    """The gates of every dataset that the policy names; ``data`` is what the evidence says of them."""
    if not policy.value.data:
        yield _stated("data", Verdict.INCONCLUSIVE, "missing-evidence", "the policy names no data to judge")
    for name in policy.value.data:
        gate, line = f"data.{name}", policy.lines.get(f"data.{name}", 0)
        found = [dataset for dataset in data if dataset.dataset == name]
        contract = contracts.base.get(name)
        if contract is None:
            said = "the policy's contract of this data is not there"
            yield _stated(gate, Verdict.ERROR, "contract", said, line)
        elif not found:
            said = "the evidence does not speak of this data"
            yield _stated(gate, Verdict.INCONCLUSIVE, "missing-evidence", said, line)
        elif len(found) > 1:
            yield _stated(gate, Verdict.ERROR, "evidence", "the evidence states this data twice", line)
        else:
            yield _dataset(gate, found[0], contract, line)
            yield from _drift(name, policy, found[0], contract)
        if policy.value.data[name].compatibility != "none":
            yield _compatibility(name, policy, contracts)


def _drift(name: str, policy: Loaded, dataset: DatasetResult, contract: Contract) -> Iterator[GateResult]:
    spec = policy.value.data[name].drift
    if spec is not None and dataset.verdict is not Verdict.ERROR:
        asked = Asked(gate=f"data.{name}.drift", stage="data", line=policy.lines.get(f"data.{name}.drift", 0))
        shown = hidden(dataset.drift, contract) if dataset.drift is not None else None
        yield drift_gate(asked, spec, shown, must_be_compared(contract))


def _compatibility(name: str, policy: Loaded, contracts: Contracts) -> GateResult:
    line = policy.lines.get(f"data.{name}.compatibility", 0)
    asked = Asked(gate=f"data.{name}.compatibility", stage="data", line=line)
    return compatibility_gate(asked, policy.value.data[name].compatibility, contracts.evolved.get(name))


def _dataset(gate: str, dataset: DatasetResult, contract: Contract, line: int) -> GateResult:
    if dataset.verdict is Verdict.ERROR:
        code = next((code for code in UNREADABLE_CODES if dataset.message.startswith(f"{code}:")), "data")
        said = dataset.message.removeprefix(f"{code}:").strip() or "the data could not be validated"
        return _stated(gate, Verdict.ERROR, code, said, line)
    if dataset.n_rows <= 0:
        return _stated(gate, Verdict.ERROR, "data-empty", "the data holds no rows", line)
    checks = rejudge(contract, dataset.results)
    # The evidence's own verdict counts only where it is the worse one.
    verdict = worst((dataset_verdict(checks), dataset.verdict))
    failed = [check for check in checks if check.verdict is not Verdict.PASS]
    failed.sort(key=lambda check: -check.verdict.rank)
    codes = {Verdict.PASS: "pass", Verdict.INCONCLUSIVE: "missing-evidence"}
    return GateResult(
        gate=gate,
        stage="data",
        verdict=verdict,
        severity="fail",
        observed=f"{len(checks) - len(failed):,} of {amount(len(checks), 'check')} passed",
        baseline=None,
        limit=contract.path or None,
        reason_code=codes.get(verdict, "contract"),
        message=_named(failed) or ("every check passed" if verdict is Verdict.PASS else "the contract does not hold"),
        line=line,
        n=dataset.n_rows,
        rule=CONTRACT_RULE,
    )


def _named(checks: list[CheckResult]) -> str:
    named = [
        f"{check.check}{f' of `{check.column}`' if check.column else ''}: {check.message or check.verdict.value}"
        f"{_example(check)}"
        for check in checks[:MAX_NAMED_CHECKS]
    ]
    more = len(checks) - len(named)
    return "; ".join(named) + (f"; and {more} more" if more else "")


def _example(check: CheckResult) -> str:
    if not check.examples:
        return ""
    # A backtick would end the code that the value is shown as.
    shown = check.examples[0][:MAX_NAMED_CHARS].replace("`", "'")
    return f", such as `{shown}`"


def _stated(gate: str, verdict: Verdict, code: str, message: str, line: int = 0) -> GateResult:
    return stated(Asked(gate=gate, stage="data", line=line, rule=CONTRACT_RULE), verdict, code, message)
