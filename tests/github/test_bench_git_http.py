"""git clone, fetch and push: permissions, protection, and what a push sets off."""

from __future__ import annotations

import base64
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests


def test_clone_and_push_of_a_branch(checked, clone):
    tree = clone(checked.git_url(token="tok_bob"))
    assert (tree.folder / "README.md").read_text() == "# churn\n"
    tree.run("switch", "-q", "-c", "feat")
    sha = tree.commit({"run.sh": "#!/bin/sh\n", "conf/a.yaml": "x: 1\n"})
    tree.run("push", "-q", "origin", "feat")
    repo = checked.hub("ghs_job").get_repo("acme/churn")
    assert repo.get_branch("feat").commit.sha == sha
    pull = repo.create_pull(base="main", head="feat", title="From a push")
    assert (pull.head.sha, pull.changed_files) == (sha, 2)
    event = checked.get("events", event="push")[-1]
    payload = checked.get(f"events/{event['id']}/payload")
    assert (payload["ref"], payload["after"], payload["pusher"]["name"]) == ("refs/heads/feat", sha, "bob")
    assert payload["commits"][0]["added"] == ["conf/a.yaml", "run.sh"]
    assert payload["head_commit"]["author"]["email"] == "dev@example.com"


def test_a_push_moves_the_pull_request_and_a_force_push_says_so(checked, clone):
    pull = checked.pull()
    tree = clone(checked.git_url(token="tok_alice"), "-b", "feat")
    second = tree.commit({"train.py": "print(2)\n"})
    tree.run("push", "-q", "origin", "feat")
    repo = checked.hub("ghs_job").get_repo("acme/churn")
    assert repo.get_pull(pull.number).head.sha == second
    tree.run("commit", "-q", "--amend", "-m", "rewritten")
    refused = tree.call("push", "-q", "origin", "feat")
    assert refused.returncode != 0
    assert "rejected" in refused.stderr
    tree.run("push", "-q", "--force", "origin", "feat")
    third = tree.run("rev-parse", "HEAD")
    assert repo.get_pull(pull.number).head.sha == third
    events = checked.get("events", event="pull_request")
    assert [e["action"] for e in events] == ["opened", "synchronize", "synchronize"]
    last = checked.get(f"events/{events[-1]['id']}/payload")
    assert (last["before"], last["after"]) == (second, third)
    pushes = [checked.get(f"events/{e['id']}/payload") for e in checked.get("events", event="push")]
    assert [p["forced"] for p in pushes[-2:]] == [False, True]


def test_heads_and_test_merges_can_be_fetched_and_not_pushed(checked, clone):
    pull = checked.pull()
    checked.push("main", {"base.txt": "moved\n"})
    checked.hub("tok_bob").get_repo("acme/churn").get_pull(pull.number)
    tree = clone(checked.git_url())
    tree.run("fetch", "-q", "origin", f"refs/pull/{pull.number}/head:h", f"refs/pull/{pull.number}/merge:m")
    assert tree.run("rev-parse", "h") == pull.head.sha
    assert tree.run("rev-parse", "m^1", "m^2").split() == [tree.run("rev-parse", "origin/main"), pull.head.sha]
    assert tree.run("ls-tree", "--name-only", "m").split() == ["README.md", "base.txt", "train.py"]
    tree.run("remote", "set-url", "origin", checked.git_url(token="tok_alice"))
    refused = tree.call("push", "origin", f"m:refs/pull/{pull.number}/head")
    assert refused.returncode != 0
    assert "deny updating a hidden ref" in refused.stderr


def test_any_commit_can_be_fetched_by_its_sha(checked, clone):
    pull = checked.pull()
    checked.push(
        "feat",
        {"train.py": "print(9)\n"},
        parent=checked.hub("tok_bob").get_repo("acme/churn").get_branch("main").commit.sha,
    )
    tree = clone(checked.git_url(), "--depth=1")
    tree.run("fetch", "-q", "--depth=1", "origin", pull.head.sha)
    assert tree.run("rev-parse", "FETCH_HEAD") == pull.head.sha


