"""The gates beside a dataset's contract: its drift from the reference, and what its contract changes for others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sluice.core.abridging import most_moved
from sluice.core.compatibility import breaks
from sluice.core.drift.verdict import chosen, rejudge
from sluice.core.drift_words import chance, measure
from sluice.domain.amounts import amount
from sluice.domain.contract import Contract
from sluice.domain.decision import GateResult
from sluice.domain.drift import ColumnDrift, DriftResult
from sluice.domain.drift_limits import Drift
from sluice.domain.evolution import Compatibility, ContractChange
from sluice.domain.planning import Stage
from sluice.domain.verdict import Verdict, worst

MAX_NAMED = 3
MAX_NAME_CHARS = 60
DRIFT_RULE = (
    "A column drifts where its effect is above the limit and its p-value, adjusted over all that is tested, is below "
    "alpha; no column may, and each must have been tested on enough rows."
)
COMPATIBILITY_RULES: Mapping[Compatibility, str] = {
    "none": "Any change of the contract is allowed.",
    "backward": "Consumers of the new contract must be able to read data of the old one.",
    "forward": "Consumers of the old contract must be able to read data of the new one.",
    "full": "Consumers of either contract must be able to read data of the other.",
}
_OPEN = (Verdict.PASS, Verdict.WARN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evolved:
    """What becomes of a contract from the base to the head, where it is at ``path``.

    ``problem`` says why the two could not be compared.
    """

    changes: tuple[ContractChange, ...] = ()
    path: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A demand of the policy: the gate's name, its stage, its line in ``sluice.yaml``, and the rule in a sentence."""

    gate: str
    stage: Stage
    line: int = 0
    rule: str = ""


def stated(asked: Asked, verdict: Verdict, code: str, message: str) -> GateResult:
    """A gate that comes to a verdict without numbers."""
    return GateResult(
        gate=asked.gate,
        stage=asked.stage,
        verdict=verdict,
        severity="fail",
        observed=None,
        baseline=None,
        limit=None,
        reason_code=code,
        message=message,
        line=asked.line,
        rule=asked.rule,
    )


def drift_gate(asked: Asked, spec: Drift, result: DriftResult | None, columns: Iterable[str] = ()) -> GateResult:
    """Drift, judged again under the policy's limits from the numbers of the evidence; what is missing is inconclusive.

    ``columns`` are those that must have been tested; globs of the policy choose among them.
    """
    asked = replace(asked, rule=DRIFT_RULE)
    if result is None:
        said = "the evidence does not compare this data with its reference"
        return stated(asked, Verdict.INCONCLUSIVE, "missing-evidence", said)
    judged, untested = judged_drift(spec, result, columns)
    moved = [column for column in most_moved(judged) if column.verdict not in _OPEN or _is_drift(column)]
    codes = {Verdict.PASS: "pass", Verdict.INCONCLUSIVE: "no-reference" if not result.columns else "few-rows"}
    if untested:
        codes[Verdict.INCONCLUSIVE] = "missing-evidence"
    return GateResult(
        gate=asked.gate,
        stage=asked.stage,
        verdict=judged.verdict,
        severity=spec.severity,
        observed=_counted(judged),
        baseline=None,
        limit=limits_text(spec),
        reason_code=codes.get(judged.verdict, "drift"),
        message=_message(judged, moved, untested),
        line=asked.line,
        n=result.n_current,
        rule=asked.rule,
    )


def judged_drift(spec: Drift, result: DriftResult, columns: Iterable[str] = ()) -> tuple[DriftResult, tuple[str, ...]]:
    """The result under these limits, and the columns that it should speak of and does not.

    The evidence's own verdict counts only where it is the worse one, and a severity ``warn`` softens nothing but drift.
    """
    judged = rejudge(spec, result)
    same = bool(result.current_sha256) and result.current_sha256 == result.reference_sha256
    found = {column.column for column in result.columns}
    # Where nothing was compared, the result says why: that is one reason, not one for every column.
    untested = tuple(name for name in _asked_for(spec, columns) if name not in found) if found else ()
    found_out = [judged.verdict, result.verdict]
    if untested or not (same or result.columns):
        found_out.append(Verdict.INCONCLUSIVE)
    moved = tuple(replace(column, verdict=_weighed(spec, column.verdict)) for column in judged.columns)
    return replace(judged, columns=moved, verdict=worst(_weighed(spec, one) for one in found_out)), untested


def _weighed(spec: Drift, verdict: Verdict) -> Verdict:
    return Verdict.WARN if spec.severity == "warn" and verdict is Verdict.FAIL else verdict


