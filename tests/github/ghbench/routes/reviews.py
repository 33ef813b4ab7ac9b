"""Reviews, review requests, and the comments on lines of pull requests and on commits."""

from __future__ import annotations

from typing import Any

from .. import shapes
from ..config import LEVELS
from ..context import Context
from ..git.changes import changes
from ..pulling import comparison, stored
from ..pullshapes import announce, one
from ..replies import ApiError, Reply, invalid, not_found, now
from ..world import Pull
from . import REPO, route

_PULL = REPO + "/pulls/{number}"
_VERDICTS = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


def _pull(cx: Context) -> Pull:
    return stored(cx, cx.number("number"))


def _render(cx: Context, pull: Pull, review: dict) -> dict:
    url = f"{cx.repo_url}/pulls/{pull.number}"
    html = f"{cx.web}/{cx.full_name}/pull/{pull.number}#pullrequestreview-{review['id']}"
    out = {
        "id": review["id"], "node_id": f"PRR_{review['id']}", "user": shapes.user(review["login"], cx.api, cx.web),
        "body": review["body"], "state": review["state"], "html_url": html, "pull_request_url": url,
        "commit_id": review["commit_id"],
        "author_association": cx.identities.association(cx.full_name, review["login"]),
        "_links": {"html": {"href": html}, "pull_request": {"href": url}},
    }  # fmt: skip
    return out if review["state"] == "PENDING" else {**out, "submitted_at": review["submitted_at"]}


def _review(cx: Context, pull: Pull) -> dict:
    found = pull.reviews.get(cx.number("id"))
    if found is None:
        raise not_found()
    return found


async def _announce(cx: Context, pull: Pull, review: dict, action: str) -> None:
    shown = {**_render(cx, pull, review), "state": review["state"].lower()}
    live = {"review": shown, "pull_request": await one(cx, pull.number, quiet=True)}
    await cx.events.emit(cx, "pull_request_review", action, live)


@route("GET", _PULL + "/reviews")
async def listing(cx: Context) -> Reply:
    pull = _pull(cx)
    return cx.page([_render(cx, pull, r) for r in pull.reviews.values()])


@route("GET", _PULL + "/reviews/{id}")
async def get(cx: Context) -> Reply:
    pull = _pull(cx)
    return Reply(200, _render(cx, pull, _review(cx, pull)))


def _verdict(cx: Context, pull: Pull, event: str, body: str) -> str:
    if event not in _VERDICTS:
        raise invalid("PullRequestReview", "event")
    if event != "APPROVE" and not body:
        raise ApiError(422, "Validation Failed", ["Body can't be blank"])
    if cx.who.login == pull.author and event != "COMMENT":
        what = "approve" if event == "APPROVE" else "request changes on"
        raise ApiError(422, "Unprocessable Entity", [f"Can not {what} your own pull request"])
    return _VERDICTS[event]


def _new_review(cx: Context, pull: Pull, text: str, commit: str | None) -> dict:
    return {
        "id": next(cx.world.ids), "login": cx.who.login, "body": text, "submitted_at": now(),
        "commit_id": commit or pull.head_sha, "state": "PENDING",
    }  # fmt: skip


@route("POST", _PULL + "/reviews")
async def create(cx: Context) -> Reply:
    pull, body = _pull(cx), cx.json()
    text, event = body.get("body") or "", body.get("event")
    review = _new_review(cx, pull, text, body.get("commit_id"))
    if event:
        review["state"] = _verdict(cx, pull, event, text or ("." if body.get("comments") else ""))
    given = [{**note, "commit_id": review["commit_id"]} for note in body.get("comments") or []]
    notes = [_new_comment(cx, pull, note, review["id"]) for note in given]
    pull.reviews[review["id"]] = review
    pull.review_comments.update({note["id"]: note for note in notes})
    if event:
        await _announce(cx, pull, review, "submitted")
    return Reply(200, _render(cx, pull, review))


@route("POST", _PULL + "/reviews/{id}/events")
async def submit(cx: Context) -> Reply:
    pull, body = _pull(cx), cx.json()
    review = _review(cx, pull)
    text = body.get("body") or review["body"]
    review.update(state=_verdict(cx, pull, body.get("event", ""), text), body=text, submitted_at=now())
    await _announce(cx, pull, review, "submitted")
    return Reply(200, _render(cx, pull, review))


@route("PUT", _PULL + "/reviews/{id}/dismissals")
async def dismiss(cx: Context) -> Reply:
    pull = _pull(cx)
    review = _review(cx, pull)
    if review["state"] not in ("APPROVED", "CHANGES_REQUESTED"):
        raise ApiError(422, "Validation Failed", ["Can not dismiss a commented pull request review"])
    review["state"] = "DISMISSED"
    await _announce(cx, pull, review, "dismissed")
    return Reply(200, _render(cx, pull, review))


@route("GET", _PULL + "/requested_reviewers")
async def requested(cx: Context) -> Reply:
    return Reply(200, {"users": [shapes.user(u, cx.api, cx.web) for u in _pull(cx).reviewers], "teams": []})


