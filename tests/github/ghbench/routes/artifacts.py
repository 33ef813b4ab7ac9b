"""Artifacts of workflow runs: listed, downloaded by a redirect to an address that needs no token."""

from __future__ import annotations

import hashlib
import io
import secrets
import time
import zipfile

from ..context import Context
from ..replies import ApiError, Reply, not_found, now
from . import REPO, route
from .runs import run_of

_ACTIONS = REPO + "/actions"
_KEPT_DAYS = 90


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip of files by path, as the upload action makes it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return buffer.getvalue()


def store(cx: Context, name: str, run: int, data: bytes) -> dict:
    """Keep a zip as an artifact of a run (0: of none); a newer one of the same name and run takes its place."""
    for other in [a for a in cx.repo.artifacts.values() if run and a["run"] == run and a["name"] == name]:
        del cx.repo.artifacts[other["id"]]
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + _KEPT_DAYS * 86400))
    record = {
        "id": next(cx.world.ids), "name": name, "run": run, "zip": data, "key": secrets.token_hex(16), "expired": False,
        "digest": "sha256:" + hashlib.sha256(data).hexdigest(), "created_at": now(), "expires_at": later,
    }  # fmt: skip
    cx.repo.artifacts[record["id"]] = record
    return record


def _render(cx: Context, record: dict) -> dict:
    run = cx.repo.runs.get(record["run"])
    url = f"{cx.repo_url}/actions/artifacts/{record['id']}"
    about = run and {
        "id": run["id"], "repository_id": cx.repo.id or 0, "head_repository_id": cx.at(run["head_repo"]).repo.id or 0,
        "head_branch": run["head_branch"], "head_sha": run["head_sha"],
    }  # fmt: skip
    return {
        "id": record["id"], "node_id": f"AR_{record['id']}", "name": record["name"],
        "size_in_bytes": len(record["zip"]),
        "url": url, "archive_download_url": url + "/zip", "expired": record["expired"], "digest": record["digest"],
        "created_at": record["created_at"], "updated_at": record["created_at"], "expires_at": record["expires_at"],
        "workflow_run": about,
    }  # fmt: skip


def _named(cx: Context) -> list[dict]:
    rows = [a for a in cx.repo.artifacts.values() if cx.query.get("name") in (None, a["name"])]
    return sorted(rows, key=lambda a: -a["id"])


@route("GET", _ACTIONS + "/artifacts")
async def listing(cx: Context) -> Reply:
    return cx.page([_render(cx, a) for a in _named(cx)], "artifacts")


@route("GET", _ACTIONS + "/runs/{id}/artifacts")
async def of_run(cx: Context) -> Reply:
    run = run_of(cx)
    return cx.page([_render(cx, a) for a in _named(cx) if a["run"] == run["id"]], "artifacts")


def _found(cx: Context) -> dict:
    record = cx.repo.artifacts.get(cx.number("id"))
    if record is None:
        raise not_found()
    return record


@route("GET", _ACTIONS + "/artifacts/{id}")
async def get(cx: Context) -> Reply:
    return Reply(200, _render(cx, _found(cx)))


@route("DELETE", _ACTIONS + "/artifacts/{id}")
async def delete(cx: Context) -> Reply:
    del cx.repo.artifacts[_found(cx)["id"]]
    return Reply(204)


@route("GET", _ACTIONS + "/artifacts/{id}/zip")
async def download(cx: Context) -> Reply:
    if cx.who.kind == "anonymous":
        raise ApiError(401, "Requires authentication")
    record = _found(cx)
    if record["expired"]:
        raise ApiError(410, "Artifact has expired")
    return Reply(302, None, {"Location": f"{cx.web}/_bench/blobs/{cx.full_name}/{record['id']}/{record['key']}"})
