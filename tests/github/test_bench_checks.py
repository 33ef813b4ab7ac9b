"""Check runs and commit statuses."""

from __future__ import annotations


def test_check_runs_keep_githubs_limits(checked):
    pull = checked.pull()
    repo = checked.hub("ghs_job").get_repo("acme/churn")
    note = {"path": "train.py", "start_line": 1, "end_line": 1, "annotation_level": "warning", "message": "m"}
    run = repo.create_check_run(
        "report", pull.head.sha, status="in_progress", external_id="e", details_url="https://example.com",
        output={"title": "t", "summary": "s", "annotations": [note] * 50},
        actions=[{"label": "Again", "description": "d", "identifier": "again"}],
    )  # fmt: skip
    assert run.app.slug == "github-actions"
    run.edit(
        status="completed", conclusion="success", output={"title": "t", "summary": "s2", "annotations": [note] * 10}
    )
    assert len(list(run.get_annotations())) == 60
    for output in ({"title": "t", "summary": "x" * 65536}, {"title": "t", "summary": "s", "annotations": [note] * 51}):
        bad = checked.raw(
            "PATCH",
            f"/repos/acme/churn/check-runs/{run.id}",
            token="ghs_job",
            json={"output": output},
            headers={"X-Bench-Label": "bad"},
        )
        assert bad.status_code == 422
    for n in range(120):
        repo.create_check_run(f"c{n}", pull.head.sha, conclusion="success")
    listed = repo.get_commit(pull.head.sha).get_check_runs()
    assert listed.totalCount == 121 and len(list(listed)) == 121
    assert [s.conclusion for s in repo.get_commit(pull.head.sha).get_check_suites()] == ["success"]
    checked.post("requested_action", repo="acme/churn", check_run=run.id, identifier="again", login="alice")
    # the over-long bodies above are the test's own, and the description forbids them
    assert {v["label"] for v in checked.get("violations")} <= {"bad"}
    checked.delete("calls")


def test_a_person_cannot_make_check_runs_and_a_missing_commit_is_422(bench):
    pull = bench.pull()
    assert (
        bench.raw("POST", "/repos/acme/churn/check-runs", json={"name": "x", "head_sha": pull.head.sha}).status_code
        == 403
    )
    assert (
        bench.raw(
            "POST", "/repos/acme/churn/check-runs", token="ghs_job", json={"name": "x", "head_sha": "f" * 40}
        ).status_code
        == 422
    )
    assert bench.raw("POST", f"/repos/acme/churn/statuses/{'f' * 40}", json={"state": "success"}).status_code == 422


def test_statuses(checked):
    pull = checked.pull()
    commit = checked.hub("ghs_job").get_repo("acme/churn").get_commit(pull.head.sha)
    assert commit.get_combined_status().state == "pending"
    commit.create_status("pending", context="a")
    commit.create_status("success", "https://example.com", "d", "a")
    assert commit.get_combined_status().state == "success"
    commit.create_status("failure", context="b")
    combined = commit.get_combined_status()
    assert combined.state == "failure" and combined.total_count == 2 and len(list(commit.get_statuses())) == 3
    long = checked.raw(
        "POST", f"/repos/acme/churn/statuses/{pull.head.sha}", json={"state": "success", "description": "x" * 141}
    )
    assert long.status_code == 422
