"""Why each gate came out as it did: what was measured, the limit, the rule, and what would open it.

One text for every place that explains a gate: the command line, the report, a reply to a command.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sluice.core.plan import POLICY_PATH
from sluice.core.remedies import remedy
from sluice.domain.decision import Decision, GateResult
from sluice.domain.evidence import Evidence
from sluice.domain.verdict import Verdict

MAX_DIGITS = 6
_LABEL_WIDTH = 11
_LIMIT_RULES = (
    ("min", "The value must be at least the limit."),
    ("max", "The value must be at most the limit."),
    ("max_drop", "The whole interval of the drop against the baseline must lie at or below the limit."),
    ("max_gap", "The best and the worst slice may differ by at most the limit."),
)
_KEPT_RULE = "What the policy demands of this metric must hold."
_OPENERS = {
    Verdict.INCONCLUSIVE: "Measure what is missing, on enough rows, and run it again.",
    Verdict.ERROR: "Mend what kept it from being measured, and run it again.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One gate for people; ``rule`` is a sentence, ``opens`` one too, and empty for a gate that passed.

    ``result`` has the numbers. ``where`` is the line of the policy that asks for it, empty where none does.
    """

    result: GateResult
    rule: str
    opens: str
    where: str


def explain(decision: Decision, evidence: Evidence | None) -> tuple[Explanation, ...]:
    """Every gate of a decision, in its order; ``evidence`` is ``None`` where there is none, or none to believe."""
    return tuple(explain_gate(result, evidence) for result in decision.results)


def explain_gate(result: GateResult, evidence: Evidence | None) -> Explanation:
    """One gate of a decision."""
    return Explanation(
        result=result,
        rule=result.rule or _rule(result),
        opens="" if result.verdict is Verdict.PASS else remedy(result, evidence) or _opener(result),
        where=f"{POLICY_PATH}:{result.line}" if result.line else "",
    )


def lines(explained: Explanation) -> tuple[str, ...]:
    """The explanation as plain text: the gate on the first line, a fact on every other."""
    result = explained.result
    head = f"{result.verdict.value:12} {result.gate}"
    # A foreign text must not bring lines of its own.
    told = [(label, " ".join(text.split())) for label, text in _facts(explained) if text]
    return (head, *(f"    {label:{_LABEL_WIDTH}}{text}" for label, text in told))


def interval_text(result: GateResult) -> str:
    """``-0.02 to 0.004 (95 %, of the difference)``; empty where there is no interval."""
    if result.ci_low is None or result.ci_high is None:
        return ""
    level = "" if result.ci_level is None else f"{result.ci_level * 100:g} %, "
    of = "the difference" if result.interval_of == "difference" else "the measured value"
    return f"{_number(result.ci_low)} to {_number(result.ci_high)} ({level}of {of})"


def _facts(explained: Explanation) -> Iterator[tuple[str, str]]:
    result = explained.result
    yield "measured", _value(result.observed, result.limit) or "nothing that counts"
    yield "baseline", _value(result.baseline, None)
    yield "difference", _value(result.difference, result.limit)
    yield "interval", interval_text(result)
    yield "limit", _value(result.limit, None)
    yield "rows", f"{result.n:,}" if result.n is not None else ""
    yield "slice", result.slice
    yield "rule", explained.rule
    yield "found", result.message
    yield "severity", "warn: the gate stays open" if result.verdict is Verdict.WARN else ""
    yield "stands in", explained.where
    yield ("to open it" if not result.verdict.opens else "to mend it"), explained.opens


def _value(value: float | str | None, limit: float | str | None) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    short = _number(value)
    # With as many digits as it takes to tell it from the limit.
    close = isinstance(limit, (int, float)) and value != limit and float(short) == float(_number(limit))
    return repr(value) if close else short


def _number(value: float) -> str:
    # Adding zero takes the sign off a negative zero.
    return f"{value + 0.0:.{MAX_DIGITS}g}"


def _rule(result: GateResult) -> str:
    parts = result.gate.split(".")
    return next((rule for limit, rule in _LIMIT_RULES if limit in parts[1:]), _KEPT_RULE)


def _opener(result: GateResult) -> str:
    return _OPENERS.get(
        result.verdict,
        f"Keep the limit; or, where another one is meant, change it in `{POLICY_PATH}` first, "
        "in a pull request of its own.",
    )
