"""Check runs on the emulated GitHub: one for each decision, the gate last, statuses where runs may not be made."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from sluice.domain.errors import OutsideError
from sluice.domain.report import Annotation


def note(line: int, level: Any = "warning", message: str = "out of range") -> Annotation:
    return Annotation(path="data/train.csv", line=line, level=level, title="range", message=message)


def lines(scene, run: dict[str, Any]) -> list[int]:
    path = f"/check-runs/{run['id']}/annotations?per_page=100"
    return [row["start_line"] for page in (1, 2, 3) for row in scene.raw("GET", f"{path}&page={page}")]


def written(counted: dict[str, Any]) -> list[str]:
    """The names of the checks that were written, in order."""
    return [call["body"]["name"] for call in counted["recorded"] if call["operation"] == "checks/create"]


def test_what_stands_there_afterwards(scene) -> None:
    scene.connect().set_checks(scene.checks(conclusion="action_required"))
    gate = next(run for run in scene.runs() if run["name"] == "sluice/gate")
    assert gate["conclusion"] == "action_required" and gate["status"] == "completed"
    assert gate["external_id"] == "sluice:one" and gate["details_url"] == scene.run_url
    assert gate["output"]["title"] == "sluice/gate says action_required"
    assert gate["output"]["summary"] == "## What was measured"


@pytest.mark.parametrize(("conclusion", "place"), [("success", -1), ("neutral", -1), ("failure", 0)])
def test_the_gate_opens_last_and_closes_first(scene, conclusion: str, place: int) -> None:
    checks = scene.checks(conclusion=conclusion)
    with scene.counting() as counted:
        scene.connect().set_checks(checks)
    assert written(counted)[place] == "sluice/gate" and len(written(counted)) == 4
    scene.renew()
    with scene.counting() as counted:
        scene.connect().set_checks(tuple(reversed(scene.checks(conclusion=conclusion))))
    assert written(counted)[place] == "sluice/gate" and len(scene.runs()) == 4


def test_the_gate_never_opens_where_another_check_cannot_be_written(scene) -> None:
    scene.connect().set_checks(scene.checks("old", "failure"))
    scene.bench.fault(kind="status", status=502, match={"operation": "checks/create"}, skip=2, times=None)
    with pytest.raises(OutsideError):
        scene.connect(attempts=2).set_checks(scene.checks("new", "success"))
    gates = [run for run in scene.runs() if run["name"] == "sluice/gate"]
    assert [gate["conclusion"] for gate in gates] == ["failure"]


def test_the_same_decision_again_costs_two_calls_and_changes_nothing(scene) -> None:
    scene.connect().set_checks(scene.checks(annotations=(note(1), note(2))))
    with scene.counting() as counted:
        scene.connect().set_checks(scene.checks(annotations=(note(1), note(2))))
    assert counted["calls"] == 2
    runs = scene.runs()
    assert len(runs) == 4
    assert sorted(line for run in runs for line in lines(scene, run)) == [1, 2]


def test_another_decision_on_the_same_head_is_a_newer_run(scene) -> None:
    to = scene.connect()
    to.set_checks(scene.checks("one", "success"))
    to.set_checks(scene.checks("two", "failure"))
    latest = scene.raw("GET", f"/commits/{scene.head}/check-runs?filter=latest")["check_runs"]
    assert {(run["name"], run["external_id"], run["conclusion"]) for run in latest} == {
        (name, "sluice:two", "failure") for name in scene.names
    }
    to.set_checks(scene.checks("one", "success"))
    latest = scene.raw("GET", f"/commits/{scene.head}/check-runs?filter=latest")["check_runs"]
    assert {run["external_id"] for run in latest} == {"sluice:one"}


def test_a_green_gate_of_an_older_decision_closes_the_branch_again(scene) -> None:
    scene.bench.protect("sluice/gate")
    to = scene.connect()
    to.set_checks(scene.checks("one", "success"))
    to.set_checks(scene.checks("two", "failure"))
    merge = scene.bench.raw("PUT", f"/repos/{scene.repository}/pulls/{scene.number}/merge", "tok_alice", json={})
    assert merge.status_code == 405 and "sluice/gate" in merge.json()["message"]


def test_an_interrupted_writer_is_continued(scene) -> None:
    notes = tuple(note(line) for line in range(1, 121))
    scene.bench.fault(kind="status", status=422, match={"operation": "checks/update"}, skip=1)
    with pytest.raises(OutsideError):
        scene.connect().set_checks(scene.checks(annotations=notes))
    scene.bench.delete("faults")
    scene.connect().set_checks(scene.checks(annotations=notes))
    data = [run for run in scene.runs() if run["name"] == "sluice/data"]
    assert len(data) == 1 and sorted(lines(scene, data[0])) == list(range(1, 121))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("operation", ["checks/create", "checks/update"])
def test_annotations_neither_double_nor_go_missing(scene, operation: str, when: str) -> None:
    notes = tuple(note(line) for line in range(1, 121))
    scene.bench.fault(kind="status", status=502, match={"operation": operation}, when=when)
    scene.connect().set_checks(scene.checks(annotations=notes))
    data = [run for run in scene.runs() if run["name"] == "sluice/data"]
    assert len(data) == 1 and sorted(lines(scene, data[0])) == list(range(1, 121))


def test_the_gravest_annotations_and_only_those_that_github_takes(scene) -> None:
    many = tuple(note(line) for line in range(1, 250))
    refused = (dataclasses.replace(note(1), path=""), dataclasses.replace(note(1), message=" "), note(-4, "failure"))
    scene.connect().set_checks(scene.checks(annotations=(*many, *refused)))
    data = next(run for run in scene.runs() if run["name"] == "sluice/data")
    rows = scene.raw("GET", f"/check-runs/{data['id']}/annotations?per_page=100")
    assert (rows[0]["annotation_level"], rows[0]["start_line"]) == ("failure", 1)
    assert data["output"]["annotations_count"] == 200


def test_texts_are_cut_to_what_github_takes(scene) -> None:
    long = dataclasses.replace(scene.checks()[3], title="t" * 400, summary="ä line of the report\n" * 8000)
    scene.connect().set_checks((long,))
    output = scene.runs()[0]["output"]
    assert len(output["title"]) == 255
    assert 60_000 < len(output["summary"].encode()) <= 65_535
    assert output["summary"].rstrip().endswith("holds the whole.")


def test_a_copy_by_another_app_does_not_stand_for_ours(scene) -> None:
    """Whoever may write checks can copy a decision's id; ours is written all the same, once."""
    theirs = scene.connect(app_token(scene))
    theirs.set_checks(scene.checks())
    for _ in range(2):
        scene.connect().set_checks(scene.checks())
    by_app = [(run["app"]["slug"], run["name"]) for run in scene.runs()]
    assert sorted(by_app) == sorted((app, name) for app in ("sluice", "github-actions") for name in scene.names)


