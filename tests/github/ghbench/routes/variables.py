"""Actions variables of a repository."""

from __future__ import annotations

from ..context import Context
from ..replies import ApiError, Reply, not_found, now
from . import REPO, route

_ACTIONS = REPO + "/actions"


@route("GET", _ACTIONS + "/variables")
async def variables(cx: Context) -> Reply:
    return cx.page(list(cx.repo.variables.values()), "variables")


@route("GET", _ACTIONS + "/variables/{name}")
async def variable(cx: Context) -> Reply:
    if cx.params["name"] not in cx.repo.variables:
        raise not_found()
    return Reply(200, cx.repo.variables[cx.params["name"]])


@route("POST", _ACTIONS + "/variables")
async def create_variable(cx: Context) -> Reply:
    body = cx.json()
    if body["name"] in cx.repo.variables:
        raise ApiError(409, "Already exists - Variable already exists")
    cx.repo.variables[body["name"]] = {
        "name": body["name"],
        "value": body["value"],
        "created_at": now(),
        "updated_at": now(),
    }
    return Reply(201, {})


@route("PATCH", _ACTIONS + "/variables/{name}")
async def update_variable(cx: Context) -> Reply:
    if cx.params["name"] not in cx.repo.variables:
        raise not_found()
    cx.repo.variables[cx.params["name"]].update(value=cx.json().get("value"), updated_at=now())
    return Reply(204)
