"""Merging pull requests with git's own merge: methods, true three-way merges, test merges, base moves."""

from __future__ import annotations

import github
import pytest

TEXT = "".join(f"line {n}\n" for n in range(20))


def _repo(bench, token="tok_alice"):
    return bench.hub(token).get_repo("acme/churn")


def test_two_sides_of_one_file_merge_where_git_merges_them(checked):
    checked.push("main", {"f.txt": TEXT})
    pull = checked.pull("feat", {"f.txt": TEXT.replace("line 2\n", "theirs\n")})
    checked.push("main", {"f.txt": TEXT.replace("line 17\n", "ours\n")})
    assert _repo(checked).get_pull(pull.number).merge().merged
    merged = _repo(checked).get_contents("f.txt").decoded_content.decode()
    assert merged == TEXT.replace("line 2\n", "theirs\n").replace("line 17\n", "ours\n")


def test_a_squash_is_one_commit_with_the_messages(checked):
    pull = checked.pull("feat", {"a.txt": "1\n"})
    checked.push("feat", {"b.txt": "2\n"}, message="second")
    base = _repo(checked).get_branch("main").commit.sha
    done = _repo(checked, "tok_bob").get_pull(pull.number).merge(merge_method="squash")
    commit = _repo(checked).get_commit(done.sha)
    assert [p.sha for p in commit.parents] == [base]
    assert commit.commit.message == f"PR feat (#{pull.number})\n\n* change\n\n* second"
    assert (commit.commit.author.name, commit.commit.committer.name) == ("Alice", "GitHub")
    assert sorted(f.filename for f in commit.files) == ["a.txt", "b.txt"]


def test_a_rebase_replays_each_commit_on_the_base(checked):
    pull = checked.pull("feat", {"a.txt": "1\n"})
    checked.push("feat", {"a.txt": "2\n"}, message="second", login="bob")
    checked.push("main", {"other.txt": "x\n"}, message="meanwhile")
    done = _repo(checked).get_pull(pull.number).merge(merge_method="rebase")
    listed = [(c.commit.message, len(c.parents)) for c in _repo(checked).get_commits()]
    assert listed == [("second", 1), ("change", 1), ("meanwhile", 1), ("Initial commit", 0)]
    last = _repo(checked).get_commit(done.sha)
    assert (last.commit.author.name, last.commit.committer.name) == ("Bob", "Alice")
    assert sorted(f.path for f in _repo(checked).get_contents("")) == ["README.md", "a.txt", "other.txt"]


def test_the_merge_commit_says_what_was_asked(checked):
    pull = checked.pull()
    done = _repo(checked).get_pull(pull.number).merge(commit_title="Title", commit_message="Text")
    assert _repo(checked).get_commit(done.sha).commit.message == "Title\n\nText"
    other = checked.pull("two", {"b.txt": "1\n"})
    done = _repo(checked).get_pull(other.number).merge()
    assert (
        _repo(checked).get_commit(done.sha).commit.message
        == f"Merge pull request #{other.number} from acme/two\n\nPR two"
    )


def test_a_moved_base_makes_a_new_test_merge_and_a_conflict_keeps_the_old(checked):
    pull = checked.pull("feat", {"a.txt": "1\n"})
    repo = _repo(checked)
    first = repo.get_git_ref(f"pull/{pull.number}/merge").object.sha
    assert repo.get_pull(pull.number).merge_commit_sha == first
    tip = checked.push("main", {"b.txt": "1\n"})
    again = repo.get_pull(pull.number)
    assert again.mergeable is None  # GitHub computes it anew after the base moved
    second = repo.get_git_ref(f"pull/{pull.number}/merge").object.sha
    assert [p.sha for p in repo.get_commit(second).parents] == [tip, pull.head.sha]
    assert again.base.sha != tip  # the payload's base stays where it was when the head last moved
    checked.push("main", {"a.txt": "clash\n"})
    repo.get_pull(pull.number)
    assert repo.get_pull(pull.number).mergeable is False
    assert repo.get_git_ref(f"pull/{pull.number}/merge").object.sha == second


def test_a_changed_base_moves_the_comparison(checked):
    checked.push("release", {"r.txt": "1\n"})
    pull = checked.pull("feat", {"a.txt": "1\n"})
    _repo(checked).get_pull(pull.number).edit(base="release")
    found = _repo(checked).get_pull(pull.number)
    assert (found.base.ref, found.changed_files) == ("release", 1)
    edited = checked.get("events", event="pull_request")[-1]
    assert checked.get(f"events/{edited['id']}/payload")["changes"]["base"]["ref"]["from"] == "main"


def test_closing_and_reopening(checked):
    pull = checked.pull()
    repo = _repo(checked)
    repo.get_pull(pull.number).edit(state="closed")
    assert repo.get_issue(pull.number).state == "closed"
    new = checked.push("feat", {"train.py": "print(5)\n"})
    assert repo.get_pull(pull.number).head.sha == pull.head.sha  # a closed pull request does not follow
    repo.get_pull(pull.number).edit(state="open")
    assert repo.get_pull(pull.number).head.sha == new
    assert [e["action"] for e in checked.get("events", event="pull_request")] == ["opened", "closed", "reopened"]


def test_no_pull_request_without_a_difference(bench):
    tip = _repo(bench).get_branch("main").commit.sha
    _repo(bench).create_git_ref("refs/heads/same", tip)
    with pytest.raises(github.GithubException, match="No commits between main and same"):
        _repo(bench).create_pull(base="main", head="same", title="x")


def test_reviews_gate_the_merge(checked):
    pull = checked.pull()
    body = {"required_status_checks": None, "enforce_admins": True, "restrictions": None,
            "required_pull_request_reviews": {"required_approving_review_count": 1}}  # fmt: skip
    assert checked.raw("PUT", "/repos/acme/churn/branches/main/protection", json=body).status_code == 200
    with pytest.raises(github.GithubException, match="At least 1 approving review is required"):
        _repo(checked).get_pull(pull.number).merge()
    with pytest.raises(github.GithubException, match="approve your own"):
        _repo(checked).get_pull(pull.number).create_review(event="APPROVE")
    review = _repo(checked, "tok_bob").get_pull(pull.number).create_review(event="APPROVE")
    assert [r.state for r in _repo(checked).get_pull(pull.number).get_reviews()] == ["APPROVED"]
    review.dismiss("changed my mind")
    with pytest.raises(github.GithubException, match="approving review"):
        _repo(checked).get_pull(pull.number).merge()
    _repo(checked, "tok_bob").get_pull(pull.number).create_review(event="APPROVE")
    assert _repo(checked).get_pull(pull.number).merge().merged


def test_comments_on_lines_and_on_commits(checked):
    pull = checked.pull()
    found = _repo(checked, "tok_bob").get_pull(pull.number)
    note = found.create_review_comment("why?", _repo(checked).get_commit(pull.head.sha), "train.py", line=1)
    note.create_reaction("eyes")
    assert [c.body for c in found.get_review_comments()] == ["why?"]
    remark = _repo(checked, "tok_bob").get_commit(pull.head.sha).create_comment("on the commit")
    assert [c.id for c in _repo(checked).get_commit(pull.head.sha).get_comments()] == [remark.id]
