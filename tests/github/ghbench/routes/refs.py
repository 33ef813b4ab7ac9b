"""References: branches, tags and pull request heads, as git keeps them."""

from __future__ import annotations

from .. import gitshapes, landing, pushes
from ..context import Context
from ..git import history
from ..git.objects import Ref
from ..git.plumbing import GitError
from ..judgement import frozen, push_refusals
from ..replies import ApiError, Reply, not_found
from . import REPO, route

_GIT = REPO + "/git"


def guard(cx: Context, branch: str, sha: str, status: int) -> None:
    """Refuse a direct push that protection would refuse."""
    reasons = push_refusals(cx, branch, sha)
    if reasons:
        raise ApiError(status, reasons[0])


def _found(cx: Context) -> Ref:
    ref = cx.git.refs().get("refs/" + cx.params["ref"])
    if ref is None:
        raise not_found()
    return ref


@route("GET", _GIT + "/ref/{ref+}")
async def get_ref(cx: Context) -> Reply:
    return Reply(200, gitshapes.ref(cx, _found(cx)))


@route("GET", _GIT + "/matching-refs/{ref+}")
async def matching(cx: Context) -> Reply:
    prefix = "refs/" + cx.params["ref"]
    return cx.page([gitshapes.ref(cx, r) for name, r in cx.git.refs().items() if name.startswith(prefix)])


@route("POST", _GIT + "/refs")
async def create_ref(cx: Context) -> Reply:
    body = cx.json()
    ref, sha = body.get("ref"), body.get("sha")
    if not isinstance(ref, str) or not isinstance(sha, str):
        raise ApiError(422, 'Invalid request.\n\n"ref" or "sha" wasn\'t supplied.')
    if not ref.startswith("refs/") or ref.count("/") < 2 or not cx.git.good_name(ref) or ref.startswith("refs/pull/"):
        raise ApiError(422, f"{ref} is not a valid ref name.")
    if cx.git.kind(sha) is None:
        raise ApiError(422, "Object does not exist")
    if ref in cx.git.refs():
        raise ApiError(422, "Reference already exists")
    try:
        await pushes.move(cx, ref, sha)
    except GitError as error:
        raise ApiError(422, f"Reference update failed: {error.text}") from error
    return Reply(201, gitshapes.ref(cx, cx.git.refs()[ref]))


@route("PATCH", _GIT + "/refs/{ref+}")
async def update_ref(cx: Context) -> Reply:
    name, body = "refs/" + cx.params["ref"], cx.json()
    held, sha = cx.git.refs().get(name), body.get("sha")
    if held is None or name.startswith("refs/pull/"):
        raise ApiError(422, "Reference does not exist")
    if not isinstance(sha, str) or cx.git.kind(sha) is None:
        raise ApiError(422, "Object does not exist")
    rewinds = not history.is_ancestor(cx.git, held.sha, sha)
    if rewinds and not body.get("force", False):
        raise ApiError(422, "Update is not a fast forward")
    if name.startswith("refs/heads/"):
        branch = name.removeprefix("refs/heads/")
        if rewinds and frozen(cx, branch, "allow_force_pushes", "non_fast_forward"):
            raise ApiError(422, "Cannot force-push to this branch")
        guard(cx, branch, sha, 422)
    await pushes.move(cx, name, sha)
    return Reply(200, gitshapes.ref(cx, cx.git.refs()[name]))


@route("DELETE", _GIT + "/refs/{ref+}")
async def delete_ref(cx: Context) -> Reply:
    name = "refs/" + cx.params["ref"]
    if name not in cx.git.refs() or name.startswith("refs/pull/"):
        raise ApiError(422, "Reference does not exist")
    branch = name.removeprefix("refs/heads/")
    if branch != name:
        if branch == cx.repo.default_branch:
            raise ApiError(422, "Cannot delete the default branch")
        if frozen(cx, branch, "allow_deletions", "deletion"):
            raise ApiError(422, "Cannot delete this branch")
    await landing.delete_branch(cx, name)
    return Reply(204)
