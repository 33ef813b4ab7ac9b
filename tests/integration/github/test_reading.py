"""What is read from the emulated GitHub: pull requests, paths, files, rules; and what a publication costs."""

from __future__ import annotations

from typing import Any

import pytest

from sluice.domain.errors import EXIT_USAGE, ConfigError, EvidenceError, OutsideError, UsageError
from sluice.domain.workflows import RequiredCheck


def test_a_pull_request(scene) -> None:
    scene.raw("POST", f"/issues/{scene.number}/labels", json={"labels": ["skip-sluice"]})
    found = scene.connect().pull_request(scene.number)
    main = scene.raw("GET", "/git/ref/heads/main")["object"]["sha"]
    assert (found.number, found.state, found.draft, found.labels) == (scene.number, "open", False, ("skip-sluice",))
    assert (found.head_sha, found.head_ref, found.head_repository) == (scene.head, "feat-1", scene.repository)
    assert (found.base_sha, found.base_ref) == (main, "main")


def test_a_fork(scene) -> None:
    forked = scene.bench.raw("POST", f"/repos/{scene.repository}/forks", "tok_mallory", json={})
    assert forked.status_code == 202
    scene.bench.push("evil", {"train.py": "print('hello')\n"}, repo="mallory/churn", login="mallory")
    body = {"title": "mine", "head": "mallory:evil", "base": "main"}
    number = scene.raw("POST", "/pulls", "tok_mallory", json=body)["number"]
    to = scene.connect()
    found = to.pull_request(number)
    assert found.head_repository == "mallory/churn"
    assert to.pull_for_head("mallory/churn", "evil", found.head_sha) == found
    assert to.pull_for_head(scene.repository, "evil", found.head_sha) is None


def test_the_paths_that_a_pull_request_changes(scene) -> None:
    many = {f"data/part-{number:03}.csv": "x\n" for number in range(230)}
    scene.bench.push("feat-1", {**many, "with space & ünïcode.txt": "x\n"})
    with scene.counting() as counted:
        found = scene.connect().changed_files(scene.number)
    assert found.complete and len(found.paths) == 232
    assert set(found.paths) == {*many, "train.py", "with space & ünïcode.txt"}
    assert counted["calls"] == 3


def test_the_paths_between_two_commits(scene) -> None:
    main = scene.raw("GET", "/git/ref/heads/main")["object"]["sha"]
    found = scene.connect().compare(main, scene.head)
    assert found.complete and found.paths == ("train.py",)
    scene.bench.push("feat-1", {f"data/{number}.csv": "x\n" for number in range(300)})
    assert not scene.connect().compare(main, scene.connect().pull_request(scene.number).head_sha).complete


@pytest.mark.parametrize("ends", [("main", "0" * 40), ("0" * 40, "feat-1"), ("", ""), ("0" * 40, "../../../user")])
def test_only_full_ids_are_compared(scene, ends: tuple[str, str]) -> None:
    with pytest.raises(UsageError) as caught:
        scene.connect().compare(*ends)
    assert caught.value.exit_code == EXIT_USAGE


# -- files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["a.yaml", "deep/er/a b#c?d%20e.yaml", "ünïcode/ß.csv", "odd;name=1&x.txt"])
def test_a_file_byte_for_byte(scene, path: str) -> None:
    import base64

    data = bytes(range(256)) * 3
    head = scene.bench.push("feat-1", {path: {"base64": base64.b64encode(data).decode()}})
    with scene.counting() as counted:
        assert scene.connect().file(path, head) == data
    assert counted["calls"] == 1


@pytest.mark.parametrize("size", [0, 1, 1_200_000])
def test_files_of_every_size(scene, size: int) -> None:
    head = scene.bench.push("feat-1", {"big.txt": "x" * size})
    found = scene.connect().file("big.txt", head)
    assert found == b"x" * size


def test_a_file_that_is_too_large(scene) -> None:
    head = scene.bench.push("feat-1", {"big.txt": "x" * 5_000_001})
    with scene.counting() as counted, pytest.raises(ConfigError, match="5,000,001 bytes"):
        scene.connect().file("big.txt", head)
    assert counted["calls"] == 1


def test_a_file_that_is_not_there(scene) -> None:
    to = scene.connect()
    with scene.counting() as counted:
        assert to.file("sluice.yaml", scene.head) is None
        assert to.file("contracts/train.yaml", scene.head) is None
    assert counted["calls"] == 3, "the commit is looked for once"


def test_a_folder_is_no_file(scene) -> None:
    head = scene.bench.push("feat-1", {"folder/a.txt": "x"})
    with pytest.raises(ConfigError, match="folder: is not a file but a dir"):
        scene.connect().file("folder", head)


def test_what_may_not_be_read_is_not_taken_for_absent(scene) -> None:
    with pytest.raises(OutsideError, match="404 to reading commit 000000000000"):
        scene.connect().file("sluice.yaml", "0" * 40)
    scene.bench.fault(kind="status", status=404, message="Not Found", match={"path": "contents|commits"}, times=None)
    with pytest.raises(OutsideError, match="contents: read"):
        scene.connect().file("train.py", scene.head)


