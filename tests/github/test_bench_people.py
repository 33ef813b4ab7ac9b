"""Permissions, tokens, apps and forks."""

from __future__ import annotations

import github
import pytest


def test_permission_lookup(checked):
    repo = checked.hub("ghs_job").get_repo("acme/churn")
    found = {who: repo.get_collaborator_permission(who) for who in ("alice", "bob", "carol", "mallory")}
    assert found == {"alice": "admin", "bob": "write", "carol": "read", "mallory": "read"}
    assert repo.get_collaborator_role_name("carol") == "triage"
    assert [
        m.login for m in checked.hub("tok_alice").get_organization("acme").get_team_by_slug("ml-owners").get_members()
    ] == ["bob"]
    with pytest.raises(github.UnknownObjectException):
        repo.get_collaborator_permission("nobody")


@pytest.mark.parametrize(
    ("token", "method", "path", "status"),
    [
        ("nonsense", "GET", "/user", 401),
        ("ghs_dead", "GET", "/repos/acme/churn", 401),
        (None, "GET", "/repos/acme/churn", 200),
        (None, "GET", "/repos/acme/vault", 404),
        ("tok_mallory", "GET", "/repos/acme/vault", 404),
        ("tok_bob", "GET", "/repos/acme/vault", 200),
        ("tok_mallory", "POST", "/repos/acme/churn/statuses/{sha}", 403),
        ("tok_mallory", "PUT", "/repos/acme/churn/contents/x", 403),
        ("tok_mallory", "POST", "/repos/acme/churn/issues/1/comments", 201),
        ("ghs_fork", "POST", "/repos/acme/churn/issues/1/comments", 403),
        ("ghs_fork", "POST", "/repos/acme/churn/check-runs", 403),
        ("ghs_job", "GET", "/user", 403),
        ("ghs_none", "GET", "/repos/acme/churn/issues/1/comments", 200),
        ("tok_mallory", "GET", "/repos/acme/churn/branches/main/protection", 404),
        ("ghs_job", "POST", "/repos/acme/churn/actions/runners/registration-token", 403),
        ("tok_alice", "POST", "/repos/acme/churn/actions/runners/registration-token", 201),
    ],
)
def test_who_may_do_what(bench, token, method, path, status):
    pull = bench.pull()
    body = {"body": "hi", "state": "success", "message": "m", "content": "eA==", "name": "n", "head_sha": pull.head.sha}
    answer = bench.raw(
        method, path.replace("{sha}", pull.head.sha), token=token, **({"json": body} if method != "GET" else {})
    )
    assert answer.status_code == status, answer.text


def test_app_token(checked):
    hub = github.GithubIntegration(auth=github.Auth.AppAuth(12345, checked.key("sluice")), base_url=checked.url)
    token = hub.get_access_token(hub.get_repo_installation("acme", "churn").id).token
    pull = checked.pull()
    repo = checked.hub(token).get_repo("acme/churn")
    comment = repo.get_issue(pull.number).create_comment("from the app")
    assert (comment.user.login, comment.user.type) == ("sluice[bot]", "Bot")
    assert repo.create_check_run("gate", pull.head.sha).app.slug == "sluice"
    assert (
        checked.raw("GET", "/repos/acme/vault", token=None, headers={"Authorization": "Bearer eyJ.x.y"}).status_code
        == 403
    )
    checked.post("tokens", token=token, state="expired")
    with pytest.raises(github.BadCredentialsException):
        repo.get_issue(pull.number)


def test_fork_pull_request(checked):
    hub = checked.hub("tok_mallory")
    fork = hub.get_repo("acme/churn").create_fork()
    tip = fork.get_branch("main").commit.sha
    assert tip == hub.get_repo("acme/churn").get_branch("main").commit.sha
    checked.post("push", repo="mallory/churn", branch="evil", files={"evil.txt": "x\n"}, login="mallory")
    pull = hub.get_repo("acme/churn").create_pull(base="main", head="mallory:evil", title="`${{ evil }}`")
    assert pull.head.repo.full_name == "mallory/churn"
    assert [f.filename for f in pull.get_files()] == ["evil.txt"]
    checked.hub("ghs_job").get_repo("acme/churn").create_check_run("gate", pull.head.sha, conclusion="success")
