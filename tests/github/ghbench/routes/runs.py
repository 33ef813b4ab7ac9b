"""Workflows, dispatches, runs and jobs.

The workflows are the files under .github/workflows, and a dispatch is checked against the file's own inputs.
"""

from __future__ import annotations

from typing import Any

from .. import running, workflows
from ..context import Context
from ..replies import ApiError, Reply, not_found, now
from . import REPO, route

_ACTIONS = REPO + "/actions"
_MOST_INPUTS = 25


def _workflow(cx: Context) -> dict:
    wanted = cx.params["id"]
    for record in workflows.known(cx):
        if wanted in (str(record["id"]), record["path"], record["path"].rsplit("/", 1)[1]):
            return record
    raise not_found()


@route("GET", _ACTIONS + "/workflows")
async def listing(cx: Context) -> Reply:
    return cx.page([workflows.render(cx, w) for w in workflows.known(cx)], "workflows")


@route("GET", _ACTIONS + "/workflows/{id}")
async def workflow(cx: Context) -> Reply:
    return Reply(200, workflows.render(cx, _workflow(cx)))


@route("PUT", _ACTIONS + "/workflows/{id}/{verb}")
async def toggle(cx: Context) -> Reply:
    if cx.params["verb"] not in ("enable", "disable"):
        raise not_found()
    _workflow(cx)["state"] = "active" if cx.params["verb"] == "enable" else "disabled_manually"
    return Reply(204)


def _dispatched(cx: Context, found: dict, ref: str) -> tuple[str, str, dict]:
    """(branch or tag, commit, workflow file) of a dispatch; 422 where it cannot start."""
    name = ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
    sha = cx.sha_of(name)
    if sha is None:
        raise ApiError(422, f"No ref found for: {ref}")
    if found["state"] != "active":
        raise ApiError(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow")
    parsed = workflows.files(cx, name).get(found["path"], {})
    if "workflow_dispatch" not in workflows.triggers(parsed):
        raise ApiError(422, "Workflow does not have 'workflow_dispatch' trigger")
    return name, sha, parsed


@route("POST", _ACTIONS + "/workflows/{id}/dispatches")
async def dispatch(cx: Context) -> Reply:
    found, body = _workflow(cx), cx.json()
    ref = body.get("ref")
    if not isinstance(ref, str):
        raise ApiError(422, 'Invalid request.\n\n"ref" wasn\'t supplied.')
    name, sha, parsed = _dispatched(cx, found, ref)
    given = body.get("inputs") or {}
    if len(given) > _MOST_INPUTS:
        raise ApiError(422, f"you may only define up to {_MOST_INPUTS} `inputs` for a `workflow_dispatch` event")
    declared = (workflows.triggers(parsed)["workflow_dispatch"] or {}).get("inputs") or {}
    inputs = workflows.check_inputs(declared, given)
    live = {"ref": f"refs/heads/{name}", "inputs": inputs or None, "workflow": found["path"]}
    await cx.events.emit(cx, "workflow_dispatch", None, live)
    run = await running.start(cx, _start(cx, found, parsed, "workflow_dispatch", (name, sha), inputs))
    if not body.get("return_run_details"):
        return Reply(204)
    web = f"{cx.web}/{cx.full_name}/actions/runs/{run['id']}"
    return Reply(
        200, {"workflow_run_id": run["id"], "run_url": f"{cx.repo_url}/actions/runs/{run['id']}", "html_url": web}
    )


def _start(
    cx: Context, found: dict, parsed: dict, event: str, where: tuple[str, str], inputs: dict[str, str]
) -> running.Start:
    jobs: dict[str, Any] = parsed.get("jobs") or {}
    return running.Start(
        workflow=found, event=event, branch=where[0], sha=where[1], head_repo=cx.full_name,
        actor=cx.who.login or "ghost", jobs=jobs, inputs=inputs,
    )  # fmt: skip


async def start_dispatched(cx: Context, kind: str) -> None:
    """The runs a repository_dispatch starts on the default branch."""
    branch = cx.repo.default_branch
    sha, parsed = cx.git.branch(branch), workflows.files(cx)
    for found in workflows.known(cx):
        triggers = workflows.triggers(parsed.get(found["path"], {}))
        if sha is None or "repository_dispatch" not in triggers or found["state"] != "active":
            continue
        types = (triggers["repository_dispatch"] or {}).get("types")
        if not types or kind in ([types] if isinstance(types, str) else types):
            await running.start(cx, _start(cx, found, parsed[found["path"]], "repository_dispatch", (branch, sha), {}))


def _filtered(cx: Context, runs: list[dict]) -> list[dict]:
    for query, key in (("branch", "head_branch"), ("event", "event"), ("head_sha", "head_sha"), ("actor", "actor")):
        if query in cx.query:
            runs = [r for r in runs if r[key] == cx.query[query]]
    if "status" in cx.query:
        runs = [r for r in runs if cx.query["status"] in (r["status"], r["conclusion"])]
    return sorted(runs, key=lambda r: -r["id"])


@route("GET", _ACTIONS + "/runs")
async def runs(cx: Context) -> Reply:
    return cx.page([await running.render(cx, r) for r in _filtered(cx, list(cx.repo.runs.values()))], "workflow_runs")


@route("GET", _ACTIONS + "/workflows/{id}/runs")
async def workflow_runs(cx: Context) -> Reply:
    found = _workflow(cx)
    mine = [r for r in cx.repo.runs.values() if r["workflow"] == found["id"]]
    return cx.page([await running.render(cx, r) for r in _filtered(cx, mine)], "workflow_runs")


def run_of(cx: Context) -> dict:
    """The run a call names; 404 when there is none."""
    run = cx.repo.runs.get(cx.number("id"))
    if run is None:
        raise not_found()
    return run


@route("GET", _ACTIONS + "/runs/{id}")
async def run_(cx: Context) -> Reply:
    return Reply(200, await running.render(cx, run_of(cx)))


@route("GET", _ACTIONS + "/runs/{id}/jobs")
async def jobs(cx: Context) -> Reply:
    run = run_of(cx)
    return cx.page([running.render_job(cx, j) for j in cx.repo.jobs.values() if j["run"] == run["id"]], "jobs")


@route("GET", _ACTIONS + "/jobs/{id}")
async def job(cx: Context) -> Reply:
    found = cx.repo.jobs.get(cx.number("id"))
    if found is None:
        raise not_found()
    return Reply(200, running.render_job(cx, found))


@route("POST", _ACTIONS + "/runs/{id}/cancel")
async def cancel(cx: Context) -> Reply:
    run = run_of(cx)
    if run["status"] == "completed":
        raise ApiError(409, "Cannot cancel a workflow run that is completed.")
    await running.advance(cx, run, "completed", "cancelled")
    return Reply(202, {})


@route("POST", _ACTIONS + "/runs/{id}/{verb}")
async def rerun(cx: Context) -> Reply:
    if cx.params["verb"] not in ("rerun", "rerun-failed-jobs"):
        raise not_found()
    run = run_of(cx)
    run.update(attempt=run["attempt"] + 1, status="queued", conclusion=None, updated_at=now())
    await running.announce(cx, run, "requested")
    return Reply(201, {})
