"""What the statuses and check runs of a commit say."""

from __future__ import annotations

from .context import Context

GOOD = ("success", "neutral", "skipped")


def latest_statuses(cx: Context, sha: str) -> dict[str, dict]:
    """Context -> its newest status on a commit."""
    return {record["context"]: record for record in cx.repo.statuses.get(sha, [])}


def latest_runs(cx: Context, sha: str, app_id: int | None = None) -> dict[str, dict]:
    """Check name -> its newest run on a commit, of one app when ``app_id`` is given (-1: of any)."""
    return {
        run["name"]: run
        for run in sorted(cx.repo.check_runs.values(), key=lambda r: r["id"])
        if run["head_sha"] == sha and app_id in (None, -1, run["app"]["id"])
    }


def result_of(cx: Context, sha: str, context: str, app_id: int | None) -> str:
    """expected | pending | failing | success: the newest word on one check of a commit."""
    words = []
    status = latest_statuses(cx, sha).get(context)
    if status is not None and app_id is None:
        words.append({"success": "success", "pending": "pending"}.get(status["state"], "failing"))
    run = latest_runs(cx, sha, app_id).get(context)
    if run is not None and run["status"] != "completed":
        words.append("pending")
    elif run is not None:
        words.append("success" if run["conclusion"] in GOOD else "failing")
    return next((word for word in ("failing", "pending", "success") if word in words), "expected")


def all_green(cx: Context, sha: str) -> bool:
    """Whether every status and check run of a commit, required or not, stands at success."""
    names = {*latest_statuses(cx, sha), *latest_runs(cx, sha)}
    return all(result_of(cx, sha, name, None) == "success" for name in names)
