"""Runs a runner service makes: a fork's pull_request run, the workflow_run event after it, and its artifacts."""

from __future__ import annotations

import base64
import io
import zipfile

import pytest
import requests

from ghbench import harness

PLAN = "name: plan\non: pull_request\njobs:\n  plan: {runs-on: ubuntu-latest, steps: [{run: echo}]}\n"
PATH = ".github/workflows/plan.yml"


def _fork_pull(bench):
    hub = bench.hub("tok_mallory")
    hub.get_repo("acme/churn").create_fork()
    bench.post("push", repo="mallory/churn", branch="evil", files={"evil.txt": "x\n"}, login="mallory")
    return hub.get_repo("acme/churn").create_pull(base="main", head="mallory:evil", title="x")


def _run(bench, pull, **extra):
    asked = {"repo": "acme/churn", "workflow": PATH, "event": "pull_request", "head_sha": pull.head.sha,
             "head_branch": pull.head.ref, "head_repo": pull.head.repo.full_name, "actor": pull.user.login}  # fmt: skip
    return bench.post("runs", **{**asked, **extra})


def test_a_forks_run_and_the_event_after_it(checked):
    checked.push("main", {PATH: PLAN})
    pull = _fork_pull(checked)
    made = _run(checked, pull)
    checked.post(f"runs/{made['id']}", repo="acme/churn", status="in_progress")
    checked.post(f"runs/{made['id']}", repo="acme/churn", status="completed", conclusion="failure")
    events = checked.get("events", event="workflow_run")
    assert [e["action"] for e in events] == ["requested", "in_progress", "completed"]
    payload = checked.get(f"events/{events[-1]['id']}/payload")
    run = payload["workflow_run"]
    assert (run["head_sha"], run["head_branch"], run["event"]) == (pull.head.sha, "evil", "pull_request")
    assert (run["head_repository"]["full_name"], run["repository"]["full_name"]) == ("mallory/churn", "acme/churn")
    assert (run["conclusion"], run["pull_requests"], run["actor"]["login"]) == ("failure", [], "mallory")
    assert payload["workflow"]["path"] == PATH
    found = checked.hub("ghs_job").get_repo("acme/churn").get_workflow_run(made["id"])
    assert (found.name, found.head_repository.full_name, [j.name for j in found.jobs()]) == (
        "plan",
        "mallory/churn",
        ["plan"],
    )


def test_a_run_of_the_repositorys_own_branch_lists_its_pull_request(checked):
    pull = checked.pull()
    made = _run(checked, pull, status="completed", conclusion="success")
    assert made["conclusion"] == "success"
    assert [e["action"] for e in checked.get("events", event="workflow_run")] == [
        "requested",
        "in_progress",
        "completed",
    ]
    found = checked.hub("ghs_job").get_repo("acme/churn").get_workflow_run(made["id"])
    assert [p.number for p in found.pull_requests] == [pull.number]


def test_an_artifact_downloads_by_redirect_without_a_token(checked):
    pull = _fork_pull(checked)
    made = _run(checked, pull)
    data = base64.b64encode(b"{}").decode()
    upload = {"repo": "acme/churn", "run": made["id"], "name": "sluice-plan", "files": {"plan.json": data}}
    checked.post("artifacts", **upload)
    record = checked.post("artifacts", **upload)  # of the same name: it takes the older one's place
    repo = checked.hub("ghs_fork").get_repo("acme/churn")
    found = list(repo.get_artifacts("sluice-plan"))
    assert [a.id for a in found] == [record["id"]]
    assert found[0].workflow_run.head_sha == pull.head.sha
    path = f"/repos/acme/churn/actions/artifacts/{record['id']}/zip"
    assert checked.raw("GET", path, token=None, allow_redirects=False).status_code == 401
    away = checked.raw("GET", path, token="ghs_fork", allow_redirects=False)
    assert away.status_code == 302
    zipped = requests.get(away.headers["Location"], timeout=10).content
    assert zipfile.ZipFile(io.BytesIO(zipped)).read("plan.json") == b"{}"
    assert requests.get(away.headers["Location"][:-4] + "beef", timeout=10).status_code == 403


def test_a_zip_is_kept_as_it_came(checked):
    raw = b"not a zip at all"
    record = checked.post("artifacts", repo="acme/churn", name="odd", zip=base64.b64encode(raw).decode())
    answer = checked.raw("GET", f"/repos/acme/churn/actions/artifacts/{record['id']}/zip", token="ghs_job")
    assert answer.content == raw


def test_without_the_description_nothing_is_validated_and_status_says_so(tmp_path):
    with harness.start(tmp_path, openapi=False, tls=True) as running:
        own, certificate = running.addresses["https"], running.addresses["certificate"]
        repository = requests.get(f"{own}/api/v3/repos/acme/churn", verify=certificate, timeout=10).json()
        assert repository["clone_url"] == f"{own}/acme/churn.git"
        status = running.get()
        assert (status["validating"], status["operations"]) == (False, 0)
        running.raw("POST", "/repos/acme/churn/issues/1/comments", json={"text": "x"})
        assert running.problems() == []
        pull = running.pull()
        assert running.hub("ghs_job").get_repo("acme/churn").get_pull(pull.number).changed_files == 1


def test_a_bench_that_cannot_start_says_why(tmp_path):
    config = tmp_path / "bench.yaml"
    config.write_text("tokens: {tok_x: {}}\n")
    with pytest.raises(RuntimeError, match="needs a login"), harness.start(tmp_path, openapi=False, config=config):
        pass
