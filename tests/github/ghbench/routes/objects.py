"""git's objects through the API: blobs, trees, commits, annotated tags."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from .. import gitshapes
from ..context import Context
from ..git.objects import Person, stamp_of
from ..git.plumbing import GitError
from ..git.repository import MODES
from ..replies import ApiError, Reply, not_found
from . import REPO, route

_GIT = REPO + "/git"
_MOST_BYTES = 100 * 2**20
_MOST_ENTRIES = 100_000
_KINDS = {"040000": "tree", "160000": "commit"}


def wrapped(data: bytes) -> str:
    """base64 in lines of sixty characters, as the API writes it."""
    text = base64.b64encode(data).decode()
    return "".join(text[at : at + 60] + "\n" for at in range(0, len(text), 60))


@route("POST", _GIT + "/blobs")
async def create_blob(cx: Context) -> Reply:
    body = cx.json()
    content = body.get("content")
    if not isinstance(content, str):
        raise ApiError(422, 'Invalid request.\n\n"content" wasn\'t supplied.')
    try:
        data = base64.b64decode(content) if body.get("encoding") == "base64" else content.encode()
    except binascii.Error as error:
        raise ApiError(422, "content is not valid Base64") from error
    sha = cx.git.write_blob(data)
    return Reply(201, {"sha": sha, "url": f"{cx.repo_url}/git/blobs/{sha}"})


@route("GET", _GIT + "/blobs/{sha}")
async def get_blob(cx: Context) -> Reply:
    sha = cx.params["sha"]
    data = cx.git.blob(sha) if cx.git.kind(sha) == "blob" else None
    if data is None:
        raise not_found()
    if len(data) > _MOST_BYTES:
        raise ApiError(403, "This API returns blobs up to 100 MB in size.")
    if cx.wants("raw"):
        return Reply(200, data, content_type="application/vnd.github.raw; charset=utf-8")
    url = f"{cx.repo_url}/git/blobs/{sha}"
    about = {"sha": sha, "node_id": f"B_{sha}", "size": len(data), "url": url}
    return Reply(200, {**about, "content": wrapped(data), "encoding": "base64"})


def _tree(cx: Context, sha: str, recursive: bool) -> dict:
    rows = []
    for entry in cx.git.entries(sha, recursive=recursive):
        row: dict[str, Any] = {"path": entry.path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha}
        if entry.size is not None:
            row["size"] = entry.size
        if entry.kind != "commit":
            row["url"] = f"{cx.repo_url}/git/{entry.kind}s/{entry.sha}"
        rows.append(row)
    url = f"{cx.repo_url}/git/trees/{sha}"
    return {"sha": sha, "url": url, "tree": rows[:_MOST_ENTRIES], "truncated": len(rows) > _MOST_ENTRIES}


@route("GET", _GIT + "/trees/{sha+}")
async def get_tree(cx: Context) -> Reply:
    wanted = cx.params["sha"]
    if cx.git.kind(wanted) != "tree":
        commit = cx.git.resolve(wanted)
        if commit is None:
            raise not_found()
        wanted = cx.git.need(commit).tree
    return Reply(200, _tree(cx, wanted, cx.query.get("recursive") is not None))


def _change(cx: Context, entry: dict) -> tuple[str, str, str | None]:
    """(mode, path, sha) of one asked-for entry; 422 when it names nothing git has."""
    mode, path = entry.get("mode", "100644"), entry.get("path")
    if not isinstance(path, str) or mode not in MODES:
        raise ApiError(422, "tree.path or tree.mode is not valid")
    if "content" in entry and entry["content"] is not None:
        return mode, path, cx.git.write_blob(entry["content"].encode())
    sha = entry.get("sha")
    if sha is not None and mode != "160000" and cx.git.kind(sha) != _KINDS.get(mode, "blob"):
        raise ApiError(422, f"tree.sha {sha} is not a valid {_KINDS.get(mode, 'blob')}")
    return mode, path, sha


@route("POST", _GIT + "/trees")
async def create_tree(cx: Context) -> Reply:
    body = cx.json()
    entries = body.get("tree")
    if not isinstance(entries, list) or not entries:
        raise ApiError(422, "Invalid tree info")
    base = body.get("base_tree")
    if base is not None and cx.git.kind(base) not in ("tree", "commit"):
        raise ApiError(422, "base_tree is not a valid tree oid")
    changes = [_change(cx, entry) for entry in entries]
    for _, path, sha in changes:
        if sha is None and (base is None or cx.git.lookup(base, path) is None):
            raise ApiError(422, "GitRPC::BadObjectState")
    try:
        sha = cx.git.write_tree(base, changes)
    except GitError as error:
        raise ApiError(422, f"tree.path contains a malformed path component: {error.text}") from error
    return Reply(201, _tree(cx, sha, False))


def person(cx: Context, given: dict | None, otherwise: Person) -> Person:
    """An author or committer from a body; ``otherwise`` when it has none."""
    if not given:
        return otherwise
    if not given.get("name") or not given.get("email"):
        raise ApiError(422, 'Invalid request.\n\n"name" and "email" must be supplied.')
    try:
        return Person(name=given["name"], email=given["email"], stamp=stamp_of(given.get("date")))
    except ValueError as error:
        raise ApiError(422, "date is not a valid ISO 8601 timestamp") from error


@route("POST", _GIT + "/commits")
async def create_commit(cx: Context) -> Reply:
    body = cx.json()
    message, tree, parents = body.get("message"), body.get("tree"), body.get("parents") or []
    if not isinstance(message, str) or not isinstance(tree, str):
        raise ApiError(422, 'Invalid request.\n\n"message" and "tree" must be supplied.')
    if cx.git.kind(tree) != "tree":
        raise ApiError(422, "Tree SHA does not exist")
    if any(cx.git.commit(sha) is None for sha in parents):
        raise ApiError(422, "Parent SHA does not exist or is not a commit object")
    author = person(cx, body.get("author"), gitshapes.person_for(cx))
    sha = cx.git.write_commit(tree, parents, message, author, person(cx, body.get("committer"), author))
    return Reply(201, gitshapes.git_commit(cx, cx.git.need(sha)))


@route("GET", _GIT + "/commits/{sha}")
async def get_commit(cx: Context) -> Reply:
    found = cx.git.commit(cx.params["sha"])
    if found is None:
        raise not_found()
    return Reply(200, gitshapes.git_commit(cx, found))


def _render_tag(cx: Context, sha: str) -> dict:
    tag = cx.git.tag(sha)
    if tag is None:
        raise not_found()
    target = {"sha": tag.target, "type": tag.kind, "url": f"{cx.repo_url}/git/{tag.kind}s/{tag.target}"}
    return {
        "node_id": f"TA_{sha}", "sha": sha, "url": f"{cx.repo_url}/git/tags/{sha}", "tag": tag.name,
        "message": tag.message,
        "tagger": {"name": tag.tagger.name, "email": tag.tagger.email, "date": tag.tagger.date}, "object": target,
        "verification": dict(gitshapes.UNSIGNED),
    }  # fmt: skip


@route("POST", _GIT + "/tags")
async def create_tag(cx: Context) -> Reply:
    body = cx.json()
    missing = [key for key in ("tag", "message", "object", "type") if not isinstance(body.get(key), str)]
    if missing:
        raise ApiError(422, f'Invalid request.\n\n"{missing[0]}" wasn\'t supplied.')
    if cx.git.kind(body["object"]) != body["type"]:
        raise ApiError(422, "Object does not exist")
    tagger = person(cx, body.get("tagger"), gitshapes.person_for(cx))
    return Reply(
        201, _render_tag(cx, cx.git.write_tag(body["tag"], body["object"], body["type"], tagger, body["message"]))
    )


@route("GET", _GIT + "/tags/{sha}")
async def get_tag(cx: Context) -> Reply:
    return Reply(200, _render_tag(cx, cx.params["sha"]))


@route("GET", REPO + "/tags")
async def tags(cx: Context) -> Reply:
    rows = []
    for name, ref in reversed(cx.git.refs().items()):
        if name.startswith("refs/tags/") and ref.commit:
            short = name.removeprefix("refs/tags/")
            rows.append({
                "name": short, "node_id": f"REF_{name}", "zipball_url": f"{cx.repo_url}/zipball/{name}",
                "tarball_url": f"{cx.repo_url}/tarball/{name}",
                "commit": {"sha": ref.commit, "url": f"{cx.repo_url}/commits/{ref.commit}"},
            })  # fmt: skip
    return cx.page(rows)
