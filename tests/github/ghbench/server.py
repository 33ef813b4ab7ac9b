"""The pipeline every call goes through: record, validate, spoil, authorise, answer, check the answer."""

from __future__ import annotations

import asyncio
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from . import githttp, routes
from .admission import admit
from .children import Emulate
from .config import Config
from .context import Context
from .control import Control
from .events import Events
from .faults import Faults
from .git.store import GitStore, seed
from .identity import Identities, Who
from .recorder import TRANSPORT, Recorder, digest
from .replies import ApiError, Reply, not_found
from .sending import Sender
from .spec import NoSpec, Operation, Spec
from .upstream import Upstream, UpstreamError
from .world import World

_CONTENT_WRITES = ("comments", "pulls", "issues", "reviews")
_MOST_BODY_BYTES = 256 * 2**20
_POINTS_A_MINUTE, _CONTENT_WRITES_A_MINUTE = 900, 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call as it came in, with its entry in the record."""

    request: web.Request
    entry: dict
    path: str  # percent-encoded, without any /api/v3
    query: dict[str, str]
    body: bytes
    api: str
    web: str


class Proxy:
    """The emulated GitHub: owner of everything a reset renews."""

    def __init__(
        self, config: Config, emulate: Emulate, spec: Spec | NoSpec, events: Events, recorder: Recorder, git_root: Path
    ):
        self.config, self.emulate, self.spec, self.events, self.recorder = config, emulate, spec, events, recorder
        self.faults = Faults()
        self.up = Upstream(emulate.url, config)
        self.store = GitStore(git_root)
        self._minute: dict[str, list[tuple[float, int, bool]]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self.world = World(config, self.store)
        self.identities = Identities(self.world)
        self.route_count = routes.load()
        self.sender = Sender(self)
        self.control = Control(self)

    async def renew(self) -> None:
        """Forget everything, and begin again from the seed; emulate must be fresh."""
        self.world = World(self.config, self.store)
        self.identities = Identities(self.world)
        self._locks.clear()
        self._minute.clear()
        self.events.log.clear()
        self.store.wipe()
        for repo in list(self.world.repos.values()):
            await admit(self.world, self.up, repo.full_name)
            made = self.store.create(repo.full_name, repo.default_branch)
            seed(made, repo.full_name.split("/")[1], repo.default_branch)

    async def start(self) -> None:
        await self.up.open()
        await self.events.open()
        await self.renew()

    async def stop(self) -> None:
        await self.events.close()
        await self.up.close()

    def application(self) -> web.Application:
        app = web.Application(client_max_size=_MOST_BODY_BYTES)
        app.router.add_route("*", "/{tail:.*}", self.handle)
        return app

    # -- one call --------------------------------------------------------------------------

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
        body, query = await request.read(), dict(request.rel_url.query.items())
        operation, template = self._identify(request.method, path, query)
        entry = self.recorder.start(
            method=request.method, path=path, query=query, operation=operation, template=template, login=None,
            body=None if operation in TRANSPORT else digest(body),
        )  # fmt: skip
        if request.headers.get("X-Bench-Label"):
            entry["label"] = request.headers["X-Bench-Label"]
        call = Call(request=request, entry=entry, path=path, query=query, body=body, api=api, web=site)
        try:
            return await self._serve(call)
        finally:
            self.recorder.finish(entry)

    def _identify(self, method: str, path: str, query: dict[str, str]) -> tuple[str | None, str | None]:
        if path == "/graphql":
            return "graphql", "/graphql"
        if path.strip("/").split("/")[0] not in self.spec.roots:
            return (githttp.operation(path, query) if githttp.address(path) else "web"), None
        op, _ = self.spec.match("GET" if method == "HEAD" else method, path)
        return (op.id, op.template) if op else (None, None)

    def _check_request(self, call: Call) -> Operation | None:
        op, params = self.spec.match(call.request.method, call.path)
        if op and isinstance(self.spec, Spec):
            kind = call.request.headers.get("Content-Type", "")
            found = self.spec.check_request(op, params, call.query, call.body, kind)
            call.entry["errors"], call.entry["warnings"] = found
        elif call.entry["operation"] is None and isinstance(self.spec, Spec):
            call.entry["errors"] = [f"GitHub's description has no {call.request.method} {call.path}"]
        return op

    async def _serve(self, call: Call) -> web.StreamResponse:
        entry, op = call.entry, self._check_request(call)
        try:
            who = self.identities.of(call.request.headers.get("Authorization"))
        except ApiError as error:
            entry["login"], entry["source"] = "?", "identity"
            reply = githttp.denied(401, "Invalid username or token.") if githttp.address(call.path) else error.reply()
            return await self.sender.send(call, reply, Who(None, "anonymous"), None)
        entry["login"] = who.login or who.kind
        fault = self.faults.pick(entry)
        if fault:
            entry["fault"] = fault.kind
            if not fault.needs_answer:
                spoilt = await self.sender.strike(call, fault, who, None)
                assert spoilt is not None
                return spoilt
        reply = await self._reply(call, who)
        if op and isinstance(self.spec, Spec) and reply.source != "defect":
            shown = None if isinstance(reply.body, bytes) else reply.body
            entry["response_errors"] = self.spec.check_response(op, reply.status, shown)
        return await self.sender.send(call, reply, who, fault)

    async def _reply(self, call: Call, who: Who) -> Reply:
        try:
            self._charge(who, call.entry)
            return await self._answer(call, who)
        except ApiError as error:
            return error.reply()
        except UpstreamError as error:
            return Reply(502, {"message": f"emulate: {error}"}, source="emulate")
        except Exception as error:  # a defect of the bench: say so, and keep serving
            what = f"ghbench failed: {type(error).__name__}: {error}"
            call.entry["errors"].append(what)
            traceback.print_exc()
            return Reply(500, {"message": what}, source="defect")

    def _context(self, call: Call, who: Who, params: dict[str, str]) -> Context:
        return Context(
            world=self.world, up=self.up, events=self.events, identities=self.identities, who=who,
            method=call.request.method, path=call.path, query_string=call.request.rel_url.raw_query_string,
            query=call.query,
            body=call.body, headers=dict(call.request.headers), api=call.api, web=call.web, params=params,
        )  # fmt: skip

    async def _answer(self, call: Call, who: Who) -> Reply:
        git = githttp.address(call.path)
        if git:
            return await self._answer_git(call, who, *git)
        handler, params = routes.find(call.request.method, call.path) or (None, {})
        cx = self._context(call, who, params)
        await self._admit_call(cx, call, site=handler is not None)
        if call.entry["errors"] and self.world.realism["enforce_schema"] and cx.method != "GET":
            raise ApiError(422, "Invalid request.\n\n" + "\n".join(call.entry["errors"]))
        if handler is None:
            return await cx.forward()
        if cx.method == "GET" or not cx.full_name:
            return await handler(cx)
        async with self.lock(cx.full_name):
            return await handler(cx)

    async def _admit_call(self, cx: Context, call: Call, *, site: bool) -> None:
        """Find the repository a call is about, and refuse who may not."""
        parts, who = call.path.strip("/").split("/"), cx.who
        if parts[0] == "repos" and len(parts) >= 3:
            cx.full_name = await self._known(f"{parts[1]}/{parts[2]}")
            self.identities.authorize(who, cx.method, cx.full_name, "/" + "/".join(parts[3:]))
        elif site and {"owner", "repo"} <= set(cx.params):
            cx.full_name = await self._known(f"{parts[0]}/{parts[1]}")
            if not self.identities.honours(cx.full_name, cx.query.get("token")):
                self.identities.authorize(who, "GET", cx.full_name, "/contents")
        elif who.kind == "anonymous" and cx.method != "GET":
            raise ApiError(401, "Requires authentication")
        elif parts[0] == "user" and who.kind == "integration":  # neither a GITHUB_TOKEN nor an app may ask who it is
            raise ApiError(403, "Resource not accessible by integration")

    async def _answer_git(self, call: Call, who: Who, full_name: str, service: str) -> Reply:
        cx = self._context(call, who, {})
        try:
            cx.full_name = await self._known(full_name)
        except ApiError:
            anonymous = who.kind == "anonymous"
            return githttp.denied(401 if anonymous else 404, "Repository not found.")
        if service != "git-receive-pack":
            return await githttp.serve(cx, service)
        async with self.lock(cx.full_name):
            return await githttp.serve(cx, service)

    def lock(self, full_name: str) -> asyncio.Lock:
        return self._locks.setdefault(full_name.lower(), asyncio.Lock())

    async def _known(self, full_name: str) -> str:
        key = full_name.lower()
        if key not in self.world.repos or not self.store.has(key):
            raise not_found()
        return self.world.repos[key].full_name

    # -- limits ----------------------------------------------------------------------------

    def _charge(self, who: Who, entry: dict) -> None:
        if entry["operation"] in TRANSPORT:
            return
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
        if sum(w[1] for w in window) > _POINTS_A_MINUTE or sum(w[2] for w in window) > _CONTENT_WRITES_A_MINUTE:
            text = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
            raise ApiError(403, text, headers={"Retry-After": "60"})