@route("POST", _PULL + "/requested_reviewers")
async def request(cx: Context) -> Reply:
    pull = _pull(cx)
    for login in cx.json().get("reviewers") or []:
        role = cx.identities.role(cx.full_name, login)
        if login == pull.author:
            raise ApiError(422, "Review cannot be requested from pull request author.")
        if LEVELS.index(role) < LEVELS.index("read") or login not in cx.world.config.logins():
            raise ApiError(422, "Reviews may only be requested from collaborators.")
        if login not in pull.reviewers:
            pull.reviewers.append(login)
            await announce(cx, pull, "review_requested", requested_reviewer=shapes.user(login, cx.api, cx.web))
    return Reply(201, await one(cx, pull.number))


@route("DELETE", _PULL + "/requested_reviewers")
async def unrequest(cx: Context) -> Reply:
    pull = _pull(cx)
    pull.reviewers = [login for login in pull.reviewers if login not in (cx.json().get("reviewers") or [])]
    return Reply(200, await one(cx, pull.number))


# -- comments on lines ---------------------------------------------------------------------


def _new_comment(cx: Context, pull: Pull, body: dict, review: int) -> dict:
    for key in ("body", "path"):
        if not isinstance(body.get(key), str):
            raise invalid("PullRequestReviewComment", key, "missing_field")
    against = comparison(cx, pull)
    touched = changes(cx.git, against.merge_base, pull.head_sha) if against else []
    held = next((c for c in touched if c.path == body["path"]), None)
    if held is None:
        raise invalid("PullRequestReviewComment", "pull_request_review_thread.path")
    return {
        "id": next(cx.world.ids), "login": cx.who.login, "body": body["body"], "path": body["path"], "review": review,
        "line": body.get("line"), "side": body.get("side", "RIGHT"),
        "commit_id": body.get("commit_id") or pull.head_sha,
        "hunk": held.patch or "", "reply_to": body.get("in_reply_to"), "created_at": now(), "updated_at": now(),
    }  # fmt: skip


def _render_comment(cx: Context, pull: Pull, note: dict) -> dict:
    url, parent = f"{cx.repo_url}/pulls/comments/{note['id']}", f"{cx.repo_url}/pulls/{pull.number}"
    html = f"{cx.web}/{cx.full_name}/pull/{pull.number}#discussion_r{note['id']}"
    links = {"self": {"href": url}, "html": {"href": html}, "pull_request": {"href": parent}}
    records = cx.repo.reactions.get(("review_comment", note["id"]), [])
    out: dict[str, Any] = {
        "url": url, "id": note["id"], "node_id": f"PRRC_{note['id']}", "pull_request_review_id": note["review"],
        "diff_hunk": note["hunk"], "path": note["path"], "commit_id": note["commit_id"],
        "original_commit_id": note["commit_id"],
        "user": shapes.user(note["login"], cx.api, cx.web), "body": note["body"], "created_at": note["created_at"],
        "updated_at": note["updated_at"], "html_url": html, "pull_request_url": parent, "_links": links,
        "author_association": cx.identities.association(cx.full_name, note["login"]), "subject_type": "line",
        "line": note["line"], "original_line": note["line"], "side": note["side"], "start_line": None,
        "original_start_line": None, "start_side": None,
        "reactions": shapes.reactions_summary(records, url + "/reactions"),
    }  # fmt: skip
    return out if note["reply_to"] is None else {**out, "in_reply_to_id": note["reply_to"]}


def _comment(cx: Context) -> tuple[Pull, dict]:
    for pull in cx.repo.pulls.values():
        if cx.number("id") in pull.review_comments:
            return pull, pull.review_comments[cx.number("id")]
    raise not_found()


@route("GET", _PULL + "/comments")
async def comments(cx: Context) -> Reply:
    pull = _pull(cx)
    return cx.page([_render_comment(cx, pull, note) for note in pull.review_comments.values()])


@route("GET", _PULL + "/reviews/{id}/comments")
async def review_comments(cx: Context) -> Reply:
    pull = _pull(cx)
    review = _review(cx, pull)
    return cx.page([_render_comment(cx, pull, n) for n in pull.review_comments.values() if n["review"] == review["id"]])


@route("POST", _PULL + "/comments")
async def create_comment(cx: Context) -> Reply:
    pull = _pull(cx)
    review = _new_review(cx, pull, "", None)  # GitHub wraps a lone comment into a review of its own
    note = _new_comment(cx, pull, cx.json(), review["id"])
    review["state"] = "COMMENTED"
    pull.reviews[review["id"]] = review
    pull.review_comments[note["id"]] = note
    shown = {"comment": _render_comment(cx, pull, note), "pull_request": await one(cx, pull.number, quiet=True)}
    await cx.events.emit(cx, "pull_request_review_comment", "created", shown)
    return Reply(201, shown["comment"])


@route("GET", REPO + "/pulls/comments/{id}")
async def get_comment(cx: Context) -> Reply:
    return Reply(200, _render_comment(cx, *_comment(cx)))


@route("PATCH", REPO + "/pulls/comments/{id}")
async def update_comment(cx: Context) -> Reply:
    pull, note = _comment(cx)
    note.update(body=cx.json().get("body", note["body"]), updated_at=now())
    return Reply(200, _render_comment(cx, pull, note))


@route("DELETE", REPO + "/pulls/comments/{id}")
async def delete_comment(cx: Context) -> Reply:
    pull, note = _comment(cx)
    del pull.review_comments[note["id"]]
    return Reply(204)
