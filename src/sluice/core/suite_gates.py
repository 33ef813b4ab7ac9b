"""The gates of the user's own tests: ``tests.NAME``, judged from the counts of a report.

All tests must have run and held. No test at all, or more skipped ones than the policy allows, is inconclusive: what
did not run was not found to be right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sluice.core.data_gates import Asked, stated
from sluice.domain.amounts import amount
from sluice.domain.config import Loaded, Suite
from sluice.domain.decision import GateResult
from sluice.domain.evaluation import EvaluationResult
from sluice.domain.result_rules import suites_of
from sluice.domain.suites import FailedTest, SuiteResult
from sluice.domain.verdict import Verdict

MAX_NAMED = 3
RULE = "Every test of the report must have run and passed."
_RUN_ALL = "Let every test run; `max_skipped` says how many may be skipped."
_MEND = "Mend what the failed tests found; the log and the report name them."
_WRITE_IT = "Let training write the report of these tests, as JUnit XML."


def suite_gates(policy: Loaded, evaluation: EvaluationResult | None) -> Iterator[GateResult]:
    """One gate for each report of tests that the policy names; what the evidence says beside them is not judged."""
    if policy.value.evaluation is None:
        return
    for index, suite in enumerate(suites_of(policy.value.evaluation)):
        line = policy.lines.get(f"evaluation.tests[{index}]") or policy.lines.get("evaluation.tests", 0)
        asked = Asked(gate=f"tests.{suite.name}", stage="evaluation", line=line, rule=_rule(suite))
        found = [one for one in evaluation.tests if one.name == suite.name] if evaluation else []
        result = _judged(asked, suite, found)
        warned = result.verdict is Verdict.FAIL and suite.severity == "warn"
        yield replace(result, severity=suite.severity, verdict=Verdict.WARN if warned else result.verdict)


def _rule(suite: Suite) -> str:
    return f"{RULE} At most {suite.max_skipped:,} may be skipped." if suite.max_skipped else RULE


def _judged(asked: Asked, suite: Suite, found: list[SuiteResult]) -> GateResult:
    if not found:
        return stated(asked, Verdict.INCONCLUSIVE, "missing-evidence", "the evidence does not speak of these tests")
    if len(found) > 1:
        return stated(asked, Verdict.ERROR, "evidence", "the evidence states these tests twice")
    result = found[0]
    if result.reason:
        missing = result.reason_code == "missing-evidence"
        verdict = Verdict.INCONCLUSIVE if missing else Verdict.ERROR
        return replace(stated(asked, verdict, result.reason_code or "tests", result.reason), remedy=_WRITE_IT)
    if min(result.n_tests, result.n_failures, result.n_errors, result.n_skipped, result.n_passed) < 0:
        return stated(asked, Verdict.ERROR, "evidence", "the counts of the tests contradict one another")
    verdict, code, said, remedy = _counted(suite, result)
    observed = f"{result.n_passed:,} of {amount(result.n_tests, 'test')} passed"
    return replace(stated(asked, verdict, code, said), observed=observed, n=result.n_tests, remedy=remedy)


def _counted(suite: Suite, result: SuiteResult) -> tuple[Verdict, str, str, str]:
    """Verdict, code, sentence and remedy of counts that fit together."""
    n_wrong = result.n_failures + result.n_errors
    unrun = result.n_passed == 0 or result.n_skipped > suite.max_skipped
    # Where a failure is only a warning, it must not hide that most of the tests did not run.
    if n_wrong and not (unrun and suite.severity == "warn"):
        return Verdict.FAIL, "tests-failed", f"{amount(n_wrong, 'test')} failed: {_named(result, n_wrong)}", _MEND
    if result.failed and not n_wrong:
        return Verdict.ERROR, "evidence", "the evidence names failed tests and counts none", ""
    if result.n_tests == 0:
        return Verdict.INCONCLUSIVE, "not-enough-evidence", "the report holds no tests", _WRITE_IT
    if unrun:
        said = f"{result.n_skipped:,} of {amount(result.n_tests, 'test')} skipped, at most {suite.max_skipped:,} may be"
        return Verdict.INCONCLUSIVE, "not-enough-evidence", said, _RUN_ALL
    skipped = f", {result.n_skipped:,} skipped" if result.n_skipped else ""
    return Verdict.PASS, "pass", f"{amount(result.n_passed, 'test')} passed{skipped}", ""


def _named(result: SuiteResult, n_wrong: int) -> str:
    shown = "; ".join(_shown(test) for test in result.failed[:MAX_NAMED])
    more = n_wrong - min(len(result.failed), MAX_NAMED)
    return f"{shown}; and {more:,} more" if shown and more > 0 else shown or "the report names none"


def _shown(test: FailedTest) -> str:
    # A backtick would end the code that the name is shown as.
    name = f"`{test.name[:80].replace('`', chr(39))}`"
    return f"{name} ({test.message[:80]})" if test.message else name
