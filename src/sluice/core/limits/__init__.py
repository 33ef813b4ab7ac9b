"""The limits of the policy's gates, judged from evidence that nobody vouches for.

What could not be measured, on fewer than ``MIN_ROWS`` rows too, is never a pass, whatever the severity. Only a failure
is turned into a warning by ``severity: warn``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from sluice.core.limits import differences, edges, gaps, slices
from sluice.core.limits.change import misdirected
from sluice.core.limits.choices import choose
from sluice.core.limits.families import adjusted
from sluice.core.limits.finding import Finding, gravity, unknown, worst_of
from sluice.core.limits.question import Question, Stretch, question
from sluice.domain.config import Config, Loaded
from sluice.domain.decision import GateResult
from sluice.domain.drift_limits import Severity
from sluice.domain.evaluation import EvaluationResult
from sluice.domain.gate_rules import COMPARED, JUDGED_TOGETHER
from sluice.domain.gates import Demand, Gate, demands_of, gate_id, group_id, limits_of, rates_of
from sluice.domain.verdict import Verdict
from sluice.metrics import metric_of

Families = Mapping[str, Mapping[str, Stretch]]
"""What the families ask of differences, by the gate's name and the slice."""

RULES: Mapping[str, Callable[[Question], Finding]] = {
    "min": edges.judge,
    "max": edges.judge,
    "max_drop": differences.judge,
    "max_rise": differences.judge,
    "must_improve": differences.judge,
    "no_slice_worse": slices.judge,
    "max_gap": gaps.judge,
}
"""What judges each limit."""

_SENTENCES: Mapping[str, str] = {
    "max_rise": "The whole interval of the rise against the baseline must lie at or below the limit.",
    "must_improve": "The whole interval of the improvement over the baseline must lie at or above the limit, above 0.",
    "no_slice_worse": "No slice's interval, widened for the number of slices, may lie wholly beyond the limit.",
    "any_of": "One of the demands must hold.",
    "all_of": "All of the demands must hold.",
}


def judge_all(policy: Loaded, result: EvaluationResult | None) -> Iterator[GateResult]:
    """Every gate of the policy, in its order: one result for each limit, one for each choice.

    A gate's severity turns a failure into a warning, and nothing else.
    """
    families = _families(policy, result)
    for gate in policy.value.gates:
        if not demands_of(gate):
            continue
        if group_id(gate):
            yield _choice(gate, policy, result)
        else:
            for limit, bound in limits_of(gate):
                yield _judged(gate, (limit, bound), policy, result, families)


def meaningless(config: Config) -> Iterator[tuple[str, str]]:
    """The limits that mean nothing for their metric's direction, by name, and why: each is an error when judged."""
    for gate in config.gates:
        for demand in demands_of(gate):
            for limit, _ in limits_of(demand):
                told = misdirected(limit, metric_of(demand.metric, config.evaluation)) if limit in COMPARED else ""
                if told:
                    yield gate_id(demand, limit), told


def _choice(gate: Gate, policy: Loaded, result: EvaluationResult | None) -> GateResult:
    """The best or the worst of a gate's demands, each the worst of its own limits."""
    members: list[tuple[str, float | str, Finding]] = []
    for member in gate.any_of or gate.all_of:
        found = [
            (gate_id(member, limit), bound, _found(member, (limit, bound), policy, result, gate.severity))
            for limit, bound in limits_of(member)
        ]
        members.append(max(found, key=lambda one: gravity(one[2], gate.severity)))
    chosen, bound = choose(members, gate.severity, any_of=bool(gate.any_of))
    return _result(gate, group_id(gate), bound, policy, chosen)


def _judged(
    gate: Gate, limit: tuple[str, float | str], policy: Loaded, result: EvaluationResult | None, families: Families
) -> GateResult:
    found = _found(gate, limit, policy, result, gate.severity, families)
    said = f"{found.metric or gate.metric or gate.fairness}{f' on {found.slice}' if found.slice else ''}: {found.said}"
    name, bound = limit
    return _result(gate, gate_id(gate, name), bound, policy, replace(found, said=said), name)


def _result(
    gate: Gate, name: str, bound: float | str | None, policy: Loaded, found: Finding, limit: str = ""
) -> GateResult:
    warned = found.verdict is Verdict.FAIL and gate.severity == "warn"
    at = f"gates[{policy.value.gates.index(gate)}]"
    return GateResult(
        gate=name,
        stage="evaluation",
        verdict=Verdict.WARN if warned else found.verdict,
        severity=gate.severity,
        observed=found.observed,
        baseline=found.baseline,
        limit=bound,
        reason_code=found.code,
        message=found.said,
        line=policy.lines.get(f"{at}.{limit}") or policy.lines.get(at, 0),
        rule=_SENTENCES.get(limit or name.partition(".")[0], ""),
        slice=found.slice,
        difference=found.difference,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        ci_level=found.ci_level,
        interval_of=found.interval_of,
        n=found.n,
    )


def _found(
    demand: Demand,
    limit: tuple[str, float | str],
    policy: Loaded,
    result: EvaluationResult | None,
    severity: Severity,
    families: Families | None = None,
) -> Finding:
    """The worst finding of one limit, over the metrics that it is judged by."""
    if result is None:
        return unknown("missing-evidence", "the evidence holds no evaluation")
    found: list[Finding] = []
    for metric in rates_of(demand):
        asked = question(demand, limit, policy, result, metric)
        if isinstance(asked, Question):
            stretched = (families or {}).get(gate_id(demand, limit[0]), {})
            asked = replace(asked, severity=severity, stretched=stretched)
        judged = asked if isinstance(asked, Finding) else RULES[limit[0]](asked)
        found.append(replace(judged, metric=metric))
    return worst_of(found, severity)


def _families(policy: Loaded, result: EvaluationResult | None) -> Families:
    if result is None:
        return {}
    together: dict[str, dict[str, Question | Finding]] = {}
    for gate in policy.value.gates:
        for limit in limits_of(gate) if gate.family else ():
            if limit[0] in JUDGED_TOGETHER:
                asked = question(gate, limit, policy, result, gate.metric)
                together.setdefault(gate.family or "", {})[gate_id(gate, limit[0])] = asked
    return {name: found for family, asked in together.items() for name, found in adjusted(asked, family).items()}
