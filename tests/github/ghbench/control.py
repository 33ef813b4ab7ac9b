"""/_bench: what a test asks of the bench itself.  Never recorded, never spoilt."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from . import __version__, playing
from .config import ACTIONS_APP, SERVICE
from .context import Context
from .faults import KINDS
from .git.plumbing import GitError
from .identity import Who
from .replies import ApiError
from .upstream import UpstreamError

if TYPE_CHECKING:
    from .server import Proxy

_EXPECTED = (ApiError, UpstreamError, GitError, ValueError, KeyError, TypeError, IndexError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One control call: what follows the verb in the path, the query, the JSON body."""

    request: web.Request
    rest: list[str]
    body: dict[str, Any]

    @property
    def query(self) -> dict[str, str]:
        return dict(self.request.query)


class Control:
    """The verbs, by method and first word of the path."""

    def __init__(self, proxy: Proxy):
        self._proxy = proxy
        self._verbs: dict[tuple[str, str], Callable[[Ask], Awaitable[Any]]] = {
            ("GET", ""): self._status,
            ("POST", "reset"): self._reset,
            ("POST", "realism"): self._realism,
            ("POST", "tokens"): self._tokens,
            ("POST", "ratelimit"): self._ratelimit,
            ("POST", "label"): self._label,
            ("GET", "calls"): self._calls,
            ("DELETE", "calls"): self._clear_calls,
            ("GET", "summary"): self._summary,
            ("GET", "violations"): self._violations,
            ("POST", "faults"): self._add_faults,
            ("GET", "faults"): self._list_faults,
            ("DELETE", "faults"): self._clear_faults,
            ("GET", "events"): self._events,
            ("DELETE", "events"): self._clear_events,
            ("GET", "minimized"): self._minimized,
            ("GET", "blobs"): self._blob,
            ("POST", "push"): self._playing(playing.push),
            ("POST", "runs"): self._playing(playing.run),
            ("POST", "artifacts"): self._playing(playing.artifact),
            ("POST", "runners"): self._playing(playing.runner),
            ("POST", "requested_action"): self._playing(playing.requested_action),
            ("POST", "merge_queue"): self._playing(playing.queue),
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        parts = request.path.strip("/").split("/")[1:] or [""]
        verb = self._verbs.get((request.method, parts[0]))
        if verb is None:
            known = sorted(f"{method} {name}" for method, name in self._verbs)
            return web.json_response({"error": f"no {request.method} {parts[0]}", "known": known}, status=404)
        try:
            text = await request.text()
            body = json.loads(text) if text else {}
            result = await verb(Ask(request=request, rest=parts[1:], body=body))
        except _EXPECTED as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)
        if isinstance(result, web.StreamResponse):
            return result
        return web.json_response(result, dumps=lambda value: json.dumps(value, default=str))

    def _playing(self, play: playing.Play) -> Callable[[Ask], Awaitable[Any]]:
        """A verb that acts as somebody inside the emulated GitHub: ``repo`` and ``login`` come from the body."""

        async def verb(ask: Ask) -> Any:
            p, site = self._proxy, f"{ask.request.scheme}://{ask.request.host}"
            full_name = p.world.repo(ask.body["repo"]).full_name if "repo" in ask.body else ""
            cx = Context(
                world=p.world, up=p.up, events=p.events, identities=p.identities,
                who=Who(ask.body.get("login") or SERVICE, "user"), method="POST", path=ask.request.path,
                api=site + ("/api/v3" if ask.query.get("ghes") else ""), web=site, full_name=full_name,
            )  # fmt: skip
            if not full_name:
                return await play(cx, ask.rest, ask.body)
            async with p.lock(full_name):
                return await play(cx, ask.rest, ask.body)

        return verb

    # -- state -----------------------------------------------------------------------------

    async def _status(self, ask: Ask) -> Any:
        p = self._proxy
        return {
            "ghbench": __version__, "openapi": p.spec.version, "operations": len(p.spec.operations),
            "routes": p.route_count,
            "validating": bool(p.spec.operations), "upstream": p.emulate.url, "repos": list(p.world.repos),
            "realism": p.world.realism, "fault_kinds": KINDS, "label": p.recorder.label,
        }  # fmt: skip

    async def _reset(self, ask: Ask) -> Any:
        """Back to the seed."""
        p = self._proxy
        await p.events.settle()
        await p.emulate.reset()
        await p.renew()
        p.faults.rules.clear()
        p.recorder.clear()
        p.recorder.label = "default"
        return {"reset": True}

    async def _realism(self, ask: Ask) -> Any:
        unknown = set(ask.body) - set(self._proxy.world.realism)
        if unknown:
            raise ValueError(f"unknown: {sorted(unknown)}")
        self._proxy.world.realism.update(ask.body)
        return self._proxy.world.realism

    async def _tokens(self, ask: Ask) -> Any:
        """Add or change a token: {token, login | permissions, state, expires_in, repos}."""
        body, known = ask.body, self._proxy.identities.known
        token = body["token"]
        if token not in known and "permissions" in body:
            login = body.get("login", "github-actions[bot]")
            known[token] = Who(login, "integration", ACTIONS_APP, body["permissions"], body.get("repos"), token)
        elif token not in known:
            known[token] = Who(body["login"], "user", token=token)
        who = known[token]
        who.permissions = body.get("permissions", who.permissions)
        who.state = body.get("state", who.state)
        if "expires_in" in body:
            who.expires = None if body["expires_in"] is None else time.time() + body["expires_in"]
        keep = ("login", "kind", "permissions", "state", "expires")
        return {key: value for key, value in vars(who).items() if key in keep}

    async def _ratelimit(self, ask: Ask) -> Any:
        budget = self._proxy.world.budget_of(self._proxy.identities.known[ask.body["token"]])
        budget.update({key: ask.body[key] for key in ("limit", "remaining") if key in ask.body})
        if "reset_in" in ask.body:
            budget["reset"] = time.time() + ask.body["reset_in"]
        return budget

    # -- the record ------------------------------------------------------------------------

    async def _label(self, ask: Ask) -> Any:
        self._proxy.recorder.label = str(ask.body["label"])
        return {"label": self._proxy.recorder.label}

    async def _calls(self, ask: Ask) -> Any:
        return self._proxy.recorder.select(**ask.query)

    async def _clear_calls(self, ask: Ask) -> Any:
        self._proxy.recorder.clear()
        return {"cleared": True}

    async def _summary(self, ask: Ask) -> Any:
        return self._proxy.recorder.summary(**ask.query)

    async def _violations(self, ask: Ask) -> Any:
        """Calls that do not fit GitHub's description, and answers of ours that do not."""
        keys = (
            "seq", "label", "method", "path", "operation", "errors", "warnings", "response_errors", "source", "status",
        )  # fmt: skip
        return [
            {k: c[k] for k in keys}
            for c in self._proxy.recorder.calls
            if c["errors"] or c["response_errors"] or ("warnings" in ask.query and c["warnings"])
        ]

    # -- faults ----------------------------------------------------------------------------

    async def _add_faults(self, ask: Ask) -> Any:
        return [vars(self._proxy.faults.add(ask.body))]

    async def _list_faults(self, ask: Ask) -> Any:
        return self._proxy.faults.list()

    async def _clear_faults(self, ask: Ask) -> Any:
        self._proxy.faults.rules.clear()
        return []

    # -- events and files ------------------------------------------------------------------

    async def _events(self, ask: Ask) -> Any:
        await self._proxy.events.settle()
        log = self._proxy.events.log
        if ask.rest:
            entry = next((e for e in log if str(e["id"]) == ask.rest[0]), None)
            if entry is None:
                raise ValueError(f"no event {ask.rest[0]}")
            return entry["payload"] if ask.rest[1:] == ["payload"] else entry
        rows = [e for e in log if all(str(e.get(k)) == v for k, v in ask.query.items())]
        return [{k: v for k, v in e.items() if k != "payload"} for e in rows]

    async def _clear_events(self, ask: Ask) -> Any:
        self._proxy.events.log.clear()
        return []

    async def _minimized(self, ask: Ask) -> Any:
        return self._proxy.world.repo("/".join(ask.rest)).minimized

    async def _blob(self, ask: Ask) -> Any:
        """An artifact's zip for whoever holds its address."""
        owner, name, number, key = ask.rest
        record = self._proxy.world.repo(f"{owner}/{name}").artifacts[int(number)]
        if key != record["key"]:
            return web.Response(status=403)
        return web.Response(body=record["zip"], content_type="application/zip")