def _asked_for(spec: Drift, columns: Iterable[str]) -> Iterable[str]:
    """The columns that the policy asks for by its globs, and those that it names outright."""
    named = (name for name in spec.columns if not set("*?[") & set(name))
    return (name for name in dict.fromkeys((*columns, *named)) if chosen(spec, name))


def _is_drift(column: ColumnDrift) -> bool:
    return column.verdict in (Verdict.WARN, Verdict.FAIL)


def _counted(result: DriftResult) -> str:
    drifted = sum(_is_drift(column) for column in result.columns)
    return f"{drifted:,} of {amount(len(result.columns), 'column')} drifted"


def limits_text(spec: Drift) -> str:
    """The policy's limits as people say them: ``PSI 0.1, p < 0.01``."""
    measures = ("psi", "jensen_shannon", "wasserstein", "cramers_v", "ks")
    stated_limits = [(name, getattr(spec, name)) for name in measures if getattr(spec, name) is not None]
    said = [f"{measure(name)} {limit:g}" for name, limit in stated_limits or [("psi", 0.1)]]
    return ", ".join((*said, f"p < {spec.alpha:g}"))


def _message(result: DriftResult, moved: list[ColumnDrift], untested: tuple[str, ...]) -> str:
    parts: list[str] = []
    if untested:
        more = f" and {len(untested) - MAX_NAMED} more" if len(untested) > MAX_NAMED else ""
        parts.append(f"the evidence does not speak of {', '.join(map(_code, untested[:MAX_NAMED]))}{more}")
    parts += [f"{_code(column.column)}: {column.message or _figures(column)}" for column in moved[:MAX_NAMED]]
    if len(moved) > MAX_NAMED:
        parts.append(f"and {len(moved) - MAX_NAMED:,} more")
    if result.message:
        parts.insert(0, result.message)
    same = "nothing drifted" if result.columns else "the data is that of the reference"
    return "; ".join(parts) or (same if result.verdict is Verdict.PASS else "could not be compared")


def _figures(column: ColumnDrift) -> str:
    if column.effect_size is None:
        return column.verdict.value
    limit = f" (limit {column.limit:g})" if column.limit is not None else ""
    said = f", p {chance(column.p_adjusted)}" if column.p_adjusted is not None else ""
    return f"{measure(column.effect)} {column.effect_size:.3g}{limit}{said}"


def _code(name: str) -> str:
    # A backtick would end the code that the name is shown as.
    return f"`{name[:MAX_NAME_CHARS].replace('`', chr(39))}`"


def compatibility_gate(asked: Asked, mode: Compatibility, evolved: Evolved | None) -> GateResult:
    """Whether the head's contract breaks those who rely on the base's, or those who write for it."""
    asked = replace(asked, rule=COMPATIBILITY_RULES[mode])
    if evolved is None:
        said = "the head's contract was not compared with the base's"
        return stated(asked, Verdict.INCONCLUSIVE, "missing-evidence", said)
    if evolved.problem:
        return stated(asked, Verdict.ERROR, "contract", evolved.problem)
    broken = breaks(evolved.changes, mode)
    named = "; ".join(change.sentence for change in broken[:MAX_NAMED])
    more = f"; and {len(broken) - MAX_NAMED:,} more" if len(broken) > MAX_NAMED else ""
    n_changes = len(evolved.changes)
    kept = f"none of {amount(n_changes, 'change')} breaks anyone" if n_changes else "the contract does not change"
    return GateResult(
        gate=asked.gate,
        stage=asked.stage,
        verdict=Verdict.FAIL if broken else Verdict.PASS,
        severity="fail",
        observed=f"{len(broken):,} of {amount(n_changes, 'change')} break" if n_changes else None,
        baseline=None,
        limit=mode,
        reason_code="compatibility" if broken else "pass",
        message=named + more or kept,
        line=asked.line,
        rule=asked.rule,
    )


def must_be_compared(contract: Contract) -> tuple[str, ...]:
    """The columns that a comparison cannot have passed by: plain values, which no row may lack."""
    plain = (column for column in contract.columns if column.logical_type not in ("object", "array"))
    return tuple(column.name for column in plain if column.required)


def hidden(result: DriftResult, contract: Contract) -> DriftResult:
    """The result without any value of a column that the contract calls sensitive, whatever the evidence shows."""
    shown = (_bare(column) if column.column.casefold() in contract.classified else column for column in result.columns)
    return replace(result, columns=tuple(shown))


def _bare(column: ColumnDrift) -> ColumnDrift:
    aspects = tuple(replace(aspect, histogram=None, new=(), vanished=()) for aspect in column.aspects)
    return replace(column, aspects=aspects, message=_figures(column))
