"""Files and folders through the contents API, and raw files on the site."""

from __future__ import annotations

import base64
import binascii
import mimetypes
from urllib.parse import quote

from .. import gitshapes, pushes
from ..context import Context
from ..git.objects import Entry
from ..git.plumbing import EMPTY_TREE, GitError
from ..replies import ApiError, Reply, not_found
from . import REPO, route
from .objects import person, wrapped
from .refs import guard

_INLINE_BYTES = 2**20
_MOST_BYTES = 100 * 2**20
_MOST_ENTRIES = 1000
_CONTENTS = REPO + "/contents"


def _ref(cx: Context) -> tuple[str, str]:
    """(the ref asked for, its commit)."""
    ref = cx.query.get("ref") or cx.repo.default_branch
    sha = cx.sha_of(ref)
    if sha is None:
        raise ApiError(404, f"No commit found for the ref {ref}" if "ref" in cx.query else "This repository is empty.")
    return ref, sha


def _about(cx: Context, entry: Entry, ref: str) -> dict:
    """What listings and single answers have in common."""
    path, kind = quote(entry.path), {"tree": "dir", "commit": "submodule"}.get(entry.kind, "file")
    if entry.mode == "120000":
        kind = "symlink"
    url = f"{cx.repo_url}/contents/{path}?ref={quote(ref)}"
    web = f"{cx.web}/{cx.full_name}/{'tree' if kind == 'dir' else 'blob'}/{quote(ref)}/{path}"
    git = f"{cx.repo_url}/git/{'trees' if kind == 'dir' else 'blobs'}/{entry.sha}" if kind != "submodule" else None
    download = f"{cx.web}/{cx.full_name}/raw/{quote(ref)}/{path}" if kind in ("file", "symlink") else None
    if download and cx.repo.private:
        download += f"?token={cx.identities.ticket(cx.full_name, entry.path)}"
    return {
        "type": kind, "size": entry.size or 0, "name": entry.path.rsplit("/", 1)[-1], "path": entry.path,
        "sha": entry.sha,
        "url": url, "git_url": git, "html_url": web, "download_url": download,
        "_links": {"self": url, "git": git, "html": web},
    }  # fmt: skip


def _file(cx: Context, entry: Entry, ref: str) -> Reply:
    size = entry.size or 0
    if size > _MOST_BYTES:
        raise ApiError(403, "This API returns blobs up to 100 MB in size.")
    data = cx.git.blob(entry.sha) or b""
    if cx.wants("raw"):
        return Reply(200, data, content_type="application/vnd.github.raw; charset=utf-8")
    out = _about(cx, entry, ref)
    if entry.mode == "120000":
        return Reply(200, {**out, "target": data.decode(errors="replace")})
    inline = size <= _INLINE_BYTES
    return Reply(200, {**out, "content": wrapped(data) if inline else "", "encoding": "base64" if inline else "none"})


def _answer(cx: Context, entry: Entry | None, sha: str, ref: str) -> Reply:
    """A file, a folder's listing (``entry`` None: the root), or a submodule."""
    if entry is None or entry.kind == "tree":
        prefix = f"{entry.path}/" if entry else ""
        below = cx.git.entries(entry.sha if entry else sha)
        rows = [
            _about(cx, Entry(mode=e.mode, kind=e.kind, sha=e.sha, size=e.size, path=prefix + e.path), ref)
            for e in below[:_MOST_ENTRIES]
        ]
        if cx.wants("object"):
            shown = entry or Entry(mode="040000", kind="tree", sha=cx.git.need(sha).tree, size=None, path="")
            return Reply(200, {**_about(cx, shown, ref), "entries": rows})
        return Reply(200, rows)
    if entry.kind == "commit":
        return Reply(200, {**_about(cx, entry, ref), "submodule_git_url": None})
    return _file(cx, entry, ref)


@route("GET", _CONTENTS)
async def root(cx: Context) -> Reply:
    ref, sha = _ref(cx)
    return _answer(cx, None, sha, ref)


@route("GET", _CONTENTS + "/{path+}")
async def get(cx: Context) -> Reply:
    path = cx.params["path"].strip("/").strip()
    ref, sha = _ref(cx)
    entry = cx.git.lookup(sha, path) if path else None
    if path and entry is None:
        raise not_found()
    return _answer(cx, entry, sha, ref)