@pytest.mark.parametrize(
    ("token", "repo", "fetches", "pushes", "words"),
    [
        ("tok_alice", "acme/vault", True, True, ""),
        ("tok_bob", "acme/vault", True, False, "denied to bob"),
        ("tok_mallory", "acme/vault", False, False, "Repository not found"),
        (None, "acme/vault", False, False, "could not read Username"),
        (None, "acme/churn", True, False, "could not read Username"),
        ("tok_mallory", "acme/churn", True, False, "denied to mallory"),
        ("ghs_job", "acme/churn", True, True, ""),
        ("ghs_fork", "acme/churn", True, False, "denied to github-actions[bot]"),
        ("ghs_dead", "acme/churn", True, False, "Invalid username or token"),
        ("tok_alice", "acme/nothing", False, False, "Repository not found"),
    ],
)
def test_who_may_fetch_and_push(bench, clone, token, repo, fetches, pushes, words):
    tree = clone(bench.git_url())
    tree.run("remote", "set-url", "origin", bench.git_url(repo, token))
    asked = tree.call("ls-remote", "origin")
    assert (asked.returncode == 0) == fetches, asked.stderr
    pushed = tree.call("push", "--force", "origin", "HEAD:refs/heads/new")
    assert (pushed.returncode == 0) == pushes, pushed.stderr
    assert words in pushed.stderr


def test_the_header_actions_checkout_sends(bench, clone):
    bench.post("push", repo="acme/vault", branch="main", files={"secret.txt": "x\n"})
    basic = base64.b64encode(b"x-access-token:tok_bob").decode()
    tree = clone(bench.git_url("acme/vault"), "-c", f"http.extraheader=AUTHORIZATION: basic {basic}")
    assert (tree.folder / "secret.txt").exists()


def test_a_protected_branch_declines_a_push(bench, clone):
    bench.protect("sluice/gate")
    tree = clone(bench.git_url(token="tok_alice"))
    sha = tree.commit({"a.txt": "1\n"})
    refused = tree.call("push", "origin", "HEAD:main", "HEAD:other")
    assert "error: GH006: Protected branch update failed for refs/heads/main." in refused.stderr
    assert 'Required status check "sluice/gate" is expected.' in refused.stderr
    assert "! [remote rejected] HEAD -> main (protected branch hook declined)" in refused.stderr
    repo = bench.hub("ghs_job").get_repo("acme/churn")
    assert repo.get_branch("main").commit.sha != sha
    assert repo.get_branch("other").commit.sha == sha  # the other reference of the same push was taken
    repo.create_check_run("sluice/gate", sha, conclusion="success")
    tree.run("push", "-q", "origin", "HEAD:main")
    assert repo.get_branch("main").commit.sha == sha


def test_a_protected_branch_declines_force_and_deletion(bench, clone):
    bench.protect(branch="main")
    bench.push("kept", {"a.txt": "1\n"})
    bench.protect(branch="kept")
    tree = clone(bench.git_url(token="tok_alice"), "-b", "kept")
    tree.run("commit", "-q", "--amend", "-m", "rewritten")
    assert "Cannot force-push to this branch" in tree.call("push", "--force", "origin", "kept").stderr
    assert "Cannot delete this branch" in tree.call("push", "origin", ":kept").stderr
    repo = bench.hub("tok_bob").get_repo("acme/churn")
    assert repo.get_branch("kept").commit.commit.message == "change"


def test_a_ruleset_declines_a_push(bench, clone):
    rule = {"type": "pull_request", "parameters": {"required_approving_review_count": 0}}
    body = {"name": "main", "target": "branch", "enforcement": "active", "rules": [rule]}
    assert bench.raw("POST", "/repos/acme/churn/rulesets", json=body).status_code == 201
    tree = clone(bench.git_url(token="tok_alice"))
    tree.commit({"a.txt": "1\n"})
    refused = tree.call("push", "origin", "HEAD:main")
    assert "GH013: Repository rule violations found for refs/heads/main." in refused.stderr
    assert "Changes must be made through a pull request." in refused.stderr
    assert "(push declined due to repository rule violations)" in refused.stderr


def test_a_push_to_a_fork_moves_its_pull_request(checked, clone):
    hub = checked.hub("tok_mallory")
    upstream = hub.get_repo("acme/churn")
    upstream.create_fork()
    tree = clone(checked.git_url("mallory/churn", "tok_mallory"))
    tree.run("switch", "-q", "-c", "evil")
    tree.commit({"evil.txt": "x\n"})
    tree.run("push", "-q", "origin", "evil")
    pull = upstream.create_pull(base="main", head="mallory:evil", title="x")
    second = tree.commit({"evil.txt": "y\n"})
    tree.run("push", "-q", "origin", "evil")
    assert upstream.get_pull(pull.number).head.sha == second
    synchronized = checked.get("events", event="pull_request")[-1]
    assert (synchronized["action"], synchronized["repo"]) == ("synchronize", "acme/churn")
    base = clone(checked.git_url())
    base.run("fetch", "-q", "origin", f"refs/pull/{pull.number}/head")
    assert base.run("rev-parse", "FETCH_HEAD") == second
    assert "evil" not in [b.name for b in upstream.get_branches()]