def test_who_else_posted_a_check_of_that_name_is_known(scene) -> None:
    scene.connect().set_checks(scene.checks())
    scene.connect(app_token(scene)).set_checks(scene.checks("two"))
    author = scene.connect().check_author(scene.head, "sluice/gate")
    assert author is not None and (author.slug, author.rivals) == ("sluice", ("github-actions",))


def test_our_own_app_may_write_them(scene) -> None:
    to = scene.connect(app_token(scene))
    scene.publish(to)
    assert {run["app"]["slug"] for run in scene.runs()} == {"sluice"}
    assert len(scene.reports("sluice[bot]")) == 1


def test_many_check_runs_of_others_do_not_hide_ours(scene) -> None:
    scene.connect().set_checks(scene.checks())
    for number in range(110):
        body = {"name": f"ci/{number}", "head_sha": scene.head, "conclusion": "success"}
        scene.raw("POST", "/check-runs", "ghs_job", json=body)
    scene.connect().set_checks(scene.checks())
    assert len([run for page in (1, 2) for run in ours(scene, page)]) == 4


def ours(scene, page: int) -> list[dict[str, Any]]:
    path = f"/commits/{scene.head}/check-runs?filter=all&per_page=100&page={page}"
    return [run for run in scene.raw("GET", path)["check_runs"] if run["name"].startswith("sluice/")]


# -- statuses -------------------------------------------------------------------------------


def statuses(scene) -> list[dict[str, Any]]:
    return scene.raw("GET", f"/commits/{scene.head}/statuses?per_page=100")


@pytest.mark.parametrize(
    ("conclusion", "state"),
    [("success", "success"), ("neutral", "success"), ("failure", "failure"), ("action_required", "failure")],
)
def test_a_personal_token_sets_statuses(scene, conclusion: str, state: str) -> None:
    with scene.counting() as counted:
        scene.connect("tok_bob").set_checks(scene.checks(conclusion=conclusion))
    # The list, the refusal, the statuses that stand, and the four.
    assert counted["calls"] == 7
    assert not scene.runs()
    found = statuses(scene)
    assert {row["context"] for row in found} == set(scene.names) and len(found) == 4
    assert {row["state"] for row in found} == {state} and {row["target_url"] for row in found} == {scene.run_url}
    assert all(row["description"].startswith("Not enforced yet") == (conclusion == "neutral") for row in found)
    gate_at = 3 if conclusion in ("failure", "action_required") else 0
    assert found[gate_at]["context"] == "sluice/gate", "the newest comes first"


def test_statuses_that_stand_are_not_set_again(scene) -> None:
    for _ in range(2):
        scene.connect("tok_bob").set_checks(scene.checks())
    assert len(statuses(scene)) == 4
    scene.connect("tok_bob").set_checks(scene.checks(conclusion="failure"))
    assert len(statuses(scene)) == 8


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["reset", "badjson", "truncate"])
def test_a_lost_reply_to_a_status_is_looked_up(scene, kind: str, when: str) -> None:
    scene.bench.fault(kind=kind, match={"operation": "repos/create-commit-status"}, when=when)
    scene.connect("tok_bob").set_checks(scene.checks())
    assert len(statuses(scene)) == 4


def test_a_description_is_cut(scene) -> None:
    long = dataclasses.replace(scene.checks()[3], title="line one\nline two " * 30)
    scene.connect("tok_bob").set_checks((long,))
    (only,) = statuses(scene)
    assert len(only["description"]) == 140 and "\n" not in only["description"]


def test_a_token_that_may_do_neither(scene) -> None:
    with pytest.raises(OutsideError, match=r"403 to setting the status sluice/data.*`statuses: write`"):
        scene.connect("tok_carol").set_checks(scene.checks())


def app_token(scene) -> str:
    """A token of the bench's own app, as its server would have it made."""
    import github

    auth = github.Auth.AppAuth(12345, scene.bench.key("sluice"))
    with github.GithubIntegration(auth=auth, base_url=scene.bench.url, retry=None) as hub:
        return hub.get_access_token(100).token
