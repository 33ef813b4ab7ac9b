"""Pull requests: head, files, merging."""

from __future__ import annotations

import github
import pytest


def test_pull_request_follows_its_branch_and_lists_files(checked):
    pull = checked.pull(files={"train.py": "print(1)\n", "conf/a.yaml": "x: 1\n"})
    repo = checked.hub("ghs_job").get_repo("acme/churn")
    again = repo.get_pull(pull.number)
    assert again.mergeable is None and again.mergeable_state == "unknown"
    again = repo.get_pull(pull.number)
    assert (again.mergeable, again.mergeable_state, again.changed_files) == (True, "clean", 2)
    assert sorted(f.filename for f in again.get_files()) == ["conf/a.yaml", "train.py"]
    new = checked.push("feat", {"train.py": "print(2)\n"})
    assert repo.get_pull(pull.number).head.sha == new
    assert [c.sha for c in repo.get_pull(pull.number).get_commits()][-1] == new
    assert [p.number for p in repo.get_commit(new).get_pulls()] == [pull.number]
    assert repo.get_git_ref(f"pull/{pull.number}/head").object.sha == new
    assert [e["action"] for e in checked.get("events", event="pull_request")] == ["opened", "synchronize"]
    diff = checked.raw(
        "GET", f"/repos/acme/churn/pulls/{pull.number}", headers={"Accept": "application/vnd.github.diff"}
    )
    assert "+print(2)" in diff.text


def test_pull_request_needs_a_real_branch(bench):
    repo = bench.hub("tok_alice").get_repo("acme/churn")
    with pytest.raises(github.GithubException) as caught:
        repo.create_pull(base="main", head="nowhere", title="x")
    assert caught.value.status == 422
    bench.pull()
    with pytest.raises(github.GithubException, match="already exists"):
        repo.create_pull(base="main", head="feat", title="again")


def test_merge_keeps_both_sides_and_refuses_conflicts(checked):
    first = checked.pull("one", {"a.txt": "1\n"})
    second = checked.pull("two", {"b.txt": "2\n"})
    clash = checked.pull("three", {"a.txt": "3\n"})
    repo = checked.hub("tok_alice").get_repo("acme/churn")
    assert repo.get_pull(first.number).merge().merged
    assert repo.get_pull(second.number).merge(merge_method="squash").merged
    assert sorted(f.path for f in repo.get_contents("")) == ["README.md", "a.txt", "b.txt"]
    repo.get_pull(clash.number)
    assert repo.get_pull(clash.number).mergeable_state == "dirty"
    with pytest.raises(github.GithubException) as caught:
        repo.get_pull(clash.number).merge()
    assert caught.value.status == 405
    done = repo.get_pull(first.number)
    assert done.merged and done.state == "closed" and done.merged_by.login == "alice" and done.changed_files == 1