def test_a_private_repository_without_permission(checked: Any) -> None:
    from sluice.adapters.github import connect

    head = checked.push("main", {"sluice.yaml": "version: 1\n"}, repo="acme/vault")
    for token in ("tok_mallory", "ghs_none"):
        with (
            connect(token=token, api_url=checked.url, repository="acme/vault") as stranger,
            pytest.raises(OutsideError, match=r"acme/vault: GitHub answered 40[34]"),
        ):
            stranger.file("sluice.yaml", head)


@pytest.mark.parametrize(
    "path", ["", ".", "..", "../x", "a/../../user", "/etc/passwd", "a//b", "a/./b", "a\\b", "a\nb", "a\x00b", "a/"]
)
def test_paths_that_leave_the_repository(scene, path: str) -> None:
    with scene.counting() as counted, pytest.raises(UsageError):
        scene.connect().file(path, scene.head)
    assert counted["calls"] == 0


@pytest.mark.parametrize("ref", ["main", "", "HEAD", "0" * 39, "G" * 40])
def test_files_of_moving_refs_are_not_read(scene, ref: str) -> None:
    with pytest.raises(UsageError, match="full commit ids"):
        scene.connect().file("train.py", ref)


@pytest.mark.parametrize("kind", ["reset", "truncate", "badjson"])
@pytest.mark.parametrize(
    "operation", ["pulls/list-files", "repos/compare-commits", "repos/get-content", "git/get-blob", "git/get-commit"]
)
def test_reads_are_repeated(scene, operation: str, kind: str) -> None:
    main = scene.raw("GET", "/git/ref/heads/main")["object"]["sha"]
    head = scene.bench.push("feat-1", {"big.txt": "x" * 1_100_000})
    scene.bench.fault(kind=kind, match={"operation": operation}, times=2)
    to = scene.connect()
    assert to.changed_files(scene.number).paths == to.compare(main, head).paths == ("big.txt", "train.py")
    assert to.file("big.txt", head) == b"x" * 1_100_000
    assert scene.connect().file("none.txt", head) is None
    assert scene.bench.get("faults")[0]["hits"] == 2


# -- rules ----------------------------------------------------------------------------------


def test_a_branch_without_rules(scene) -> None:
    found = scene.connect("tok_alice").branch_rules("main")
    assert found.required == () and found.classic_known and not (found.strict or found.merge_queue)


def test_classic_protection(scene) -> None:
    scene.bench.protect("sluice/gate", strict=True)
    found = scene.connect("tok_alice").branch_rules("main")
    assert (
        found.required == (RequiredCheck(name="sluice/gate", app_id=None, source="classic", bypass=()),)
        and found.strict
    )
    assert not scene.connect("ghs_job").branch_rules("main").classic_known


def test_a_ruleset_that_pins_the_app(scene) -> None:
    checks = [{"context": "sluice/gate", "integration_id": 15368}]
    parameters = {"strict_required_status_checks_policy": False, "required_status_checks": checks}
    body = {
        "name": "gate",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [{"type": "required_status_checks", "parameters": parameters}],
    }
    actors = [
        {"actor_type": "RepositoryRole", "actor_id": 5, "bypass_mode": "always"},
        {"actor_type": "OrganizationAdmin", "actor_id": None, "bypass_mode": "always"},
        {"actor_type": "Team", "actor_id": 7, "bypass_mode": "pull_request"},
    ]
    scene.raw("POST", "/rulesets", json=body | {"bypass_actors": actors})
    found = scene.connect("ghs_job").branch_rules("main")
    # Who may bypass it is shown to those alone who may change it.
    assert found.required == (RequiredCheck(name="sluice/gate", app_id=15368, source="ruleset"),) and not found.strict
    (check,) = scene.connect("tok_alice").branch_rules("main").required
    assert check.bypass == ("the organisation's owners", "the role admin", "the team 7")


def test_who_posted_a_check(scene) -> None:
    to = scene.connect()
    assert to.check_author(scene.head, "sluice/gate") is None
    to.set_checks(scene.checks())
    author = to.check_author(scene.head, "sluice/gate")
    assert author is not None and (author.app_id, author.slug) == (15368, "github-actions")


def test_two_pull_requests_with_the_same_head(scene) -> None:
    scene.bench.push("lax", {"x.txt": "x\n"})
    scene.raw("POST", "/pulls", json={"title": "again", "head": "feat-1", "base": "lax"})
    with pytest.raises(EvidenceError, match=r"several open pull requests \(#\d, #\d\)") as caught:
        scene.connect().pull_for_head(scene.repository, "feat-1", scene.head)
    assert caught.value.reason_code == "ambiguous-head"


# -- what it costs --------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "/api/v3"])
def test_the_calls_of_a_publication(scene, prefix: str) -> None:
    with scene.counting() as counted:
        to = scene.connect(prefix=prefix)
        found = to.pull_request(scene.number)
        to.file("train.py", found.head_sha)
        to.changed_files(scene.number)
        scene.publish(to)
    assert (counted["calls"], counted["writes"], counted["failed"]) == (11, 5, 0)
    with scene.counting() as again:
        scene.publish(scene.connect(prefix=prefix), words="Changed.")
    assert (again["calls"], again["writes"]) == (5, 2)
    assert len(scene.runs()) == 4 and len(scene.reports()) == 1


def test_enterprise_addresses_know_who_we_are(scene) -> None:
    first = scene.connect(prefix="/api/v3").upsert_comment(scene.report("First."))
    assert scene.connect(prefix="/api/v3/").upsert_comment(scene.report("Second.")) == first
