"""The parts a test plays that have no REST call: a developer's push, the runner service, a press of a button."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any

from . import checkshapes, gitshapes, merge_queue, pushes, running, workflows
from .context import Context
from .routes import artifacts, runners

Play = Callable[[Context, list[str], dict[str, Any]], Awaitable[Any]]
_STEPS = ("queued", "in_progress", "completed")


def _change(cx: Context, path: str, value: Any) -> tuple[str, str, str | None]:
    """(mode, path, blob) of text, null (gone), {base64}, {symlink}, {submodule}, any of them with {mode}."""
    if value is None:
        return "100644", path, None
    if isinstance(value, str):
        return "100644", path, cx.git.write_blob(value.encode())
    if "submodule" in value:
        return "160000", path, value["submodule"]
    if "symlink" in value:
        return "120000", path, cx.git.write_blob(value["symlink"].encode())
    data = base64.b64decode(value["base64"]) if "base64" in value else value["text"].encode()
    return value.get("mode", "100644"), path, cx.git.write_blob(data)


async def push(cx: Context, rest: list[str], body: dict[str, Any]) -> Any:
    """Commit files to a branch (made from ``base`` when new): {repo, branch, base, files, message, login, force}.

    ``parent`` puts the commit on another commit than the branch's tip, which makes it a force push.
    """
    branch = body["branch"]
    before = cx.git.branch(branch)
    start = body.get("parent") or before or cx.git.resolve(body.get("base") or cx.repo.default_branch)
    if start is None:
        raise ValueError(f"no {body.get('base')} to start from")
    tree = cx.git.write_tree(start, [_change(cx, path, value) for path, value in body["files"].items()])
    person = gitshapes.person_for(cx)
    sha = cx.git.write_commit(tree, [start], body.get("message", "change"), person, person)
    await pushes.move(cx, f"refs/heads/{branch}", sha)
    return {"sha": sha, "before": before}


async def run(cx: Context, rest: list[str], body: dict[str, Any]) -> Any:
    """Start a run (POST runs), or move one along (POST runs/ID)."""
    if not rest:
        return await _start_run(cx, body)
    found = cx.repo.runs[int(rest[0])]
    await running.advance(cx, found, body["status"], body.get("conclusion"))
    return {key: found[key] for key in ("id", "status", "conclusion", "path", "head_sha")}


async def _start_run(cx: Context, body: dict[str, Any]) -> Any:
    """As the runner service would.

    {repo, workflow, event, head_sha, head_branch, head_repo, actor, pull_requests, jobs, name, status, conclusion};
    everything from head_repo on may be left out.
    """
    path, sha, head_repo = body["workflow"], body["head_sha"], body.get("head_repo") or cx.full_name
    cx.git.need(sha)
    parsed = workflows.files(cx, sha).get(path) or workflows.files(cx).get(path) or {}
    known = workflows.record(cx, path, body.get("name") or parsed.get("name") or path)
    pulls = running.default_pulls(cx, body["event"], sha, head_repo)
    if "pull_requests" in body:
        wanted = {int(n) for n in body["pull_requests"]}
        pulls = [p for p in checkshapes.brief_pulls(cx, sha) if p["number"] in wanted]
    asked = running.Start(
        workflow=known, event=body["event"], branch=body["head_branch"], sha=sha, head_repo=head_repo, pulls=pulls,
        actor=body.get("actor") or cx.who.login or "ghost", jobs=body.get("jobs", parsed.get("jobs") or {}),
    )  # fmt: skip
    made = await running.start(cx, asked)
    last = _STEPS.index(body.get("status", "queued"))
    for step in _STEPS[1 : last + 1]:
        await running.advance(cx, made, step, body.get("conclusion") if step == "completed" else None)
    return {"id": made["id"], "workflow_id": known["id"], "status": made["status"], "conclusion": made["conclusion"]}


async def artifact(cx: Context, rest: list[str], body: dict[str, Any]) -> Any:
    """Upload as a runner does: {repo, name, run, files: {path: base64}} or {…, zip: base64} for a zip as it is."""
    if "zip" in body:
        data = base64.b64decode(body["zip"])
    else:
        data = artifacts.zipped({path: base64.b64decode(text) for path, text in body["files"].items()})
    record = artifacts.store(cx, body["name"], int(body.get("run", 0)), data)
    return {"id": record["id"], "digest": record["digest"]}


async def runner(cx: Context, rest: list[str], body: dict[str, Any]) -> Any:
    """Register a runner, or change one: {repo | org, name, labels, status, busy, ephemeral}."""
    if "org" in body:
        cx.params["org"] = body["org"]
    found = next((r for r in runners.pool(cx).values() if r["name"] == body["name"]), None)
    found = found or runners.new_runner(
        cx, body["name"], body.get("labels", []), body.get("ephemeral", False), "online"
    )
    found.update({k: body[k] for k in ("status", "busy") if k in body})
    return found


async def requested_action(cx: Context, rest: list[str], body: dict[str, Any]) -> Any:
    """Press a check run's button: {repo, check_run, identifier, login}."""
    record = cx.repo.check_runs[int(body["check_run"])]
    offered = [a["identifier"] for a in record["actions"]]
    if body["identifier"] not in offered:
        raise ValueError(f"the run offers {offered}")
    await checkshapes.announce(cx, record, "requested_action", requested_action={"identifier": body["identifier"]})
    return {"sent": True}


async def queue(cx: Context, rest: list[str], body: dict[str, Any]) -> Any:
    """{repo, number, login} queues a pull request; with a group's id in the path the group is judged as it stands."""
    return await (merge_queue.settle(cx, rest[0]) if rest else merge_queue.enqueue(cx, int(body["number"])))
