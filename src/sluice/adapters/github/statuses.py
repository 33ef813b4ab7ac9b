"""Commit statuses: what stands in for check runs where the token is a person's, who may not make any."""

from __future__ import annotations

from sluice.adapters.github import cutting
from sluice.adapters.github.calls import Calls
from sluice.adapters.github.fields import Row, optional_text, row, text
from sluice.adapters.github.refusals import Call
from sluice.domain.report import CheckRun

# A status knows neither neutral nor action_required: a gate that is not enforced must not block, an unclear one must.
_STATES = {"success": "success", "neutral": "success", "failure": "failure", "action_required": "failure"}
_MOST_PAGES = 10
_COMPARED = ("state", "description", "target_url")


def set_statuses(calls: Calls, checks: tuple[CheckRun, ...], details_url: str) -> None:
    """Post the statuses that do not stand yet, in the order given: one read, and one write each."""
    standing: dict[str, Row] | None = None
    for check in checks:
        if standing is None:
            standing = _standing(calls, check.head_sha)
        _post(calls, check, _body(check, details_url), standing)


def _body(check: CheckRun, details_url: str) -> dict[str, object]:
    title = f"Not enforced yet: {check.title}" if check.conclusion == "neutral" else check.title
    body: dict[str, object] = {
        "state": _STATES[check.conclusion],
        "context": check.name,
        "description": cutting.short(title, cutting.STATUS_CHARACTERS),
    }
    return {**body, "target_url": details_url} if details_url else body


def _post(calls: Calls, check: CheckRun, body: dict[str, object], standing: dict[str, Row]) -> None:
    call = Call(doing=f"setting the status {check.name}", needs="statuses: write")
    if _stands(body, standing):
        return

    def post(again: bool) -> None:
        if again and _stands(body, _standing(calls, check.head_sha)):
            return
        text(row(calls.once("POST", f"{calls.root}/statuses/{check.head_sha}", body=body)), "state")

    calls.attempt(call, post)


def _standing(calls: Calls, head_sha: str) -> dict[str, Row]:
    """The newest status of every name."""
    call = Call(doing=f"listing the statuses of {head_sha[:12]}", needs="statuses: read", new=True)
    path = f"{calls.root}/commits/{head_sha}/status"
    listed = [item for page in calls.pages(call, path, key="statuses", most=_MOST_PAGES) for item in page]
    return {text(item, "context"): item for item in listed}


def _stands(body: dict[str, object], standing: dict[str, Row]) -> bool:
    found = standing.get(str(body["context"]))
    return found is not None and all(optional_text(found, key) == body.get(key, "") for key in _COMPARED)
