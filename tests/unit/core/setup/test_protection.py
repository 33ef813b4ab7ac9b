"""What a branch's rules are worth."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sluice.core.setup.findings import bad, doubtful, exit_code, good, unanswered
from sluice.core.setup.protection import ACTIONS_APP_ID, GATE_CHECK, examine, runner, to_require
from sluice.domain.errors import UsageError
from sluice.domain.verdict import Verdict
from sluice.domain.workflows import BranchRules, CheckAuthor, RepositoryFacts, RequiredCheck

AUTHOR = CheckAuthor(app_id=ACTIONS_APP_ID, slug="github-actions")
BOTH = frozenset(("pull_request", "merge_group"))


def _rules(*apps: int | None, name: str = GATE_CHECK, queue: bool = False, known: bool = True) -> BranchRules:
    required = tuple(RequiredCheck(name=name, app_id=app, source="ruleset") for app in apps)
    return BranchRules(branch="main", required=required, strict=False, merge_queue=queue, classic_known=known)


@pytest.mark.parametrize(
    ("rules", "author", "verdict"),
    [
        (_rules(), AUTHOR, Verdict.FAIL),
        (_rules(known=False), AUTHOR, Verdict.WARN),
        (_rules(None), AUTHOR, Verdict.WARN),
        (_rules(ACTIONS_APP_ID), AUTHOR, Verdict.PASS),
        (_rules(ACTIONS_APP_ID, None), AUTHOR, Verdict.PASS),
        (_rules(ACTIONS_APP_ID), None, Verdict.PASS),
        (_rules(7), None, Verdict.WARN),
        (_rules(7), AUTHOR, Verdict.FAIL),
        (_rules(ACTIONS_APP_ID, 7), AUTHOR, Verdict.FAIL),
        (_rules(ACTIONS_APP_ID), CheckAuthor(app_id=7, slug="ours"), Verdict.FAIL),
        (_rules(7), CheckAuthor(app_id=7, slug="ours"), Verdict.PASS),
        (_rules(ACTIONS_APP_ID, name="sluice/gates"), AUTHOR, Verdict.FAIL),
    ],
)
def test_the_gate_must_be_required_from_the_app_that_posts_it(
    rules: BranchRules, author: CheckAuthor | None, verdict: Verdict
) -> None:
    first = examine(rules, author, BOTH)[0]
    assert first.verdict is verdict
    assert bool(first.remedy) is (verdict is not Verdict.PASS)


@pytest.mark.parametrize(
    ("bypasses", "named"),
    [
        ((None,), ""),
        (((),), ""),
        ((("administrators",),), "administrators"),
        ((("administrators",), ()), ""),
        ((("administrators",), None), ""),
        ((("administrators",), ("the team 7",)), "administrators, the team 7"),
    ],
)
def test_a_gate_is_passed_by_only_where_every_rule_lets_pass(
    bypasses: tuple[tuple[str, ...] | None, ...], named: str
) -> None:
    checks = tuple(
        RequiredCheck(name=GATE_CHECK, app_id=ACTIONS_APP_ID, source="ruleset", bypass=bypass) for bypass in bypasses
    )
    found = [one for one in examine(replace(_rules(), required=checks), AUTHOR, BOTH) if one.check == "bypass"]
    assert [one.message.partition(" may merge")[0] for one in found] == ([named] if named else [])


@pytest.mark.parametrize(("app", "verdict"), [(None, Verdict.FAIL), (ACTIONS_APP_ID, Verdict.WARN)])
def test_a_check_of_the_same_name_by_another_app(app: int | None, verdict: Verdict) -> None:
    author = replace(AUTHOR, rivals=("impostor",))
    (found,) = (one for one in examine(_rules(app), author, BOTH) if one.check == "imitation")
    assert found.verdict is verdict and "impostor also posts a check `sluice/gate`" in found.message


@pytest.mark.parametrize(
    ("rules", "author", "on_github_com", "app"),
    [
        (_rules(), AUTHOR, False, ACTIONS_APP_ID),
        (_rules(), CheckAuthor(app_id=7, slug="ours"), True, 7),
        (_rules(None), AUTHOR, True, ACTIONS_APP_ID),
        (_rules(), None, True, ACTIONS_APP_ID),
        (_rules(ACTIONS_APP_ID), AUTHOR, True, None),
        (_rules(7), None, False, None),
    ],
)
def test_what_is_still_to_be_required(
    rules: BranchRules, author: CheckAuthor | None, on_github_com: bool, app: int | None
) -> None:
    assert to_require(rules, author, on_github_com=on_github_com) == app


@pytest.mark.parametrize(("rules", "author"), [(_rules(), None), (_rules(7), AUTHOR), (_rules(7, 8), None)])
def test_an_app_that_nobody_can_know_is_not_guessed(rules: BranchRules, author: CheckAuthor | None) -> None:
    with pytest.raises(UsageError):
        to_require(rules, author, on_github_com=False)


def test_a_queue_without_its_event_would_wait_for_ever() -> None:
    rules = _rules(ACTIONS_APP_ID, queue=True)
    assert [finding.check for finding in examine(rules, AUTHOR, frozenset(("pull_request",)))] == [
        "protection",
        "merge-queue",
    ]
    assert len(examine(rules, AUTHOR, BOTH)) == 1


def test_requiring_single_stages_is_doubtful() -> None:
    rules = BranchRules(
        branch="main",
        required=(
            *_rules(ACTIONS_APP_ID).required,
            RequiredCheck(name="sluice/data", app_id=None, source="classic"),
        ),
        strict=True,
        merge_queue=False,
        classic_known=True,
    )
    found = examine(rules, AUTHOR, BOTH)
    assert [finding.verdict for finding in found] == [Verdict.PASS, Verdict.WARN]
    assert "`sluice/data`" in found[1].message


def test_strangers_and_a_machine_of_ones_own() -> None:
    public, private = (RepositoryFacts(default_branch="main", public=flag) for flag in (True, False))
    assert runner(("self-hosted", "gpu"), public)[0].verdict is Verdict.WARN
    assert runner(("self-hosted", "gpu"), private) == ()
    assert runner(("ubuntu-latest",), public) == ()


def test_exit_codes() -> None:
    one, two, three = good("a", "b"), doubtful("a", "b", "c"), unanswered("a", "b", "c")
    assert exit_code((one,)) == 0
    assert exit_code((one, two)) == 0
    assert exit_code((two, three)) == 3
    assert exit_code((three, bad("a", "b", "c"))) == 1
