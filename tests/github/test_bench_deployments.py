"""Deployments and environments."""

from __future__ import annotations

import github
import pytest


def test_deployments(checked):
    pull = checked.pull()
    repo = checked.hub("ghs_job").get_repo("acme/churn")
    repo.create_check_run("ci", pull.head.sha, status="in_progress")
    with pytest.raises(github.GithubException) as caught:
        repo.create_deployment(pull.head.sha, environment="canary", auto_merge=False)
    assert caught.value.status == 409
    made = repo.create_deployment(
        pull.head.sha, environment="canary", auto_merge=False, required_contexts=[], payload={"percent": 5},
        description="canary",
        transient_environment=False, production_environment=False,
    )  # fmt: skip
    made.create_status(
        "in_progress",
        description="5 %",
        environment_url="https://canary.example.com",
        target_url="https://example.com/log",
    )
    made.create_status("success", description="fine")
    second = repo.create_deployment(
        pull.head.sha, environment="canary", auto_merge=False, required_contexts=[], production_environment=False
    )
    second.create_status("success")
    assert [s.state for s in made.get_statuses()] == ["inactive", "success", "in_progress"]
    assert [d.id for d in repo.get_deployments(environment="canary")] == [second.id, made.id]
    assert [e.name for e in repo.get_environments()] == ["canary"]
