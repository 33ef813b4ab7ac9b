"""The few GraphQL operations a review bot uses, known by name; queries are not checked against GitHub's schema."""

from __future__ import annotations

import re

from ..context import Context
from ..merge_queue import enqueue
from ..replies import ApiError, Reply
from . import route

_KNOWN = "viewer, minimizeComment, unminimizeComment, enqueuePullRequest"


def _argument(query: str, variables: dict, name: str) -> str | None:
    """``name`` from the variables (also inside an input object) or written inline."""
    for value in [variables, *[v for v in variables.values() if isinstance(v, dict)]]:
        if name in value:
            return value[name]
    found = re.search(rf'\b{name}\s*:\s*"([^"]+)"', query) or re.search(rf"\b{name}\s*:\s*([A-Z_]+)\b", query)
    return found.group(1) if found else None


def _minimize(cx: Context, node: str, reason: str | None) -> dict:
    for repo in cx.world.repos.values():
        repo.minimized.pop(node, None)
        if reason is not None:
            repo.minimized[node] = reason
    return {"isMinimized": reason is not None, "minimizedReason": reason.lower() if reason else None}


async def _enqueue(cx: Context, node: str) -> Reply:
    places = [(r.full_name, p.number) for r in cx.world.repos.values() for p in r.pulls.values() if p.node_id == node]
    if not places:
        error = {"type": "NOT_FOUND", "message": f"Could not resolve to a node with the global id of '{node}'"}
        return Reply(200, {"data": None, "errors": [error]})
    group = await enqueue(cx.at(places[0][0]), places[0][1])
    entry = {"id": group["id"], "state": "AWAITING_CHECKS", "position": 1}
    return Reply(200, {"data": {"enqueuePullRequest": {"mergeQueueEntry": entry}}})


@route("POST", "/graphql")
async def graphql(cx: Context) -> Reply:
    if cx.who.kind == "anonymous":
        raise ApiError(401, "This endpoint requires you to be authenticated.")
    body = cx.json()
    query, variables = body.get("query", ""), body.get("variables") or {}
    subject = _argument(query, variables, "subjectId") or ""
    if "unminimizeComment" in query:
        return Reply(200, {"data": {"unminimizeComment": {"unminimizedComment": _minimize(cx, subject, None)}}})
    if "minimizeComment" in query:
        reason = _argument(query, variables, "classifier") or "OUTDATED"
        return Reply(200, {"data": {"minimizeComment": {"minimizedComment": _minimize(cx, subject, reason)}}})
    if "enqueuePullRequest" in query:
        return await _enqueue(cx, _argument(query, variables, "pullRequestId") or "")
    if re.search(r"\bviewer\b", query):
        return Reply(200, {"data": {"viewer": {"login": cx.who.login}}})
    error = {"type": "BENCH_UNIMPLEMENTED", "message": f"the bench answers {_KNOWN} only"}
    return Reply(200, {"data": None, "errors": [error]})
