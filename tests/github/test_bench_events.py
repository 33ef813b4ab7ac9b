"""Webhooks: signatures and published schemas."""

from __future__ import annotations


def test_webhooks_are_signed_and_fit_the_schema(checked, sink):
    repo = checked.hub("tok_alice").get_repo("acme/churn")
    repo.create_hook("web", {"url": sink.url, "content_type": "json", "secret": "s3cret"}, ["*"], True)
    pull = checked.pull()
    job = checked.hub("ghs_job").get_repo("acme/churn")
    job.create_check_run("gate", pull.head.sha, conclusion="success")
    job.get_commit(pull.head.sha).create_status("success", context="x")
    job.get_pull(pull.number).create_issue_comment("hello")
    deployment = job.create_deployment(pull.head.sha, required_contexts=[], auto_merge=False)
    deployment.create_status("success")
    job.create_repository_dispatch("train", {"a": 1})
    pull.create_review(body="no", event="COMMENT")
    pull.merge()
    events = checked.get("events")
    assert sink.signed("s3cret")
    assert sorted(h["X-GitHub-Event"] for h, _ in sink.got) == sorted(e["event"] for e in events)
    assert {e["event"] for e in events} == {
        "push", "pull_request", "check_run", "check_suite", "status", "issue_comment",
        "deployment", "deployment_status",
        "repository_dispatch", "pull_request_review",
    }  # fmt: skip
    comment = next(e for e in events if e["event"] == "issue_comment")
    assert comment["starts_workflows"] is False
    payload = checked.get(f"events/{comment['id']}/payload")
    assert (
        payload["issue"]["pull_request"]["url"].endswith(f"/pulls/{pull.number}")
        and payload["repository"]["full_name"] == "acme/churn"
    )
