"""Branch protection, rulesets and the merge queue."""

from __future__ import annotations

import base64

import github
import pytest


def _refusal(pull) -> tuple[int, str]:
    with pytest.raises(github.GithubException) as caught:
        pull.merge()
    return caught.value.status, caught.value.data["message"]


def test_required_check_gates_the_merge(checked):
    pull = checked.pull()
    checked.protect("sluice/gate")
    job = checked.hub("ghs_job").get_repo("acme/churn")
    assert _refusal(pull) == (405, 'Required status check "sluice/gate" is expected.')
    run = job.create_check_run("sluice/gate", pull.head.sha, status="in_progress")
    assert _refusal(pull) == (405, 'Required status check "sluice/gate" is in progress.')
    run.edit(conclusion="success", output={"title": "ok", "summary": "s"})
    job.create_check_run("sluice/gate", pull.head.sha, conclusion="failure")
    assert _refusal(pull) == (405, 'Required status check "sluice/gate" is failing.')
    job.get_pull(pull.number)
    assert job.get_pull(pull.number).mergeable_state == "blocked"
    job.create_check_run("sluice/gate", pull.head.sha, conclusion="neutral")
    assert pull.merge().merged


def test_a_push_invalidates_the_gate_and_a_stale_head_is_409(checked):
    pull = checked.pull()
    checked.protect("gate")
    commit = checked.hub("ghs_job").get_repo("acme/churn").get_commit(pull.head.sha)
    commit.create_status("success", "https://example.com", "fine", "gate")
    checked.push("feat", {"train.py": "print(3)\n"})
    assert _refusal(pull)[0] == 405
    answer = checked.raw("PUT", f"/repos/acme/churn/pulls/{pull.number}/merge", json={"sha": pull.head.sha})
    assert answer.status_code == 409 and answer.json()["message"].startswith("Head branch was modified")


def test_required_check_of_one_app_is_not_met_by_another(checked):
    pull = checked.pull()
    body = {
        "required_status_checks": {"strict": False, "contexts": [], "checks": [{"context": "gate", "app_id": 12345}]},
        "enforce_admins": True,
        "required_pull_request_reviews": None, "restrictions": None,
    }  # fmt: skip
    assert checked.raw("PUT", "/repos/acme/churn/branches/main/protection", json=body).status_code == 200
    checked.hub("ghs_job").get_repo("acme/churn").create_check_run("gate", pull.head.sha, conclusion="success")
    assert _refusal(pull)[0] == 405
    assert checked.hub("tok_alice").get_repo("acme/churn").get_branch("main").get_required_status_checks().contexts == [
        "gate"
    ]


def test_a_status_and_a_check_of_one_name_must_both_pass(checked):
    pull = checked.pull()
    checked.protect("gate")
    repo = checked.hub("ghs_job").get_repo("acme/churn")
    repo.create_check_run("gate", pull.head.sha, conclusion="failure")
    repo.get_commit(pull.head.sha).create_status("success", context="gate")
    assert "is failing" in _refusal(pull)[1]
    repo.create_check_run("gate", pull.head.sha, conclusion="success")
    assert pull.merge().merged


def test_strict_protection_wants_an_up_to_date_head(checked):
    pull = checked.pull()
    checked.push("main", {"other.txt": "x\n"})
    checked.protect("gate", strict=True)
    repo = checked.hub("ghs_job").get_repo("acme/churn")
    repo.create_check_run("gate", pull.head.sha, conclusion="success")
    assert "out of date" in _refusal(pull)[1]
    repo.get_pull(pull.number)
    assert repo.get_pull(pull.number).mergeable_state == "behind"
    assert pull.update_branch()
    head = repo.get_pull(pull.number).head.sha
    assert head != pull.head.sha
    repo.create_check_run("gate", head, conclusion="success")
    assert checked.hub("tok_alice").get_repo("acme/churn").get_pull(pull.number).merge().merged


def test_ruleset_gates_too(checked):
    pull = checked.pull()
    rule = {
        "type": "required_status_checks",
        "parameters": {"strict_required_status_checks_policy": False, "required_status_checks": [{"context": "gate"}]},
    }
    body = {
        "name": "main",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [rule],
    }
    made = checked.raw("POST", "/repos/acme/churn/rulesets", json=body)
    assert made.status_code == 201, made.text
    assert _refusal(pull)[1].startswith("Repository rule violations found")
    rules = checked.raw("GET", "/repos/acme/churn/rules/branches/main").json()
    assert [r["type"] for r in rules] == ["required_status_checks"]
    assert checked.raw("DELETE", f"/repos/acme/churn/rulesets/{made.json()['id']}").status_code == 204
    assert pull.merge().merged


def test_protected_branch_refuses_a_direct_push(bench):
    bench.protect("gate")
    body = {"message": "m", "content": base64.b64encode(b"x").decode()}
    assert bench.raw("PUT", "/repos/acme/churn/contents/x.txt", json=body).status_code == 409
    bench.protect("gate", admins=False)
    assert bench.raw("PUT", "/repos/acme/churn/contents/x.txt", json=body).status_code == 201
    assert bench.raw("PUT", "/repos/acme/churn/contents/y.txt", token="tok_bob", json=body).status_code == 409


def test_merge_queue(checked):
    pull = checked.pull()
    checked.protect("gate")
    group = checked.post("merge_queue", repo="acme/churn", number=pull.number, login="alice")
    assert checked.post(f"merge_queue/{group['id']}", repo="acme/churn")["state"] == "checks_requested"
    repo = checked.hub("ghs_job").get_repo("acme/churn")
    repo.create_check_run("gate", group["head_sha"], conclusion="success")
    assert checked.post(f"merge_queue/{group['id']}", repo="acme/churn")["state"] == "merged"
    assert repo.get_pull(pull.number).merged
    assert [e["action"] for e in checked.get("events", event="merge_group")] == ["checks_requested", "destroyed"]
