"""Workflows as people write and miswrite them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from sluice.adapters.decode import strict_yaml
from sluice.core.setup import documents
from sluice.core.setup.findings import Finding
from sluice.core.setup.workflows import Workflow, events, examine, uses
from sluice.domain.verdict import Verdict, worst

SHA = "0123456789abcdef0123456789abcdef01234567"


def _written(reference: str = f"sluice-ml/sluice@{SHA}") -> dict[str, dict[str, Any]]:
    action = documents.action(reference)
    texts = {
        documents.WORKFLOW_PATH: documents.workflow(action, branch="main", setup=""),
        documents.FORK_WORKFLOW_PATH: documents.fork_workflow(action),
    }
    return {path: _parsed(text, path) for path, text in texts.items()}


def _parsed(text: str, path: str) -> dict[str, Any]:
    value = strict_yaml.parse(text.encode(), where=path).value
    assert isinstance(value, dict)
    return value


def _examined(files: dict[str, dict[str, Any]]) -> tuple[Finding, ...]:
    return examine([Workflow(path=path, value=value) for path, value in files.items()])


def _only(found: tuple[Finding, ...], verdict: Verdict) -> list[Finding]:
    return [finding for finding in found if finding.verdict is verdict]


def test_what_init_writes_is_sound() -> None:
    assert worst(finding.verdict for finding in _examined(_written())) is Verdict.PASS


def test_a_tag_is_doubtful_and_nothing_else_is() -> None:
    found = _examined(_written("sluice-ml/sluice@v1"))
    assert [finding.check for finding in _only(found, Verdict.WARN)] == ["pin"]
    assert not _only(found, Verdict.FAIL)


def test_no_workflow_at_all() -> None:
    assert [finding.check for finding in _only(_examined({}), Verdict.FAIL)] == ["workflow"]
    other = {".github/workflows/ci.yml": {"on": "push", "jobs": {"a": {"steps": [{"uses": "actions/checkout@v4"}]}}}}
    assert [finding.check for finding in _only(_examined(other), Verdict.FAIL)] == ["workflow"]


Edit = Callable[[dict[str, Any], dict[str, Any]], object]

BREAKING: list[tuple[str, Edit, str]] = [
    ("no pull_request", lambda main, fork: main["on"].pop("pull_request"), "trigger"),
    ("pull_request_target", lambda main, fork: main["on"].update(pull_request_target=None), "trigger"),
    ("paths", lambda main, fork: main["on"]["pull_request"].update(paths=["src/**"]), "trigger"),
    ("paths-ignore", lambda main, fork: main["on"]["pull_request"].update({"paths-ignore": ["docs/**"]}), "trigger"),
    (
        "types",
        lambda main, fork: main["on"]["pull_request"].update(types=["opened", "ready_for_review", "edited"]),
        "trigger",
    ),
    ("no checks", lambda main, fork: main["jobs"]["gate"]["permissions"].pop("checks"), "permissions"),
    ("checks: read", lambda main, fork: main["jobs"]["gate"]["permissions"].update(checks="read"), "permissions"),
    ("read-all", lambda main, fork: main["jobs"]["gate"].update(permissions="read-all"), "permissions"),
    ("inherits {}", lambda main, fork: main["jobs"]["gate"].pop("permissions"), "permissions"),
    ("fork lacks actions", lambda main, fork: fork["jobs"]["publish"]["permissions"].pop("actions"), "permissions"),
    ("renamed", lambda main, fork: main.update(name="Gate"), "fork-workflow"),
    ("fork on push", lambda main, fork: fork.update(on="push"), "fork-workflow"),
    (
        "two versions",
        lambda main, fork: fork["jobs"]["publish"].update(
            uses=f"sluice-ml/sluice/.github/workflows/gate-fork.yml@{'f' * 40}"
        ),
        "pin",
    ),
]


@pytest.mark.parametrize(("name", "edit", "check"), BREAKING, ids=[name for name, _, _ in BREAKING])
def test_what_must_be_mended(name: str, edit: Edit, check: str) -> None:
    files = copy.deepcopy(_written())
    edit(files[documents.WORKFLOW_PATH], files[documents.FORK_WORKFLOW_PATH])
    wrong = _only(_examined(files), Verdict.FAIL)
    assert {finding.check for finding in wrong} == {check}, name
    assert all(finding.remedy for finding in wrong)


DOUBTFUL: list[tuple[str, Edit, str]] = [
    ("no edited", lambda main, fork: main["on"]["pull_request"]["types"].remove("edited"), "trigger"),
    ("no ready", lambda main, fork: main["on"]["pull_request"]["types"].remove("ready_for_review"), "trigger"),
    ("no merge_group", lambda main, fork: main["on"].pop("merge_group"), "trigger"),
    ("write-all", lambda main, fork: main["jobs"]["gate"].update(permissions="write-all"), "permissions"),
    (
        "unstated",
        lambda main, fork: (main.pop("permissions"), main["jobs"]["gate"].pop("permissions")),
        "permissions",
    ),
]


@pytest.mark.parametrize(("name", "edit", "check"), DOUBTFUL, ids=[name for name, _, _ in DOUBTFUL])
def test_what_somebody_should_know(name: str, edit: Edit, check: str) -> None:
    files = copy.deepcopy(_written())
    edit(files[documents.WORKFLOW_PATH], files[documents.FORK_WORKFLOW_PATH])
    found = _examined(files)
    assert not _only(found, Verdict.FAIL)
    assert [finding.check for finding in _only(found, Verdict.WARN)] == [check], name


def test_without_the_fork_workflow_forks_get_no_gate() -> None:
    files = _written()
    del files[documents.FORK_WORKFLOW_PATH]
    assert [finding.check for finding in _only(_examined(files), Verdict.WARN)] == ["fork-workflow"]


def _with_steps(permissions: dict[str, str], command: str) -> dict[str, dict[str, Any]]:
    step = {"uses": f"acme/sluice@{SHA}", "with": {"command": command}}
    job = {"runs-on": "ubuntu-latest", "permissions": permissions, "steps": [step]}
    return {".github/workflows/own.yml": {"on": ["pull_request", "merge_group"], "jobs": {"one": job}}}


def test_the_action_in_steps_counts_too() -> None:
    publish = {"contents": "read", "pull-requests": "write", "checks": "write", "actions": "read"}
    assert not _only(_examined(_with_steps(publish, "publish")), Verdict.FAIL)
    assert not _only(_examined(_with_steps({"contents": "read"}, "run")), Verdict.FAIL)
    assert [one.check for one in _only(_examined(_with_steps({"contents": "read"}, "publish")), Verdict.FAIL)] == [
        "permissions"
    ]


def test_a_job_that_runs_the_pull_requests_code_must_not_write() -> None:
    found = _examined(_with_steps({"contents": "write"}, "run"))
    assert "runs the pull request's code" in _only(found, Verdict.FAIL)[0].message
    found = _examined(_with_steps({"contents": "write"}, "evaluate"))
    assert "runs the base's code" in _only(found, Verdict.FAIL)[0].message
    assert not _only(_examined(_with_steps({"contents": "read"}, "evaluate")), Verdict.FAIL)


def test_events_are_those_of_the_gate_and_not_of_the_fork_workflow() -> None:
    found = events([Workflow(path=path, value=value) for path, value in _written().items()])
    assert found == {"pull_request", "merge_group", "push", "workflow_dispatch"}


@pytest.mark.parametrize(
    ("used", "kind"),
    [
        (f"acme/sluice/.github/workflows/gate.yml@{SHA}", "gate"),
        ("./.github/workflows/gate.yml", "gate"),
        ("acme/sluice/.github/workflows/gate-fork.yaml@main", "gate-fork"),
        ("acme/sluice/.github/workflows/other.yml@main", None),
        ("", None),
    ],
)
def test_called_workflows(used: str, kind: str | None) -> None:
    found = list(uses(Workflow(path="w.yml", value={"on": "push", "jobs": {"a": {"uses": used}}})))
    assert [use.kind for use in found] == ([kind] if kind else [])


@pytest.mark.parametrize(
    "value", [{}, {"on": 1, "jobs": 2}, {"jobs": {"a": None}}, {"on": None, "jobs": {"a": {"steps": 3}}}]
)
def test_odd_shapes_are_no_workflows_of_ours(value: dict[str, Any]) -> None:
    assert _only(examine([Workflow(path="w.yml", value=value)]), Verdict.FAIL)[0].check == "workflow"


@pytest.mark.parametrize(("types", "verdict"), [("opened", Verdict.FAIL), (None, Verdict.FAIL), ([], Verdict.FAIL)])
def test_types_that_leave_heads_without_a_gate(types: object, verdict: Verdict) -> None:
    files = _written()
    files[documents.WORKFLOW_PATH]["on"]["pull_request"]["types"] = types
    assert [finding.check for finding in _only(_examined(files), verdict)] == ["trigger"]


def test_without_types_githubs_default_counts() -> None:
    files = _written()
    files[documents.WORKFLOW_PATH]["on"]["pull_request"] = None
    found = _examined(files)
    assert not _only(found, Verdict.FAIL)
    assert [finding.check for finding in _only(found, Verdict.WARN)] == ["trigger", "trigger"]
