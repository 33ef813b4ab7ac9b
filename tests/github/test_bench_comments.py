"""Comments, reactions and labels."""

from __future__ import annotations


def test_comments(checked):
    pull = checked.pull()
    repo = checked.hub("ghs_job").get_repo("acme/churn")
    comment = repo.get_issue(pull.number).create_comment("<!-- sluice --> hello")
    assert comment.user.login == "github-actions[bot]" and comment.user.type == "Bot"
    comment.edit("<!-- sluice --> again")
    assert repo.get_issue(pull.number).pull_request is not None
    for n in range(130):
        repo.get_pull(pull.number).create_issue_comment(f"c{n}")
    assert len(list(repo.get_pull(pull.number).get_issue_comments())) == 131
    long = checked.raw(
        "POST", f"/repos/acme/churn/issues/{pull.number}/comments", token="ghs_job", json={"body": "x" * 65537}
    )
    assert long.status_code == 422 and "too long" in long.json()["errors"][0]["message"]
    assert repo.get_pull(pull.number).comments == repo.get_issue(pull.number).comments == 131
    comment.delete()
    assert [e["action"] for e in checked.get("events", event="issue_comment")][-1] == "deleted"
    later = checked.raw("GET", f"/repos/acme/churn/issues/{pull.number}/comments?since=2099-01-01T00:00:00Z").json()
    assert later == []


def test_reactions(checked):
    pull = checked.pull()
    repo = checked.hub("ghs_job").get_repo("acme/churn")
    comment = (
        checked.hub("tok_mallory").get_repo("acme/churn").get_pull(pull.number).create_issue_comment("/sluice train")
    )
    assert comment.raw_data["author_association"] == "NONE"
    mine = repo.get_pull(pull.number).get_issue_comment(comment.id)
    first = mine.create_reaction("eyes")
    assert mine.create_reaction("eyes").id == first.id
    mine.create_reaction("rocket")
    assert mine.delete_reaction(first.id)
    assert [r.content for r in mine.get_reactions()] == ["rocket"]
    assert repo.get_pull(pull.number).get_issue_comment(comment.id).reactions["rocket"] == 1
    repo.get_issue(pull.number).create_reaction("+1")


def test_labels_make_pull_request_events(checked):
    pull = checked.pull()
    repo = checked.hub("tok_bob").get_repo("acme/churn")
    repo.create_label("ml", "ff0000")
    repo.get_pull(pull.number).add_to_labels("ml")
    repo.get_pull(pull.number).remove_from_labels("ml")
    assert [e["action"] for e in checked.get("events", event="pull_request")][-2:] == ["labeled", "unlabeled"]
