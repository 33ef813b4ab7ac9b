"""Workflow runs and their jobs: nothing executes them, whoever plays the runner moves them along."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import gitshapes, shapes, workflows
from .checkshapes import brief_pulls
from .context import Context
from .replies import now

_ACTIONS = {"queued": "requested", "in_progress": "in_progress", "completed": "completed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What starts a run: the event, and the commit it is about."""

    workflow: dict
    event: str
    branch: str
    sha: str
    head_repo: str
    actor: str
    jobs: dict[str, Any] = field(default_factory=dict)  # name -> the job's part of the workflow file
    pulls: list[dict] = field(default_factory=list)
    inputs: dict[str, str] = field(default_factory=dict)


async def start(cx: Context, asked: Start) -> dict:
    """A queued run with its queued jobs, and the events that say so."""
    number = 1 + sum(r["workflow"] == asked.workflow["id"] for r in cx.repo.runs.values())
    run = {
        "id": next(cx.world.ids), "workflow": asked.workflow["id"], "name": asked.workflow["name"],
        "path": asked.workflow["path"], "event": asked.event, "head_branch": asked.branch, "head_sha": asked.sha,
        "head_repo": asked.head_repo, "pull_requests": asked.pulls, "status": "queued", "conclusion": None,
        "actor": asked.actor, "attempt": 1, "number": number, "inputs": asked.inputs, "created_at": now(),
        "updated_at": now(),
    }  # fmt: skip
    cx.repo.runs[run["id"]] = run
    jobs = [_job(cx, run, name, spec or {}) for name, spec in asked.jobs.items()]
    await announce(cx, run, "requested")
    for job in jobs:
        await cx.events.emit(cx, "workflow_job", "queued", {"workflow_job": render_job(cx, job)})
    return run


def _job(cx: Context, run: dict, name: str, spec: dict) -> dict:
    labels = spec.get("runs-on", "ubuntu-latest")
    job = {
        "id": next(cx.world.ids), "run": run["id"], "name": spec.get("name", name), "status": "queued",
        "conclusion": None,
        "labels": labels if isinstance(labels, list) else [str(labels)], "created_at": now(), "started_at": now(),
        "completed_at": None,
    }  # fmt: skip
    cx.repo.jobs[job["id"]] = job
    return job


def default_pulls(cx: Context, event: str, sha: str, head_repo: str) -> list[dict]:
    """The pull requests GitHub lists on a run: none for a fork's."""
    return brief_pulls(cx, sha) if head_repo == cx.full_name and event.startswith(("pull_request", "push")) else []


async def announce(cx: Context, run: dict, action: str) -> None:
    """Send a workflow_run event."""
    workflow = next(w for w in cx.repo.workflows.values() if w["id"] == run["workflow"])
    live = {"workflow_run": await render(cx, run), "workflow": workflows.render(cx, workflow)}
    await cx.events.emit(cx, "workflow_run", action, live)


async def advance(cx: Context, run: dict, status: str, conclusion: str | None) -> None:
    """Move a run and its jobs along."""
    if status not in _ACTIONS or (status == "completed") != (conclusion is not None):
        raise ValueError("status is queued, in_progress or completed, and only completed has a conclusion")
    run.update(status=status, conclusion=conclusion, updated_at=now())
    for job in cx.repo.jobs.values():
        if job["run"] == run["id"]:
            finished = now() if status == "completed" else None
            job.update(status=status, conclusion=conclusion, completed_at=finished)
    await announce(cx, run, _ACTIONS[status])


async def render(cx: Context, run: dict) -> dict:
    """A run as the REST API writes it."""
    url, web = f"{cx.repo_url}/actions/runs/{run['id']}", f"{cx.web}/{cx.full_name}/actions/runs/{run['id']}"
    actor = shapes.user(run["actor"] or "ghost", cx.api, cx.web)
    commit = gitshapes.head_commit(cx, run["head_sha"])
    return {
        "id": run["id"], "name": run["name"], "node_id": f"WFR_{run['id']}", "check_suite_id": run["id"],
        "check_suite_node_id": f"CS_{run['id']}", "head_branch": run["head_branch"], "head_sha": run["head_sha"],
        "path": run["path"], "run_number": run["number"], "run_attempt": run["attempt"], "event": run["event"],
        "status": run["status"], "conclusion": run["conclusion"], "workflow_id": run["workflow"], "url": url,
        "html_url": web,
        "pull_requests": run["pull_requests"], "created_at": run["created_at"], "updated_at": run["updated_at"],
        "run_started_at": run["created_at"], "actor": actor, "triggering_actor": actor, "jobs_url": url + "/jobs",
        "logs_url": url + "/logs", "check_suite_url": f"{cx.repo_url}/check-suites/{run['id']}",
        "artifacts_url": url + "/artifacts", "cancel_url": url + "/cancel", "rerun_url": url + "/rerun",
        "previous_attempt_url": None, "workflow_url": f"{cx.repo_url}/actions/workflows/{run['workflow']}",
        "display_title": commit["message"].split("\n")[0] or run["name"], "head_commit": commit,
        "repository": await cx.repository(), "head_repository": await cx.at(run["head_repo"]).repository(),
        "referenced_workflows": [],
    }  # fmt: skip


def render_job(cx: Context, job: dict) -> dict:
    """A job as the REST API writes it."""
    run = cx.repo.runs[job["run"]]
    url = f"{cx.repo_url}/actions/jobs/{job['id']}"
    return {
        "id": job["id"], "run_id": run["id"], "run_url": f"{cx.repo_url}/actions/runs/{run['id']}",
        "run_attempt": run["attempt"],
        "node_id": f"J_{job['id']}", "head_sha": run["head_sha"], "head_branch": run["head_branch"],
        "workflow_name": run["name"], "url": url,
        "html_url": f"{cx.web}/{cx.full_name}/actions/runs/{run['id']}/job/{job['id']}", "status": job["status"],
        "conclusion": job["conclusion"], "created_at": job["created_at"], "started_at": job["started_at"],
        "completed_at": job["completed_at"], "name": job["name"], "steps": [],
        "check_run_url": f"{cx.repo_url}/check-runs/{job['id']}", "labels": job["labels"], "runner_id": None,
        "runner_name": None, "runner_group_id": None, "runner_group_name": None,
    }  # fmt: skip
