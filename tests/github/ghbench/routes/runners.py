"""Self-hosted runners of repositories and organisations."""

from __future__ import annotations

import base64
import secrets
import time

from ..context import Context
from ..replies import ApiError, Reply, not_found
from . import REPO, route

_OF_REPO = REPO + "/actions/runners"
_OF_ORG = "/orgs/{org}/actions/runners"


def pool(cx: Context) -> dict[int, dict]:
    return cx.repo.runners if cx.full_name else cx.world.org_runners.setdefault(cx.params["org"], {})


def labels(names: list[str]) -> list[dict]:
    return [
        {
            "id": 1000 + sum(map(ord, n)),
            "name": n,
            "type": "read-only" if n in ("self-hosted", "Linux", "X64") else "custom",
        }
        for n in names
    ]


def new_runner(cx: Context, name: str, custom: list[str], ephemeral: bool, status: str = "offline") -> dict:
    runner = {
        "id": next(cx.world.ids), "runner_group_id": 1, "name": name, "os": "Linux", "status": status, "busy": False,
        "ephemeral": ephemeral,
        "labels": labels(["self-hosted", "Linux", "X64", *custom]),
    }  # fmt: skip
    pool(cx)[runner["id"]] = runner
    return runner


def _token(prefix: str) -> Reply:
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    return Reply(201, {"token": prefix + secrets.token_hex(14).upper(), "expires_at": later})


@route("GET", _OF_REPO)
@route("GET", _OF_ORG)
async def listing(cx: Context) -> Reply:
    rows = [r for r in pool(cx).values() if cx.query.get("name") in (None, r["name"])]
    return cx.page(rows, "runners")


@route("POST", _OF_REPO + "/registration-token")
@route("POST", _OF_ORG + "/registration-token")
async def registration(cx: Context) -> Reply:
    return _token("AREG")


@route("POST", _OF_REPO + "/remove-token")
@route("POST", _OF_ORG + "/remove-token")
async def removal(cx: Context) -> Reply:
    return _token("AREM")


@route("POST", _OF_REPO + "/generate-jitconfig")
@route("POST", _OF_ORG + "/generate-jitconfig")
async def jit(cx: Context) -> Reply:
    body = cx.json()
    for key in ("name", "runner_group_id", "labels"):
        if key not in body:
            raise ApiError(422, f'Invalid request.\n\n"{key}" wasn\'t supplied.')
    if any(r["name"] == body["name"] for r in pool(cx).values()):
        raise ApiError(409, f"Already exists - A runner with the name {body['name']} already exists.")
    runner = new_runner(cx, body["name"], body["labels"], True)
    return Reply(201, {"runner": runner, "encoded_jit_config": base64.b64encode(secrets.token_bytes(48)).decode()})


@route("GET", _OF_REPO + "/{id}")
@route("GET", _OF_ORG + "/{id}")
async def get(cx: Context) -> Reply:
    if cx.number("id") not in pool(cx):
        raise not_found()
    return Reply(200, pool(cx)[cx.number("id")])


@route("DELETE", _OF_REPO + "/{id}")
@route("DELETE", _OF_ORG + "/{id}")
async def delete(cx: Context) -> Reply:
    runner = pool(cx).get(cx.number("id"))
    if runner is None:
        raise not_found()
    if runner["busy"]:
        raise ApiError(422, f'Bad request - Runner "{runner["name"]}" is still running a job"')
    del pool(cx)[runner["id"]]
    return Reply(204)


@route("GET", _OF_REPO + "/{id}/labels")
@route("GET", _OF_ORG + "/{id}/labels")
async def list_labels(cx: Context) -> Reply:
    if cx.number("id") not in pool(cx):
        raise not_found()
    rows = pool(cx)[cx.number("id")]["labels"]
    return Reply(200, {"total_count": len(rows), "labels": rows})
