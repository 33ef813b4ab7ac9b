"""Check runs and check suites as the REST API and the webhooks write them."""

from __future__ import annotations

from . import gitshapes, shapes
from .context import Context
from .replies import now
from .verdicts import latest_runs

_RANK = ("success", "neutral", "skipped", "cancelled", "timed_out", "action_required", "failure")


def brief_pulls(cx: Context, sha: str) -> list[dict]:
    """The open pull requests of this repository with this head, as checks and runs list them (no fork's)."""
    brief = {"id": cx.repo.id or 0, "url": cx.repo_url, "name": cx.full_name.split("/")[1]}
    return [
        {
            "id": pull.id, "number": pull.number, "url": f"{cx.repo_url}/pulls/{pull.number}",
            "head": {"ref": pull.head_ref, "sha": sha, "repo": brief},
            "base": {"ref": pull.base_ref, "sha": pull.base_sha, "repo": brief},
        }
        for pull in cx.repo.pulls.values()
        if pull.head_sha == sha and pull.state == "open" and pull.head_repo == cx.full_name
    ]  # fmt: skip


def suite_of(cx: Context, sha: str, app: dict) -> dict:
    """The suite of an app on a commit, made when there is none."""
    for suite in cx.repo.check_suites.values():
        if suite["head_sha"] == sha and suite["app"]["id"] == app["id"]:
            return suite
    branch = next(
        (p.head_ref for p in cx.repo.pulls.values() if p.head_sha == sha and p.head_repo == cx.full_name), None
    )
    branch = branch or next((name for name, tip in cx.git.branches().items() if tip == sha), None)
    suite = {
        "id": next(cx.world.ids), "head_sha": sha, "head_branch": branch, "app": app, "created_at": now(),
        "updated_at": now(),
    }  # fmt: skip
    cx.repo.check_suites[suite["id"]] = suite
    return suite


def _suite_state(cx: Context, suite: dict) -> tuple[str, str | None]:
    runs = [r for r in latest_runs(cx, suite["head_sha"], suite["app"]["id"]).values() if r["suite"] == suite["id"]]
    if not runs:
        return "queued", None
    if any(r["status"] != "completed" for r in runs):
        return ("in_progress" if any(r["status"] != "queued" for r in runs) else "queued"), None
    return "completed", max((r["conclusion"] for r in runs), key=lambda c: _RANK.index(c) if c in _RANK else 0)


def suite(cx: Context, record: dict, repository: dict) -> dict:
    """A check suite."""
    status, conclusion = _suite_state(cx, record)
    url = f"{cx.repo_url}/check-suites/{record['id']}"
    runs = [r for r in cx.repo.check_runs.values() if r["suite"] == record["id"]]
    return {
        "id": record["id"], "node_id": f"CS_{record['id']}", "head_branch": record["head_branch"],
        "head_sha": record["head_sha"], "status": status, "conclusion": conclusion, "url": url, "before": None,
        "after": record["head_sha"], "pull_requests": brief_pulls(cx, record["head_sha"]),
        "app": shapes.app(record["app"], cx.api, cx.web), "repository": repository,
        "created_at": record["created_at"], "updated_at": record["updated_at"],
        "head_commit": gitshapes.head_commit(cx, record["head_sha"]), "latest_check_runs_count": len(runs),
        "check_runs_url": url + "/check-runs", "rerequestable": True, "runs_rerequestable": True,
    }  # fmt: skip


def run(cx: Context, record: dict) -> dict:
    """A check run."""
    url, page = f"{cx.repo_url}/check-runs/{record['id']}", f"{cx.web}/{cx.full_name}/runs/{record['id']}"
    output = {key: record["output"].get(key) for key in ("title", "summary", "text")}
    output |= {"annotations_count": len(record["annotations"]), "annotations_url": url + "/annotations"}
    keep = ("id", "head_sha", "external_id", "status", "conclusion", "started_at", "completed_at", "name")
    return {
        **{key: record[key] for key in keep}, "node_id": f"CR_{record['id']}", "url": url, "html_url": page,
        "details_url": record["details_url"] or page, "output": output, "check_suite": {"id": record["suite"]},
        "app": shapes.app(record["app"], cx.api, cx.web), "pull_requests": brief_pulls(cx, record["head_sha"]),
    }  # fmt: skip


async def announce(cx: Context, record: dict, action: str, **extra: object) -> None:
    """Send a check_run event, and a check_suite one when the run was the suite's last."""
    shown = run(cx, record)
    shown["check_suite"] = suite(cx, cx.repo.check_suites[record["suite"]], await cx.repository())
    await cx.events.emit(cx, "check_run", action, {"check_run": shown, **extra})
    if action == "completed" and shown["check_suite"]["status"] == "completed":
        await cx.events.emit(cx, "check_suite", "completed", {"check_suite": shown["check_suite"]})
