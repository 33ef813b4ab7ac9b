"""The gates of the user's own tests: only tests that ran and held open them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sluice.core.suite_gates import suite_gates
from sluice.domain.config import Config, Evaluation, Loaded, Suite
from sluice.domain.decision import GateResult
from sluice.domain.drift_limits import Severity
from sluice.domain.evaluation import EvaluationResult
from sluice.domain.result_rules import governed_suites, suites_of
from sluice.domain.suites import FailedTest, SuiteResult
from sluice.domain.verdict import Verdict

GOOD = SuiteResult(name="model", path="reports/model.xml", n_tests=3)
BAD = replace(GOOD, n_failures=1, n_errors=1, failed=(FailedTest(name="t::a`b", kind="failure", message="1 == 2"),))


def judged(*found: SuiteResult, max_skipped: int = 0, severity: Severity = "fail") -> GateResult:
    suite = Suite(path="reports/model.xml", max_skipped=max_skipped, severity=severity)
    policy = Loaded(
        value=Config(version=1, evaluation=Evaluation(task="classification", tests=(suite,))),
        sha256="",
        lines={"evaluation.tests[0]": 7},
    )
    (result,) = suite_gates(policy, EvaluationResult(n=None, metrics=(), tests=found))
    assert (result.gate, result.line, result.severity) == ("tests.model", 7, severity)
    return result


def test_tests_that_all_ran_and_held_pass() -> None:
    result = judged(GOOD)
    assert (result.verdict, result.observed, result.n) == (Verdict.PASS, "3 of 3 tests passed", 3)


def test_failed_tests_are_named() -> None:
    result = judged(BAD)
    assert result.verdict is Verdict.FAIL
    assert result.reason_code == "tests-failed"
    assert result.message == "2 tests failed: `t::a'b` (1 == 2); and 1 more"


def test_severity_turns_a_failure_into_a_warning_and_nothing_else() -> None:
    assert judged(BAD, severity="warn").verdict is Verdict.WARN
    assert judged(replace(GOOD, n_skipped=1), severity="warn").verdict is Verdict.INCONCLUSIVE


def test_a_failure_that_only_warns_does_not_hide_that_most_did_not_run() -> None:
    mostly = replace(BAD, n_tests=92, n_skipped=90)
    assert judged(mostly).verdict is Verdict.FAIL
    warned = judged(mostly, severity="warn")
    assert (warned.verdict, warned.reason_code) == (Verdict.INCONCLUSIVE, "not-enough-evidence")
    assert judged(mostly, severity="warn", max_skipped=90).verdict is Verdict.INCONCLUSIVE, "none passed"
    some = replace(mostly, n_tests=93)
    assert judged(some, severity="warn", max_skipped=90).verdict is Verdict.WARN


@pytest.mark.parametrize(
    ("found", "verdict", "code"),
    [
        ((), Verdict.INCONCLUSIVE, "missing-evidence"),
        ((replace(GOOD, name="other"),), Verdict.INCONCLUSIVE, "missing-evidence"),
        ((GOOD, GOOD), Verdict.ERROR, "evidence"),
        ((replace(GOOD, n_tests=0),), Verdict.INCONCLUSIVE, "not-enough-evidence"),
        ((replace(GOOD, n_skipped=1),), Verdict.INCONCLUSIVE, "not-enough-evidence"),
        ((replace(GOOD, n_skipped=3),), Verdict.INCONCLUSIVE, "not-enough-evidence"),
        ((replace(GOOD, n_skipped=4),), Verdict.ERROR, "evidence"),
        ((replace(GOOD, n_failures=-1),), Verdict.ERROR, "evidence"),
        ((replace(BAD, n_failures=0, n_errors=0),), Verdict.ERROR, "evidence"),
        (
            (replace(GOOD, reason="no such file", reason_code="missing-evidence"),),
            Verdict.INCONCLUSIVE,
            "missing-evidence",
        ),
        ((replace(GOOD, reason="is not valid XML", reason_code="tests"),), Verdict.ERROR, "tests"),
        ((replace(GOOD, reason="odd"),), Verdict.ERROR, "tests"),
    ],
)
def test_what_did_not_run_never_passes(found: tuple[SuiteResult, ...], verdict: Verdict, code: str) -> None:
    result = judged(*found)
    assert (result.verdict, result.reason_code) == (verdict, code)


def test_skipped_tests_may_be_allowed_but_not_all_of_them() -> None:
    assert judged(replace(GOOD, n_skipped=1), max_skipped=1).verdict is Verdict.PASS
    assert judged(replace(GOOD, n_skipped=2), max_skipped=1).verdict is Verdict.INCONCLUSIVE
    assert judged(replace(GOOD, n_skipped=3), max_skipped=9).verdict is Verdict.INCONCLUSIVE


def test_without_an_evaluation_nothing_passes() -> None:
    spec = Evaluation(task="classification", tests=("a.xml", Suite(path="b.xml", name="other")))
    policy = Loaded(value=Config(version=1, evaluation=spec), sha256="")
    found = list(suite_gates(policy, None))
    assert [(one.gate, one.verdict) for one in found] == [
        ("tests.a", Verdict.INCONCLUSIVE),
        ("tests.other", Verdict.INCONCLUSIVE),
    ]


def test_the_head_says_where_reports_lie_and_the_policy_which_must_pass() -> None:
    policy = Evaluation(task="classification", tests=("a/model.xml", Suite(path="slow.xml", max_skipped=1)))
    head = Evaluation(
        task="classification",
        tests=(Suite(path="b/model.xml", severity="warn", max_skipped=99), "extra.xml"),
    )
    assert governed_suites(policy, head) == (
        Suite(path="b/model.xml", name="model"),
        Suite(path="slow.xml", name="slow", max_skipped=1),
        Suite(path="extra.xml", name="extra"),
    )
    assert suites_of(policy)[0] == Suite(path="a/model.xml", name="model")