def test_deleting_a_branch_closes_its_pull_request(checked, clone):
    pull = checked.pull()
    tree = clone(checked.git_url(token="tok_bob"))
    tree.run("push", "-q", "origin", ":feat")
    closed = checked.hub("tok_bob").get_repo("acme/churn").get_pull(pull.number)
    assert (closed.state, closed.merged) == ("closed", False)
    assert checked.get("events", event="pull_request")[-1]["action"] == "closed"
    assert (
        "cannot be changed"
        in checked.raw("PATCH", f"/repos/acme/churn/pulls/{pull.number}", json={"state": "open"}).text
    )
    checked.delete("calls")


def test_pushing_the_head_into_the_base_merges_the_pull_request(checked, clone):
    pull = checked.pull()
    tree = clone(checked.git_url(token="tok_bob"))
    tree.run("merge", "-q", "--no-ff", "-m", "by hand", "origin/feat")
    tree.run("push", "-q", "origin", "main")
    done = checked.hub("tok_bob").get_repo("acme/churn").get_pull(pull.number)
    assert (done.merged, done.merged_by.login, done.merge_commit_sha) == (True, "bob", tree.run("rev-parse", "main"))


def test_git_calls_are_recorded_apart(bench, clone):
    tree = clone(bench.git_url(token="tok_bob"))
    summary = bench.get("summary")
    assert (summary["calls"], summary["git"] >= 2) == (0, True)
    bench.fault(kind="status", status=503, match={"operation": "git/upload-pack"})
    assert "503" in tree.call("fetch", "origin").stderr
    assert tree.call("fetch", "origin").returncode == 0


def test_a_tag_push(checked, clone):
    tree = clone(checked.git_url(token="tok_alice"))
    tree.run("tag", "-a", "v1", "-m", "first")
    tree.run("push", "-q", "origin", "v1")
    repo = checked.hub("tok_bob").get_repo("acme/churn")
    assert [(t.name, t.commit.sha) for t in repo.get_tags()] == [("v1", tree.run("rev-parse", "HEAD"))]
    tag = repo.get_git_tag(repo.get_git_ref("tags/v1").object.sha)
    assert (tag.tag, tag.message, tag.object.type) == ("v1", "first", "commit")


def test_a_job_token_cannot_push_a_workflow(bench, clone):
    tree = clone(bench.git_url(token="ghs_job"))
    tree.commit({"a.txt": "1\n"})
    tree.run("push", "-q", "origin", "HEAD:fine")
    tree.commit({".github/workflows/x.yml": "on: push\n"})
    refused = tree.call("push", "origin", "HEAD:new")
    assert "refusing to allow a GitHub App to create or update workflow `.github/workflows/x.yml`" in refused.stderr
    assert refused.returncode != 0
    body = {"message": "m", "content": base64.b64encode(b"on: push\n").decode()}
    path = "/repos/acme/churn/contents/.github/workflows/x.yml"
    assert bench.raw("PUT", path, token="ghs_job", json=body).status_code == 403
    assert bench.raw("PUT", path, token="tok_alice", json=body).status_code == 201


def test_a_large_push_arrives_whole(checked, clone):
    tree = clone(checked.git_url(token="tok_alice"))
    noise = random.Random(1).randbytes(6_000_000)  # does not compress, and is beyond git's http.postBuffer
    (tree.folder / "model.bin").write_bytes(noise)
    tree.commit({"small.txt": "x\n"})
    tree.run("push", "-q", "origin", "HEAD:big")
    again = clone(checked.git_url(), "-b", "big", "--depth=1")
    assert (again.folder / "model.bin").read_bytes() == noise
    url = checked.hub("tok_bob").get_repo("acme/churn").get_contents("model.bin", ref="big").download_url
    assert requests.get(url, timeout=10).content == noise


def test_pushes_at_the_same_time_all_arrive(checked, clone):
    trees = [clone(checked.git_url(token="tok_alice")) for _ in range(4)]
    shas = [tree.commit({f"{n}.txt": "x\n"}) for n, tree in enumerate(trees)]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda n: trees[n].call("push", "-q", "origin", f"HEAD:b{n}"), range(4)))
    assert [d.returncode for d in done] == [0] * 4, done
    repo = checked.hub("tok_bob").get_repo("acme/churn")
    assert [repo.get_branch(f"b{n}").commit.sha for n in range(4)] == shas


def test_the_sites_diff_of_a_pull_request(bench):
    pull = bench.pull()
    assert "+print(1)" in requests.get(pull.diff_url, timeout=10).text
