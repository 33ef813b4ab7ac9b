"""The pipeline every call goes through: record, validate, spoil, authorise, answer, check the answer."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
import uuid
from pathlib import Path
from typing import Any

from aiohttp import web

from . import faults as fault_kinds
from . import routes
from .children import Emulate
from .config import Config
from .context import Context
from .control import Control
from .events import Events
from .faults import Faults
from .identity import Identities, Who
from .recorder import Recorder, digest
from .replies import ApiError, Reply, not_found
from .routes.misc import admit
from .spec import NoSpec, Spec
from .upstream import Upstream, UpstreamError
from .world import World

_CONTENT_WRITES = ("comments", "pulls", "issues", "reviews")


class Proxy:
    def __init__(self, config: Config, emulate: Emulate, spec: Spec | NoSpec, events: Events, recorder: Recorder, git_root: Path):
        self.config, self.spec, self.events, self.recorder = config, spec, events, recorder
        self.emulate = emulate
        self.faults = Faults()
        self.up = Upstream(emulate.url, config)
        self._roots = spec.roots
        self._minute: dict[str, list[tuple[float, int, bool]]] = {}
        self.renew()
        routes.load()
        self.control = Control(self)

    def renew(self) -> None:
        """Forget everything the proxy holds."""
        self.world = World(self.config)
        self.identities = Identities(self.world)
        self._locks: dict[str, asyncio.Lock] = {}
        self.events.log.clear()

    async def start(self) -> None:
        await self.up.open()
        await self.events.open()
        for repo in list(self.world.repos.values()):
            await admit(self.world, self.up, repo.full_name)

    async def stop(self) -> None:
        await self.events.close()
        await self.up.close()

    def application(self) -> web.Application:
        app = web.Application(client_max_size=256 * 2**20)
        app.router.add_route("*", "/{tail:.*}", self.handle)
        return app

    # -- one call ------------------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.StreamResponse:
        path = request.rel_url.raw_path
        if path == "/_bench" or path.startswith("/_bench/"):
            return await self.control.handle(request)
        site = f"{request.scheme}://{request.host}"
        api = site
        if path == "/api/graphql":
            path, api = "/graphql", site + "/api/v3"
        elif path.startswith("/api/v3"):
            path, api = path[len("/api/v3") :] or "/", site + "/api/v3"
        body = await request.read()
        query = dict(request.rel_url.query.items())
        operation, template = self._identify(request.method, path)
        entry = self.recorder.start(
            method=request.method, path=path, query=query, operation=operation, template=template, login=None, body=digest(body)
        )
        if request.headers.get("X-Bench-Label"):
            entry["label"] = request.headers["X-Bench-Label"]
        try:
            return await self._serve(request, entry, path, query, body, api, site)
        finally:
            self.recorder.finish(entry)

    def _identify(self, method: str, path: str) -> tuple[str | None, str | None]:
        if path == "/graphql":
            return "graphql", "/graphql"
        if path.strip("/").split("/")[0] not in self._roots:
            return "web", None
        op, _ = self.spec.match("GET" if method == "HEAD" else method, path)
        return (op.id, op.template) if op else (None, None)

    async def _serve(
        self, request: web.Request, entry: dict, path: str, query: dict, body: bytes, api: str, site: str
    ) -> web.StreamResponse:
        who = Who(None, "anonymous")
        op, params = self.spec.match(request.method, path)
        if op:
            kind = request.headers.get("Content-Type", "")
            entry["errors"], entry["warnings"] = self.spec.check_request(op, params, query, body, kind)
        elif entry["operation"] is None and self.spec.operations:
            entry["errors"] = [f"GitHub's description has no {request.method} {path}"]
        try:
            who = self.identities.of(request.headers.get("Authorization"))
        except ApiError as error:
            entry["login"], entry["source"] = "?", "identity"
            return await self._send(request, entry, error.reply(), who, None)
        entry["login"] = who.login or who.kind
        fault = self.faults.pick(entry)
        if fault:
            entry["fault"] = fault.kind
            if not fault.needs_answer:
                return await self._strike(request, entry, fault, who, None)
        try:
            self._charge(who, entry)
            reply = await self._answer(request, entry, who, path, query, body, api, site)
        except ApiError as error:
            reply = error.reply()
        except UpstreamError as error:
            reply = Reply(502, {"message": f"emulate: {error}"}, source="emulate")
        except Exception as error:  # a defect of the bench: say so, and keep serving
            entry["errors"].append(f"ghbench failed: {type(error).__name__}: {error}")
            import traceback

            traceback.print_exc()
            reply = Reply(500, {"message": f"ghbench failed: {type(error).__name__}: {error}"}, source="defect")
        if op and reply.source != "defect":
            entry["response_errors"] = self.spec.check_response(op, reply.status, reply.body if not isinstance(reply.body, bytes) else None)
        return await self._send(request, entry, reply, who, fault)

    async def _answer(self, request: web.Request, entry: dict, who: Who, path: str, query: dict, body: bytes, api: str, site: str) -> Reply:
        found = routes.find(request.method, path)
        handler, params = found if found else (None, {})
        cx = Context(
            world=self.world, up=self.up, events=self.events, identities=self.identities, who=who, method=request.method, path=path,
            query_string=request.rel_url.raw_query_string, query=query, body=body, headers=dict(request.headers), api=api, web=site,
            params=params,
        )  # fmt: skip
        parts = path.strip("/").split("/")
        if parts[0] == "repos" and len(parts) >= 3:
            cx.full_name = await self._known(f"{parts[1]}/{parts[2]}")
            self.identities.authorize(who, request.method, cx.full_name, "/" + "/".join(parts[3:]))
        elif who.kind == "anonymous" and request.method != "GET":
            raise ApiError(401, "Requires authentication")
        elif parts[0] == "user" and who.kind == "integration":  # neither a GITHUB_TOKEN nor an app may ask who it is
            raise ApiError(403, "Resource not accessible by integration")
        if entry["errors"] and self.world.realism["enforce_schema"] and request.method != "GET":
            raise ApiError(422, "Invalid request.\n\n" + "\n".join(entry["errors"]))
        if handler is None:
            return await cx.forward()
        if request.method == "GET" or cx.full_name is None:
            return await handler(cx)
        async with self._locks.setdefault(cx.full_name.lower(), asyncio.Lock()):
            return await handler(cx)

    async def _known(self, full_name: str) -> str:
        key = full_name.lower()
        if key not in self.world.repos:
            if await self.up.json("GET", f"/repos/{full_name}", missing=True) is None:
                raise not_found()
            await admit(self.world, self.up, full_name)
        return self.world.repos[key].full_name

    # -- limits ---------------------------------------------------------------------------

    def _charge(self, who: Who, entry: dict) -> None:
        budget = self.world.budget_of(who)
        if budget["remaining"] <= 0:
            raise ApiError(403, f"API rate limit exceeded for user ID {abs(hash(who.login)) % 10**6}.")
        budget["remaining"] -= 1
        budget["used"] += 1
        if not self.world.realism["secondary_limits"]:
            return
        writes = entry["method"] not in ("GET", "HEAD")
        content = writes and any(f"/{word}" in entry["path"] for word in _CONTENT_WRITES)
        window = self._minute.setdefault(who.token, [])
        window.append((time.time(), entry["points"], content))
        window[:] = [w for w in window if w[0] > time.time() - 60]
        if sum(w[1] for w in window) > 900 or sum(w[2] for w in window) > 80:
            raise ApiError(
                403,
                "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
                headers={"Retry-After": "60"},
            )

    # -- the way back ---------------------------------------------------------------------

    def _headers(self, entry: dict, reply: Reply, who: Who) -> dict[str, str]:
        budget = self.world.budget_of(who)
        headers = {
            "x-github-request-id": f"{entry['seq']:04X}:{uuid.uuid4().hex[:16].upper()}",
            "x-github-media-type": "github.v3; format=json",
            "x-github-api-version-selected": "2022-11-28",
            "x-ratelimit-limit": str(budget["limit"]),
            "x-ratelimit-remaining": str(max(0, budget["remaining"])),
            "x-ratelimit-reset": str(int(budget["reset"])),
            "x-ratelimit-used": str(budget["used"]),
            "x-ratelimit-resource": "core",
            "Cache-Control": "private, max-age=60, s-maxage=60",
            "Server": "github.com",
        }
        if who.kind == "user":
            headers["x-oauth-scopes"] = "repo, workflow"
        return {**headers, **reply.headers}

    async def _send(self, request: web.Request, entry: dict, reply: Reply, who: Who, fault: Any) -> web.StreamResponse:
        if reply.body is None:
            payload = b""
        elif isinstance(reply.body, bytes):
            payload = reply.body
        else:
            payload = json.dumps(reply.body, ensure_ascii=False).encode()
        headers = self._headers(entry, reply, who)
        status = reply.status
        if status == 200 and request.method in ("GET", "HEAD"):
            etag = f'W/"{hashlib.sha256(payload + headers.get("Link", "").encode()).hexdigest()}"'
            headers["ETag"] = etag
            if request.headers.get("If-None-Match") in (etag, etag[2:]):
                status, payload, entry["charged"] = 304, b"", False
                budget = self.world.budget_of(who)
                budget["remaining"] += 1
                budget["used"] -= 1
                headers["x-ratelimit-remaining"], headers["x-ratelimit-used"] = str(budget["remaining"]), str(budget["used"])
        if payload:
            headers["Content-Type"] = reply.content_type
        entry["status"], entry["source"] = status, entry["source"] or reply.source
        if fault:
            spoilt = await self._strike(request, entry, fault, who, (payload, status, headers))
            if spoilt is not None:
                return spoilt
        if status in (204, 304):
            return web.Response(status=status, headers=headers)
        return web.Response(status=status, body=payload, headers=headers)

    async def _strike(
        self, request: web.Request, entry: dict, fault: Any, who: Who, true_answer: tuple[bytes, int, dict] | None
    ) -> web.StreamResponse | None:
        plain = fault_kinds.answer(fault, int(time.time()) + fault.retry_after)
        if plain is not None:
            status, body, extra = plain
            headers = self._headers(entry, Reply(status, body, extra), who)
            payload = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers.setdefault("Content-Type", "text/html" if isinstance(body, bytes) else "application/json; charset=utf-8")
            entry["status"], entry["source"] = status, "fault"
            return web.Response(status=status, body=payload, headers=headers)
        payload, status, headers = true_answer or (b"", 200, {})
        response = await fault_kinds.strike(fault, request, payload, status, headers)
        if response is not None:
            entry["status"], entry["source"] = response.status, "fault"
        return response
