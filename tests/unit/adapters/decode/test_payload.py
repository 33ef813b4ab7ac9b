"""Event payloads: the real ones that GitHub publishes, and hostile ones."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.adapters.decode.payload import NO_REPOSITORY, event
from sluice.domain.errors import EXIT_USAGE, UsageError
from sluice.domain.planning import Event

EXAMPLES = (
    Path(__file__).parents[3] / "github/npm/run/node_modules/@octokit/webhooks-examples/api.github.com/index.json"
)
NAMES = ("pull_request", "merge_group", "push", "workflow_run", "workflow_dispatch")
SHA, OTHER = "a" * 40, "b" * 40
REPOSITORY = {"full_name": "octo/ml"}
PULL: dict[str, Any] = {
    "action": "synchronize",
    "number": 7,
    "pull_request": {
        "number": 7,
        "draft": False,
        "title": "$(touch X)",
        "body": None,
        "labels": [{"name": "sluice:skip"}, {"name": "```\n@team"}],
        "head": {"sha": SHA, "ref": "x/$(touch${IFS}X);`id`", "repo": {"full_name": "Fork-er/ml"}},
        "base": {"sha": OTHER, "ref": "main", "repo": REPOSITORY},
    },
    "repository": {"full_name": "Octo/ML"},
}
RUN: dict[str, Any] = {
    "action": "completed",
    "workflow_run": {
        "id": 9_000_000_000,
        "head_sha": SHA,
        "head_branch": "feature",
        "head_repository": {"full_name": "forker/ml"},
        "pull_requests": [{"number": 1}],
        "event": "pull_request",
    },
    "repository": REPOSITORY,
}
GROUP: dict[str, Any] = {
    "action": "checks_requested",
    "merge_group": {
        "head_sha": SHA,
        "head_ref": "refs/heads/gh-readonly-queue/main/pr-104-abc",
        "base_sha": OTHER,
        "base_ref": "refs/heads/main",
    },
    "repository": REPOSITORY,
}
PUSH: dict[str, Any] = {
    "ref": "refs/heads/main",
    "before": OTHER,
    "after": SHA,
    "deleted": False,
    "repository": REPOSITORY,
}
DISPATCH: dict[str, Any] = {
    "ref": "refs/heads/main",
    "inputs": {"pull_request": "12", "x": "y"},
    "repository": REPOSITORY,
}
PAYLOADS = {
    "pull_request": PULL,
    "workflow_run": RUN,
    "merge_group": GROUP,
    "push": PUSH,
    "workflow_dispatch": DISPATCH,
}


def real() -> list[tuple[str, dict[str, Any]]]:
    events = json.loads(EXAMPLES.read_text())
    return [(entry["name"], example) for entry in events if entry["name"] in NAMES for example in entry["examples"]]


def read(name: str, payload: object, *, repository: str = "octo/ml", sha: str = SHA) -> Event:
    return event(name, json.dumps(payload).encode(), repository=repository, sha=sha, run_id=5)


def refusal(name: str, payload: object, **options: str) -> str:
    with pytest.raises(UsageError) as caught:
        read(name, payload, **options)
    assert caught.value.exit_code == EXIT_USAGE
    assert caught.value.sentence.isprintable()
    return caught.value.sentence


def spoilt(payload: dict[str, Any], *path: str, to: object) -> dict[str, Any]:
    changed = copy.deepcopy(payload)
    target = changed
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = to
    return changed


def test_every_published_example_is_read() -> None:
    examples = real()
    assert {name for name, _ in examples} == set(NAMES)
    for name, payload in examples:
        found = attempt(name, payload)
        if name == "push" and payload["deleted"]:
            assert isinstance(found, UsageError)
            continue
        assert isinstance(found, Event)
        assert found.name == name
        assert found.head_sha == expected_head(name, payload)
        assert found.action == payload.get("action", "")


def attempt(name: str, payload: dict[str, Any]) -> Event | UsageError:
    try:
        return read(name, payload, repository=payload["repository"]["full_name"])
    except UsageError as error:
        return error


def expected_head(name: str, payload: dict[str, Any]) -> str:
    heads = {
        "pull_request": lambda: payload["pull_request"]["head"]["sha"],
        "merge_group": lambda: payload["merge_group"]["head_sha"],
        "push": lambda: payload["after"],
        "workflow_run": lambda: payload["workflow_run"]["head_sha"],
        "workflow_dispatch": lambda: SHA,
    }
    return heads[name]()


def test_pull_request() -> None:
    assert read("pull_request", PULL) == Event(
        name="pull_request",
        action="synchronize",
        repository="octo/ml",
        head_sha=SHA,
        base_sha=OTHER,
        base_ref="main",
        head_ref="x/$(touch${IFS}X);`id`",
        head_repository="Fork-er/ml",
        pr_number=7,
        labels=("sluice:skip", "```\n@team"),
        run_id=5,
    )
    assert read("pull_request", PULL).is_fork
    assert not read("pull_request", spoilt(PULL, "pull_request", "head", "repo", to={"full_name": "Octo/Ml"})).is_fork


def test_a_deleted_repository_counts_as_a_fork() -> None:
    pull = read("pull_request", spoilt(PULL, "pull_request", "head", "repo", to=None))
    run = read("workflow_run", spoilt(RUN, "workflow_run", "head_repository", to=None))
    assert pull.head_repository == run.head_repository == NO_REPOSITORY
    assert pull.is_fork
    assert run.is_fork


def test_merge_group() -> None:
    found = read("merge_group", GROUP)
    assert (found.head_sha, found.base_sha, found.pr_number, found.is_fork) == (SHA, OTHER, None, False)
    assert (found.head_ref, found.base_ref) == ("gh-readonly-queue/main/pr-104-abc", "main")


def test_push() -> None:
    found = read("push", PUSH)
    assert (found.head_sha, found.base_sha, found.head_ref, found.base_ref) == (SHA, OTHER, "main", "main")
    assert read("push", spoilt(PUSH, "before", to="0" * 40)).base_sha == ""
    assert read("push", spoilt(PUSH, "ref", to="refs/tags/v1")).head_ref == "refs/tags/v1"
    assert "nothing to judge" in refusal("push", spoilt(PUSH, "deleted", to=True))
    assert "nothing to judge" in refusal("push", spoilt(PUSH, "after", to="0" * 40))


def test_workflow_run() -> None:
    found = read("workflow_run", RUN)
    assert (found.run_id, found.head_sha, found.head_ref) == (9_000_000_000, SHA, "feature")
    assert (found.base_sha, found.pr_number, found.is_fork) == ("", None, True)
    assert read("workflow_run", spoilt(RUN, "workflow_run", "head_branch", to=None)).head_ref == ""


def test_workflow_dispatch() -> None:
    found = read("workflow_dispatch", DISPATCH, sha=OTHER)
    assert (found.head_sha, found.head_ref, found.pr_number, found.run_id) == (OTHER, "main", 12, 5)
    assert read("workflow_dispatch", spoilt(DISPATCH, "inputs", to=None)).pr_number is None
    assert read("workflow_dispatch", spoilt(DISPATCH, "inputs", to={})).pr_number is None
    assert read("workflow_dispatch", spoilt(DISPATCH, "inputs", "pull_request", to="")).pr_number is None


@pytest.mark.parametrize(
    ("name", "path", "to"),
    [
        ("pull_request", ("pull_request", "head", "sha"), "main"),
        ("pull_request", ("pull_request", "head", "sha"), SHA + "\n"),
        ("pull_request", ("pull_request", "head", "sha"), "0" * 40),
        ("pull_request", ("pull_request", "base", "sha"), "A" * 40),
        ("pull_request", ("pull_request", "head", "ref"), "a\nb"),
        ("pull_request", ("pull_request", "head", "ref"), "--upload-pack=x"),
        ("pull_request", ("pull_request", "head", "ref"), "a/../b"),
        ("pull_request", ("pull_request", "head", "ref"), "a:b"),
        ("pull_request", ("pull_request", "head", "ref"), "x" * 1025),
        ("pull_request", ("pull_request", "head", "ref"), ""),
        ("pull_request", ("pull_request", "head", "repo"), {"full_name": "../../x"}),
        ("pull_request", ("pull_request", "head", "repo"), {"full_name": "a/b/c"}),
        ("pull_request", ("pull_request", "head", "repo"), {}),
        ("pull_request", ("pull_request", "base", "repo"), {"full_name": "other/ml"}),
        ("pull_request", ("pull_request", "base", "repo"), None),
        ("pull_request", ("pull_request", "number"), "7"),
        ("pull_request", ("pull_request", "number"), True),
        ("pull_request", ("pull_request", "number"), -7),
        ("pull_request", ("pull_request", "number"), 0),
        ("pull_request", ("pull_request", "draft"), "false"),
        ("pull_request", ("pull_request", "draft"), None),
        ("pull_request", ("pull_request", "labels"), "sluice:skip"),
        ("pull_request", ("pull_request", "labels"), [None]),
        ("pull_request", ("pull_request",), None),
        ("pull_request", ("action",), None),
        ("pull_request", ("repository",), {"full_name": "other/ml"}),
        ("pull_request", ("repository",), None),
        ("merge_group", ("merge_group", "base_sha"), ""),
        ("merge_group", ("merge_group", "base_ref"), "refs/heads/"),
        ("merge_group", ("merge_group",), []),
        ("push", ("after",), "HEAD"),
        ("push", ("before",), None),
        ("push", ("ref",), "refs/heads/a b"),
        ("workflow_run", ("workflow_run", "id"), 0),
        ("workflow_run", ("workflow_run", "id"), 1e5),
        ("workflow_run", ("workflow_run", "head_sha"), None),
        ("workflow_dispatch", ("inputs", "pull_request"), "seven"),
        ("workflow_dispatch", ("inputs", "pull_request"), "0"),
        ("workflow_dispatch", ("inputs", "pull_request"), "9" * 30),
        ("workflow_dispatch", ("inputs", "pull_request"), "٣"),
        ("workflow_dispatch", ("ref",), ""),
    ],
)
def test_hostile_values_are_refused(name: str, path: tuple[str, ...], to: object) -> None:
    assert refusal(name, spoilt(PAYLOADS[name], *path, to=to)).startswith("GITHUB_EVENT_PATH")


@pytest.mark.parametrize("name", ["issue_comment", "pull_request_target", "", "x\ny"])
def test_other_events_are_refused(name: str) -> None:
    assert refusal(name, PULL).startswith("GITHUB_EVENT_NAME")


def test_a_hostile_environment_is_refused() -> None:
    assert refusal("push", PUSH, repository="octo").startswith("GITHUB_REPOSITORY")
    assert refusal("push", PUSH, repository="octo/ml\n").startswith("GITHUB_REPOSITORY")
    assert "GITHUB_SHA" in refusal("workflow_dispatch", DISPATCH, sha="main")


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{}", b'{"a":1', b"\xff", b"[" * 10_000, b'{"a":1,"a":2}'])
def test_what_is_no_payload_is_refused(data: bytes) -> None:
    for name in NAMES:
        with pytest.raises(UsageError):
            event(name, data, repository="octo/ml", sha=SHA)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([SHA, "main", "octo/ml"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["sha", "ref", "repo", "full_name", "name"]), inner, max_size=4)
    ),
    max_leaves=6,
)


@given(st.sampled_from(NAMES), st.data())
@settings(deadline=None, max_examples=400)
def test_any_damage_gives_an_event_or_a_usage_error(name: str, data: st.DataObject) -> None:
    payload = copy.deepcopy(PAYLOADS[name])
    target = payload
    while True:
        key = data.draw(st.sampled_from(sorted(target)))
        if not (isinstance(target[key], dict) and target[key] and data.draw(st.booleans())):
            break
        target = target[key]
    target[key] = data.draw(JUNK)
    payload.setdefault("repository", REPOSITORY)
    found = outcome(name, payload)
    if isinstance(found, Event):
        assert found.repository == "octo/ml"
        assert len(found.head_sha) == 40


def outcome(name: str, payload: object) -> Event | UsageError:
    try:
        return read(name, payload)
    except UsageError as error:
        return error
