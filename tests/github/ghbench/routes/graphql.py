"""The few GraphQL operations a review bot uses, known by name; queries are not checked against GitHub's schema."""

from __future__ import annotations

import re

from ..context import Context
from ..replies import ApiError, Reply
from . import route


def _argument(query: str, variables: dict, name: str) -> str | None:
    """``name`` from the variables (also inside an input object) or written inline."""
    for value in [variables, *[v for v in variables.values() if isinstance(v, dict)]]:
        if name in value:
            return value[name]
    found = re.search(rf'\b{name}\s*:\s*"([^"]+)"', query) or re.search(rf"\b{name}\s*:\s*([A-Z_]+)\b", query)
    return found.group(1) if found else None


def _pull(cx: Context, node: str) -> tuple[str, int] | None:
    for repo in cx.world.repos.values():
        for number, patch in repo.pulls.items():
            if patch.get("node_id") == node:
                return repo.full_name, number
    return None


@route("POST", "/graphql")
async def graphql(cx: Context) -> Reply:
    if cx.who.kind == "anonymous":
        raise ApiError(401, "This endpoint requires you to be authenticated.")
    body = cx.json()
    query, variables = body.get("query", ""), body.get("variables") or {}
    subject = _argument(query, variables, "subjectId")
    if "unminimizeComment" in query:
        for repo in cx.world.repos.values():
            repo.minimized.pop(subject, None)
        return Reply(200, {"data": {"unminimizeComment": {"unminimizedComment": {"isMinimized": False, "minimizedReason": None}}}})
    if "minimizeComment" in query:
        reason = _argument(query, variables, "classifier") or "OUTDATED"
        for repo in cx.world.repos.values():
            repo.minimized[subject] = reason
        return Reply(200, {"data": {"minimizeComment": {"minimizedComment": {"isMinimized": True, "minimizedReason": reason.lower()}}}})
    if "enqueuePullRequest" in query:
        from ..merge_queue import enqueue

        node = _argument(query, variables, "pullRequestId")
        place = _pull(cx, node or "")
        if place is None:
            return Reply(
                200,
                {"data": None, "errors": [{"type": "NOT_FOUND", "message": f"Could not resolve to a node with the global id of '{node}'"}]},
            )
        import dataclasses

        group = await enqueue(dataclasses.replace(cx, full_name=place[0]), place[1])
        return Reply(
            200, {"data": {"enqueuePullRequest": {"mergeQueueEntry": {"id": group["id"], "state": "AWAITING_CHECKS", "position": 1}}}}
        )
    if re.search(r"\bviewer\b", query):
        return Reply(200, {"data": {"viewer": {"login": cx.who.login}}})
    message = "ghbench answers viewer, minimizeComment, unminimizeComment and enqueuePullRequest only"
    return Reply(200, {"data": None, "errors": [{"type": "BENCH_UNIMPLEMENTED", "message": message}]})
