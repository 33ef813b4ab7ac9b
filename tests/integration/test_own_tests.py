"""The user's own tests of a model, run by pytest in training, through measuring, the gate and the report."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.place import Place as Repository

from sluice.core.report import render
from sluice.domain.decision import Decision
from sluice.domain.verdict import Verdict

POLICY = """version: 1
training:
  run: PYTHON -m pytest -q -p no:cacheprovider -c /dev/null --rootdir . --junitxml=reports/model.xml checks.py || true
  inputs: ["*.py"]
evaluation:
  task: classification
  tests: [reports/model.xml]
"""
PASSING = "def test_same_answer_for_the_same_row():\n    assert True\n"
FAILING = PASSING + "def test_rising_price():\n    assert 1 == 2, 'the price fell: <b>@everyone</b>'\n"
SKIPPING = PASSING + "import pytest\n@pytest.mark.skip(reason='later')\ndef test_later():\n    pass\n"


class Place(Repository):
    """A repository whose training runs pytest."""

    def __init__(self, above: Path) -> None:
        super().__init__(above, ignored="reports/\n")
        self.base = self.commit(POLICY, PASSING)

    def commit(self, policy: str, tests: str) -> str:
        return self.commit_files(policy, checks=tests)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def verdicts(decision: Decision) -> dict[str, Verdict]:
    return {gate.gate: gate.verdict for gate in decision.results}


def test_tests_that_pass_open_the_gate(place: Place) -> None:
    evidence, decision = place.decided()
    assert verdicts(decision) == {"training": Verdict.PASS, "tests.model": Verdict.PASS}
    assert decision.open
    assert evidence.training is not None
    assert [one.path for one in evidence.training.artifacts] == ["reports/model.xml"]


def test_a_test_that_fails_closes_it_and_is_named_where_people_look(place: Place) -> None:
    place.commit(POLICY, FAILING)
    evidence, decision = place.decided()
    assert verdicts(decision)["tests.model"] is Verdict.FAIL
    report = render(evidence, decision)
    assert "checks::test_rising_price" in report.comment
    assert "&lt;b&gt;" in report.html
    (check,) = (check for check in report.checks if check.name == "sluice/evaluation")
    assert "2 tests" in check.title
    assert "checks::test_rising_price" in check.summary
    assert "<b>" not in check.summary
    assert "@everyone" not in check.summary


def test_a_test_that_is_skipped_is_not_one_that_held(place: Place) -> None:
    place.commit(POLICY, SKIPPING)
    assert verdicts(place.decided()[1])["tests.model"] is Verdict.INCONCLUSIVE


def test_a_head_cannot_leave_its_tests_out(place: Place) -> None:
    place.commit(
        POLICY.replace("reports/model.xml]", "reports/other.xml]").replace("=reports/model", "=reports/other"), FAILING
    )
    found = verdicts(place.decided()[1])
    assert found["tests.model"] is Verdict.INCONCLUSIVE
    place.commit(POLICY.replace("[reports/model.xml]", "[{path: reports/moved/model.xml, severity: warn}]"), FAILING)
    assert verdicts(place.decided()[1])["tests.model"] is Verdict.INCONCLUSIVE
