"""What the reports show, drawn from a decision and its evidence: one flat record, the same for every format."""

from __future__ import annotations

from dataclasses import dataclass

from sluice.core.explaining import Explanation, explain_gate
from sluice.core.report.causes import Cause, causes, phrase
from sluice.domain.amounts import amount
from sluice.domain.contract import Scalar
from sluice.domain.decision import Decision, GateResult
from sluice.domain.drift import DriftResult
from sluice.domain.evaluation import Comparison, MetricValue
from sluice.domain.evidence import Evidence
from sluice.domain.importance import ImportanceResult
from sluice.domain.planning import STAGES, Stage
from sluice.domain.replay import Replayed
from sluice.domain.report import PolicyChange
from sluice.domain.suites import SuiteResult
from sluice.domain.validation import CheckResult, DatasetResult
from sluice.domain.verdict import Verdict, worst

ICONS = {
    Verdict.PASS: "✅",
    Verdict.WARN: "⚠️",
    Verdict.INCONCLUSIVE: "❔",
    Verdict.ERROR: "🚫",
    Verdict.FAIL: "❌",
}
WORDS = {
    Verdict.PASS: "pass",
    Verdict.WARN: "warning",
    Verdict.INCONCLUSIVE: "not enough evidence",
    Verdict.ERROR: "could not be measured",
    Verdict.FAIL: "fail",
}
SHORT = {
    Verdict.PASS: "pass",
    Verdict.WARN: "warn",
    Verdict.INCONCLUSIVE: "unclear",
    Verdict.ERROR: "error",
    Verdict.FAIL: "fail",
}
MAX_NAMED = 3
STAGE_NAMES: dict[Stage, str] = {"data": "Data", "training": "Training", "evaluation": "Evaluation"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Addresses that the report points to; trusted, from the runtime; empty where there is none."""

    run_url: str = ""
    repository_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageLine:
    """One stage in one line; ``verdict`` is ``None`` where the plan skipped it."""

    stage: Stage
    verdict: Verdict | None
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricLine:
    """One metric of the candidate beside the baseline."""

    value: MetricValue
    comparison: Comparison | None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything a report shows, in the order of importance."""

    decision: Decision
    evidence: Evidence | None
    headline: str
    note: str
    stages: tuple[StageLine, ...]
    closing: tuple[Cause, ...]
    gates: tuple[GateResult, ...]
    datasets: tuple[DatasetResult, ...]
    metrics: tuple[MetricLine, ...]
    changes: tuple[PolicyChange, ...]
    links: Links
    proposed: Replayed | None = None

    @property
    def explained(self) -> tuple[Explanation, ...]:
        """The gates that are closed for a reason of their own, each with its numbers, its rule and what opens it."""
        return tuple(explain_gate(cause.gate, self.evidence) for cause in self.closing)

    @property
    def data_is_notable(self) -> bool:
        """Whether there is more to say of the data than that everything passed."""
        gates = any(gate.stage == "data" and gate.verdict is not Verdict.PASS for gate in self.gates)
        return gates or any(failing(dataset) for dataset in self.datasets)

    @property
    def suites(self) -> tuple[SuiteResult, ...]:
        """The reports of the user's own tests."""
        evaluation = self.evidence.evaluation if self.evidence else None
        return evaluation.tests if evaluation else ()

    @property
    def tests_are_notable(self) -> bool:
        """Whether any of the user's own tests did not pass."""
        return any(suite.reason or suite.n_passed < suite.n_tests or not suite.n_tests for suite in self.suites)

    @property
    def importance(self) -> ImportanceResult | None:
        """How much each feature matters; ``None`` where nobody asked."""
        evaluation = self.evidence.evaluation if self.evidence else None
        return evaluation.importance if evaluation else None

    @property
    def predictions_drift(self) -> DriftResult | None:
        """The candidate's predictions against the baseline's; ``None`` where they were not compared."""
        evaluation = self.evidence.evaluation if self.evidence else None
        return evaluation.drift if evaluation else None


def build(evidence: Evidence | None, decision: Decision, changes: tuple[PolicyChange, ...], links: Links) -> View:
    """The view of one decision; the worst gates first."""
    gates = tuple(sorted(decision.results, key=lambda gate: -gate.verdict.rank))
    closing = causes(decision, evidence)
    return View(
        decision=decision,
        evidence=evidence,
        headline=headline(decision, closing),
        note="" if decision.message in {cause.gate.message for cause in closing} else decision.message,
        stages=tuple(_stage_line(stage, evidence, decision) for stage in STAGES) if evidence else (),
        closing=closing,
        gates=gates,
        datasets=evidence.data if evidence else (),
        metrics=_metric_lines(evidence),
        changes=changes,
        links=links,
    )


def headline(decision: Decision, closing: tuple[Cause, ...]) -> str:
    """One sentence: the gate's state and, where it is closed, the first causes."""
    if not decision.results and decision.verdict.opens:
        return "Not applicable: the gate is open"
    if not decision.enforced:
        return "Not enforced yet: the base has no sluice.yaml"
    if decision.open:
        return "The gate is open, with warnings" if decision.verdict is Verdict.WARN else "The gate is open"
    named = ", ".join(phrase(cause.gate) for cause in closing[:MAX_NAMED]) + (" …" if len(closing) > MAX_NAMED else "")
    return f"The gate is closed: {named}" if named else "The gate is closed"


def stage_verdict(stage: Stage, decision: Decision) -> Verdict:
    """The worst verdict of a stage's gates; a stage that ran and has no gate passes."""
    found = [gate.verdict for gate in decision.results if gate.stage == stage]
    return worst(found) if found else Verdict.PASS


def failing(dataset: DatasetResult) -> tuple[CheckResult, ...]:
    """The checks that did not pass, the worst first."""
    return tuple(result for result in worst_first(dataset) if result.verdict is not Verdict.PASS)


def worst_first(dataset: DatasetResult) -> tuple[CheckResult, ...]:
    """All checks, the worst first; equal ones in the order of the contract."""
    return tuple(sorted(dataset.results, key=lambda result: -result.verdict.rank))


def observed(result: CheckResult) -> Scalar | None:
    """What was observed, grouped where it is a count; nothing where it is the number of failed rows over again."""
    value = result.observed
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    return None if value == result.n_failed else f"{value:,}"


def _stage_line(stage: Stage, evidence: Evidence | None, decision: Decision) -> StageLine:
    if stage in decision.skipped or evidence is None:
        return StageLine(stage=stage, verdict=None, said="nothing that it depends on is touched")
    said = {"data": _said_of_data, "training": _said_of_training, "evaluation": _said_of_evaluation}[stage](evidence)
    problem = next((problem.message for problem in evidence.problems if problem.stage == stage), "")
    return StageLine(stage=stage, verdict=stage_verdict(stage, decision), said=problem or said)


def _said_of_data(evidence: Evidence) -> str:
    if not evidence.data:
        return "not measured"
    checks = sum(len(dataset.results) for dataset in evidence.data)
    failed = sum(len(failing(dataset)) for dataset in evidence.data)
    rows = sum(dataset.n_rows for dataset in evidence.data)
    outcome = (
        f"{checks - failed:,} of {amount(checks, 'check')} passed" if failed else f"{amount(checks, 'check')} passed"
    )
    return f"{outcome}, {amount(rows, 'row')} in {amount(len(evidence.data), 'source')}{_said_of_drift(evidence)}"


def _said_of_drift(evidence: Evidence) -> str:
    compared = [dataset.drift for dataset in evidence.data if dataset.drift is not None]
    columns = [column for drift in compared for column in drift.columns]
    drifted = sum(column.verdict in (Verdict.WARN, Verdict.FAIL) for column in columns)
    return f", {drifted:,} of {amount(len(columns), 'column')} drifted" if columns else ""


def _said_of_training(evidence: Evidence) -> str:
    training = evidence.training
    if training is None:
        return "not measured"
    memory = f", {training.peak_memory_bytes / 2**20:,.0f} MiB at most" if training.peak_memory_bytes else ""
    return f"{training.status} after {duration(training.duration_s)}{memory}"


def _said_of_evaluation(evidence: Evidence) -> str:
    evaluation = evidence.evaluation
    if evaluation is None:
        return "not measured"
    metrics = len({value.metric for value in evaluation.metrics})
    rows = f" on {amount(evaluation.n, 'row')}" if evaluation.n else ""
    ran = sum(suite.n_tests for suite in evaluation.tests)
    tests = f", {amount(ran, 'test')}" if evaluation.tests else ""
    against = f", against {evaluation.baseline}" if evaluation.baseline else ", without a baseline"
    by = f"the code of base {evaluation.code_sha[:12]}" if evaluation.code == "base" else "the head's own code"
    return f"{amount(metrics, 'metric')}{rows}{tests}{against}, by {by}"


def _metric_lines(evidence: Evidence | None) -> tuple[MetricLine, ...]:
    if evidence is None or evidence.evaluation is None:
        return ()
    found = {(row.metric, row.slice): row for row in evidence.evaluation.comparisons}
    values = sorted(evidence.evaluation.metrics, key=lambda value: value.slice != "")
    return tuple(MetricLine(value=value, comparison=found.get((value.metric, value.slice))) for value in values)


def duration(seconds: float) -> str:
    """A duration as people say it: ``4.2 s``, ``3 min 20 s``, ``2 h 05 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def interval(row: MetricValue | Comparison, *, signed: bool = False) -> str:
    """Both ends of an interval, or a dash where there is none."""
    return ends(row.ci_low, row.ci_high, signed=signed)


def ends(low: float | None, high: float | None, *, signed: bool = False) -> str:
    """Both ends of an interval, or a dash where there is none."""
    if low is None or high is None:
        return "–"
    return " … ".join(number(end, signed=signed) for end in (low, high))


def number(value: float | str | None, *, signed: bool = False) -> str:
    """A number with four digits after the point, a whole one grouped; text as it is; nothing as a dash."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if float(value).is_integer() and abs(value) < 1e15:
        # A negative zero has no sign, nor has a difference of nothing.
        return f"{value:+,.0f}" if signed and value else f"{value + 0.0:,.0f}"
    if not 1e-3 <= abs(value) < 1e6:
        return f"{value:+.3g}" if signed else f"{value:.4g}"
    return f"{value:+.4f}" if signed else f"{value:.4f}"
