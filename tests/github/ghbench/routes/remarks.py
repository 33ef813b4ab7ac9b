"""Comments on commits."""

from __future__ import annotations

from .. import shapes
from ..context import Context
from ..replies import ApiError, Reply, not_found, now
from . import REPO, route


def _render(cx: Context, note: dict) -> dict:
    url = f"{cx.repo_url}/comments/{note['id']}"
    records = cx.repo.reactions.get(("commit_comment", note["id"]), [])
    keep = ("id", "body", "path", "position", "line", "commit_id", "created_at", "updated_at")
    return {
        **{key: note[key] for key in keep}, "node_id": f"CC_{note['id']}", "url": url,
        "html_url": f"{cx.web}/{cx.full_name}/commit/{note['commit_id']}#commitcomment-{note['id']}",
        "user": shapes.user(note["login"], cx.api, cx.web),
        "author_association": cx.identities.association(cx.full_name, note["login"]),
        "reactions": shapes.reactions_summary(records, url + "/reactions"),
    }  # fmt: skip


def _commit(cx: Context) -> str:
    sha = cx.sha_of(cx.params["sha"])
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {cx.params['sha']}")
    return sha


def _found(cx: Context) -> dict:
    note = cx.repo.commit_comments.get(cx.number("id"))
    if note is None:
        raise not_found()
    return note


@route("GET", REPO + "/commits/{sha+}/comments")
async def of_commit(cx: Context) -> Reply:
    sha = _commit(cx)
    return cx.page([_render(cx, n) for n in cx.repo.commit_comments.values() if n["commit_id"] == sha])


@route("POST", REPO + "/commits/{sha+}/comments")
async def create(cx: Context) -> Reply:
    sha, body = _commit(cx), cx.json()
    if not isinstance(body.get("body"), str) or not body["body"].strip():
        raise ApiError(422, "Validation Failed")
    note = {
        "id": next(cx.world.ids), "login": cx.who.login, "body": body["body"], "commit_id": sha,
        "path": body.get("path"),
        "position": body.get("position"), "line": body.get("line"), "created_at": now(), "updated_at": now(),
    }  # fmt: skip
    cx.repo.commit_comments[note["id"]] = note
    shown = _render(cx, note)
    await cx.events.emit(cx, "commit_comment", "created", {"comment": shown})
    return Reply(201, shown)


@route("GET", REPO + "/comments")
async def listing(cx: Context) -> Reply:
    return cx.page([_render(cx, note) for note in cx.repo.commit_comments.values()])


@route("GET", REPO + "/comments/{id}")
async def get(cx: Context) -> Reply:
    return Reply(200, _render(cx, _found(cx)))


@route("PATCH", REPO + "/comments/{id}")
async def update(cx: Context) -> Reply:
    note = _found(cx)
    note.update(body=cx.json().get("body", note["body"]), updated_at=now())
    return Reply(200, _render(cx, note))


@route("DELETE", REPO + "/comments/{id}")
async def delete(cx: Context) -> Reply:
    del cx.repo.commit_comments[_found(cx)["id"]]
    return Reply(204)
