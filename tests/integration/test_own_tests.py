"""The user's own tests of a model, run by pytest in training, through measuring, the gate and the report."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sluice.adapters.decode import evidence as stored
from sluice.adapters.decode.config import load_config
from sluice.adapters.git import Git
from sluice.core.gate import Contracts, decide
from sluice.core.report import render
from sluice.domain.decision import Decision
from sluice.domain.evidence import Evidence, Subject
from sluice.domain.planning import Plan
from sluice.domain.verdict import Verdict
from sluice.entry.workshop import workshop
from sluice.pipeline.measuring import measure
from sluice.pipeline.order import Order

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


class Place:
    """A repository whose training runs pytest."""

    def __init__(self, above: Path) -> None:
        self.root, self.scratch, self.out = above / "repo", above / "scratch", above / "out"
        for folder in (self.root, self.scratch, self.out):
            folder.mkdir()
        self.git("init", "-q", "-b", "main")
        (self.root / ".gitignore").write_text("reports/\n")
        self.base = self.commit(POLICY, PASSING)

    def git(self, *arguments: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        subprocess.run(("git", *identity, *arguments), cwd=self.root, check=True, capture_output=True)

    def commit(self, policy: str, tests: str) -> str:
        (self.root / "sluice.yaml").write_text(policy.replace("PYTHON", sys.executable))
        (self.root / "checks.py").write_text(tests)
        self.git("add", "-A")
        self.git("commit", "-qm", "x", "--allow-empty")
        return Git(self.root).head()

    def decided(self) -> tuple[Evidence, Decision]:
        """What becomes of the head, by the policy of the base, after a way through stored evidence."""
        git = Git(self.root)
        base = load_config(git.show(self.base, "sluice.yaml") or b"")
        subject = Subject(repository="o/r", head_sha=git.head(), base_sha=self.base)
        plan = Plan(
            stages=("training", "evaluation"),
            runs_on=(),
            head_sha=subject.head_sha,
            base_sha=self.base,
            policy_sha256=base.sha256,
        )
        head = load_config((self.root / "sluice.yaml").read_bytes())
        order = Order(subject=subject, plan=plan, head=head, policy=base, version="0")
        stored.write(measure(order, workshop(git, subject, self.scratch, lambda _: None)), self.out)
        evidence, sha256 = stored.read(self.out)
        return evidence, decide(base, evidence, sha256, subject=plan, contracts=Contracts(base={}))


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
