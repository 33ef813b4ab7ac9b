"""Branches, forks, archives, and repositories made or changed during a test."""

from __future__ import annotations

from typing import Any

from .. import admission, gitshapes, pushes
from ..context import Context
from ..git import history
from ..git.store import seed
from ..judgement import required, rules_for
from ..replies import ApiError, Reply, not_found
from . import REPO, route


def _brief(cx: Context, name: str, tip: str) -> dict[str, Any]:
    rule = cx.repo.protection.get(name)
    checks, _ = required(cx, name)
    classic = [c for c in checks if not c.ruled]
    level = ("everyone" if rule["admins"] else "non_admins") if rule and rule["checks"] else "off"
    return {
        "name": name, "commit": {"sha": tip, "url": f"{cx.repo_url}/commits/{tip}"},
        "protected": bool(rule or rules_for(cx, name)),
        "protection": {"enabled": bool(rule), "required_status_checks": {
            "enforcement_level": level, "contexts": [c.context for c in classic],
            "checks": [{"context": c.context, "app_id": c.app_id} for c in classic]}},
        "protection_url": f"{cx.repo_url}/branches/{name}/protection",
    }  # fmt: skip


@route("GET", REPO + "/branches")
async def listing(cx: Context) -> Reply:
    rows = [_brief(cx, name, tip) for name, tip in cx.git.branches().items()]
    wanted = cx.query.get("protected")
    return cx.page([r for r in rows if wanted is None or r["protected"] == (wanted == "true")])


@route("GET", REPO + "/branches/{branch+}")
async def get(cx: Context) -> Reply:
    name = cx.params["branch"]
    tip = cx.git.branch(name)
    if tip is None:
        raise ApiError(404, "Branch not found")
    links = {"self": f"{cx.repo_url}/branches/{name}", "html": f"{cx.web}/{cx.full_name}/tree/{name}"}
    return Reply(200, {**_brief(cx, name, tip), "commit": gitshapes.commit(cx, cx.git.need(tip)), "_links": links})


@route("POST", REPO + "/merge-upstream")
async def merge_upstream(cx: Context) -> Reply:
    """Bring a fork's branch up to its parent's, forward only."""
    branch = cx.json().get("branch")
    parent = ((await cx.repository()).get("parent") or {}).get("full_name", "")
    tip, upstream = cx.git.branch(str(branch)), None
    if cx.world.store.related(parent, cx.full_name):
        upstream = cx.world.git(parent).branch(str(branch))
    if tip is None or upstream is None:
        raise ApiError(422, "There is no such branch here and upstream")
    label = f"{parent.split('/')[0]}:{branch}"
    if history.is_ancestor(cx.git, upstream, tip):
        return Reply(
            200, {"message": "This branch is not behind the upstream.", "merge_type": "none", "base_branch": label}
        )
    if not history.is_ancestor(cx.git, tip, upstream):
        raise ApiError(409, "There are merge conflicts")
    await pushes.move(cx, f"refs/heads/{branch}", upstream)
    text = f"Successfully fetched and fast-forwarded from upstream {label}."
    return Reply(200, {"message": text, "merge_type": "fast-forward", "base_branch": label})


@route("POST", REPO + "/forks")
async def fork(cx: Context) -> Reply:
    """emulate makes the fork's record; its git shares the parent's objects."""
    reply = await cx.forward()
    if reply.status == 202:
        name, branch = reply.body["full_name"], cx.repo.default_branch
        cx.world.store.fork(cx.full_name, name, branch, only_default=bool(cx.json().get("default_branch_only")))
        await admission.admit(cx.world, cx.up, name)
    return reply


@route("POST", "/user/repos")
@route("POST", "/orgs/{org}/repos")
async def create_repository(cx: Context) -> Reply:
    reply = await cx.forward()
    if reply.status == 201:
        made = cx.world.store.create(reply.body["full_name"], reply.body["default_branch"])
        if cx.json().get("auto_init"):
            seed(made, reply.body["name"], reply.body["default_branch"])
        await admission.admit(cx.world, cx.up, reply.body["full_name"])
    return reply


@route("PATCH", REPO)
async def change_repository(cx: Context) -> Reply:
    body = cx.json()
    branch = body.get("default_branch")
    if branch is not None and cx.git.branch(branch) is None:
        message = f"The branch {branch} was not found. Please push that ref first or create it via the Git Data API."
        raise ApiError(
            422, "Validation Failed", [{"resource": "Repository", "field": "default_branch", "message": message}]
        )
    if body.get("name", cx.full_name.split("/")[1]) != cx.full_name.split("/")[1]:
        raise ApiError(422, "the bench renames no repository")
    reply = await cx.forward()
    if reply.status == 200:
        if branch is not None:
            cx.git.set_head(branch)
        cx.repo.default_branch, cx.repo.private = reply.body["default_branch"], reply.body["private"]
    return reply


@route("DELETE", REPO)
async def delete_repository(cx: Context) -> Reply:
    reply = await cx.forward()
    if reply.status == 204:
        cx.world.store.delete(cx.full_name)
        del cx.world.repos[cx.full_name.lower()]
    return reply


@route("POST", REPO + "/releases")
async def release(cx: Context) -> Reply:
    """emulate keeps releases; publishing one makes its tag in git when there is none."""
    body = cx.json()
    target = body.get("target_commitish") or cx.repo.default_branch
    tag, sha = f"refs/tags/{body.get('tag_name')}", cx.sha_of(str(target))
    if sha is None and tag not in cx.git.refs():
        raise ApiError(
            422, "Validation Failed", [{"resource": "Release", "code": "invalid", "field": "target_commitish"}]
        )
    reply = await cx.forward()
    if reply.status == 201 and not body.get("draft") and tag not in cx.git.refs() and sha:
        await pushes.move(cx, tag, sha)
    return reply


_FORMATS = {"zipball": ("zip", "application/zip"), "tarball": ("tar.gz", "application/x-gzip")}


@route("GET", REPO + "/zipball/{ref+}")
@route("GET", REPO + "/tarball/{ref+}")
async def archive(cx: Context) -> Reply:
    """302 to the archive, as GitHub answers."""
    ref = cx.params["ref"].removeprefix("refs/heads/").removeprefix("refs/tags/")
    sha = cx.sha_of(ref)
    if sha is None:
        raise not_found()
    ticket = f"?token={cx.identities.ticket(cx.full_name, sha)}" if cx.repo.private else ""
    kind = _FORMATS[cx.path.strip("/").split("/")[3]][0]
    return Reply(302, None, {"Location": f"{cx.web}/{cx.full_name}/legacy.{kind}/{sha}{ticket}"})


@route("GET", "/{owner}/{repo}/legacy.{kind}/{sha}")
async def packed(cx: Context) -> Reply:
    sha, kind = cx.params["sha"], cx.params["kind"]
    media = dict(_FORMATS.values()).get(kind)
    if media is None or cx.git.commit(sha) is None:
        raise not_found()
    prefix = f"{cx.full_name.replace('/', '-')}-{sha[:7]}"
    data = cx.git.git.run("archive", f"--format={kind}", f"--prefix={prefix}/", sha)
    return Reply(200, data, {"Content-Disposition": f"attachment; filename={prefix}.{kind}"}, content_type=media)