@route("GET", REPO + "/readme")
async def readme(cx: Context) -> Reply:
    ref, sha = _ref(cx)
    found = next((e for e in cx.git.entries(sha) if e.path.lower().startswith("readme") and e.kind == "blob"), None)
    if found is None:
        raise not_found()
    return _file(cx, found, ref)


def _branch(cx: Context, body: dict) -> tuple[str, str | None]:
    """(branch, its tip) a write goes to; the first write to an empty repository makes its default branch."""
    branch = body.get("branch") or cx.repo.default_branch
    tip = cx.git.branch(branch)
    if tip is None and (cx.git.branches() or branch != cx.repo.default_branch):
        raise ApiError(404, f"Branch {branch} not found")
    return branch, tip


async def _commit(cx: Context, change: tuple[str, str, str | None], branch: str, tip: str | None) -> dict:
    body = cx.json()
    if change[1].startswith(".github/workflows/") and not cx.who.changes_workflows:
        text = (
            f"refusing to allow a GitHub App to create or update workflow `{change[1]}` without `workflows` permission"
        )
        raise ApiError(403, text)
    try:
        tree = cx.git.write_tree(tip, [change])
    except GitError as error:
        raise ApiError(422, f"path contains a malformed path component: {error.text}") from error
    author = person(cx, body.get("author"), gitshapes.person_for(cx))
    committer = person(cx, body.get("committer"), author if body.get("author") else gitshapes.web_flow())
    guard(cx, branch, "", 409)
    sha = cx.git.write_commit(tree, [tip] if tip else [], body["message"], author, committer)
    await pushes.move(cx, f"refs/heads/{branch}", sha)
    return gitshapes.git_commit(cx, cx.git.need(sha))


def _held(cx: Context, tip: str | None, path: str) -> Entry | None:
    return cx.git.lookup(tip or EMPTY_TREE, path)


def _checked(body: dict, *keys: str) -> None:
    for key in keys:
        if not isinstance(body.get(key), str):
            raise ApiError(422, f'Invalid request.\n\n"{key}" wasn\'t supplied.')


@route("PUT", _CONTENTS + "/{path+}")
async def put(cx: Context) -> Reply:
    path, body = cx.params["path"].strip("/"), cx.json()
    _checked(body, "message", "content")
    branch, tip = _branch(cx, body)
    held = _held(cx, tip, path)
    if held and held.kind == "blob" and not body.get("sha"):
        raise ApiError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if body.get("sha") and (held is None or held.sha != body["sha"]):
        raise ApiError(409, f"{path} does not match {body['sha']}")
    try:
        data = base64.b64decode(body["content"])
    except binascii.Error as error:
        raise ApiError(422, "content is not valid Base64") from error
    mode = held.mode if held and held.kind == "blob" else "100644"
    commit = await _commit(cx, (mode, path, cx.git.write_blob(data)), branch, tip)
    entry = cx.git.lookup(commit["sha"], path)
    assert entry is not None
    return Reply(200 if held else 201, {"content": _about(cx, entry, branch), "commit": commit})


@route("DELETE", _CONTENTS + "/{path+}")
async def delete(cx: Context) -> Reply:
    path, body = cx.params["path"].strip("/"), {**cx.query, **cx.json()}
    _checked(body, "message", "sha")
    branch, tip = _branch(cx, body)
    held = _held(cx, tip, path)
    if held is None or held.kind != "blob":
        raise not_found()
    if held.sha != body["sha"]:
        raise ApiError(409, f"{path} does not match {body['sha']}")
    return Reply(200, {"content": None, "commit": await _commit(cx, (held.mode, path, None), branch, tip)})


@route("GET", "/{owner}/{repo}/raw/{rest+}")
async def raw(cx: Context) -> Reply:
    """A file on the site; a branch's name may hold slashes, so the longest that exists is taken."""
    parts = cx.params["rest"].split("/")
    for size in range(len(parts) - 1, 0, -1):
        sha = cx.sha_of("/".join(parts[:size]))
        entry = cx.git.lookup(sha, "/".join(parts[size:])) if sha else None
        if entry and entry.kind == "blob":
            kind = mimetypes.guess_type(entry.path)[0] or "text/plain"
            safe = kind if kind.startswith("image/") else "text/plain; charset=utf-8"
            return Reply(200, cx.git.blob(entry.sha) or b"", content_type=safe)
    raise not_found()
