"""The plan: what applies, where it runs, and when nothing runs but the gate stays closed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sluice.core.plan import HOSTED, SKIP_LABEL, plan
from sluice.domain.config import Config, DataSource, Evaluation, Loaded, Training
from sluice.domain.gates import Gate
from sluice.domain.planning import ChangedFiles, Event, Plan, Skip
from sluice.domain.verdict import Verdict

GPU = ("self-hosted", "gpu")
POLICY = Loaded(
    sha256="p" * 64,
    value=Config(
        version=1,
        data={"train": DataSource(source="data/train.csv", contract="contracts/train.yaml")},
        training=Training(run="make", inputs=("src/**",), runs_on=GPU),
        evaluation=Evaluation(task="classification", metrics="metrics.json"),
        gates=(Gate(metric="accuracy", min=0.5),),
    ),
)
EVENT = Event(
    name="pull_request", action="opened", repository="acme/churn", head_repository="acme/churn", head_sha="a" * 40,
    base_sha="b" * 40, base_ref="main", pr_number=1,
)  # fmt: skip


def changed(*paths: str, complete: bool = True) -> ChangedFiles:
    return ChangedFiles(paths=paths, complete=complete)


def planned(*paths: str, event: Event = EVENT, complete: bool = True, enforced: bool = True) -> Plan:
    made = plan(event, POLICY, changed(*paths, complete=complete), enforced=enforced)
    assert isinstance(made, Plan)
    return made


def skipped(*paths: str, event: Event = EVENT) -> Skip:
    made = plan(event, POLICY, changed(*paths))
    assert isinstance(made, Skip)
    return made


def test_code_trains_and_evaluates_on_the_runner_that_the_policy_names() -> None:
    made = planned("src/train.py")
    assert made.stages == ("training", "evaluation")
    assert made.runs_on == GPU
    assert made.reasons["training"] == "`src/train.py` changed"


def test_data_concerns_every_stage() -> None:
    assert planned("data/train.csv").stages == ("data", "training", "evaluation")


def test_the_policy_concerns_every_stage_and_is_told() -> None:
    made = planned("sluice.yaml")
    assert made.stages == ("data", "training", "evaluation")
    assert made.policy_changes == ("sluice.yaml",)


def test_a_list_that_github_cut_concerns_everything() -> None:
    made = planned("README.md", complete=False)
    assert made.stages == ("data", "training", "evaluation")
    assert made.policy_changes == ("sluice.yaml", "contracts/train.yaml"), "they may be among what is not listed"


def test_documentation_is_not_applicable_and_opens() -> None:
    made = skipped("README.md", "docs/a.md")
    assert (made.reason_code, made.verdict) == ("not-applicable", Verdict.PASS)


@pytest.mark.parametrize(
    ("event", "code"),
    [(replace(EVENT, draft=True), "draft"), (replace(EVENT, labels=("x", SKIP_LABEL)), "skip-label")],
)
def test_what_spares_the_run_does_not_open_the_gate(event: Event, code: str) -> None:
    made = skipped("src/train.py", event=event)
    assert (made.reason_code, made.verdict) == (code, Verdict.INCONCLUSIVE)
    assert skipped("README.md", event=event).verdict is Verdict.PASS, "nothing was to be run in any case"


def test_a_forks_code_never_reaches_a_runner_of_ours() -> None:
    assert planned("src/train.py", event=replace(EVENT, head_repository="mallory/churn")).runs_on == HOSTED


def test_without_a_policy_on_the_base_the_head_does_not_choose_the_runner() -> None:
    made = planned("src/train.py", enforced=False)
    assert made.runs_on == HOSTED and made.enforced is False


def test_data_alone_needs_no_runner_of_ours() -> None:
    policy = replace(POLICY, value=replace(POLICY.value, training=None))
    made = plan(EVENT, policy, changed("data/train.csv"))
    assert isinstance(made, Plan) and made.runs_on == HOSTED and made.stages == ("data", "evaluation")


def test_a_repository_without_sluice_is_left_alone() -> None:
    made = plan(EVENT, None, changed("src/train.py"), enforced=False)
    assert isinstance(made, Skip) and (made.verdict, made.enforced) == (Verdict.PASS, False)


def test_the_plan_is_bound_to_head_base_and_policy() -> None:
    made = planned("src/train.py")
    assert (made.head_sha, made.base_sha, made.base_ref) == ("a" * 40, "b" * 40, "main")
    assert made.policy_sha256 == POLICY.sha256
