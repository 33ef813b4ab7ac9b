"""/_bench: what a test asks of the bench itself.  Never recorded, never spoilt."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

from aiohttp import web

from . import __version__, merge_queue, routes
from .config import SERVICE
from .context import Context
from .faults import KINDS
from .identity import Who
from .replies import ApiError
from .routes import actions, checks, gitdata
from .upstream import UpstreamError

if TYPE_CHECKING:
    from .server import Proxy


class Control:
    def __init__(self, proxy: Proxy):
        self.proxy = proxy

    async def handle(self, request: web.Request) -> web.StreamResponse:
        parts = request.path.strip("/").split("/")[1:]
        body: dict = {}
        if request.can_read_body:
            try:
                body = await request.json()
            except ValueError:
                return web.json_response({"error": "body is not JSON"}, status=400)
        name = f"{request.method.lower()}_{parts[0] if parts else 'status'}"
        verb = getattr(self, name, None)
        if verb is None:
            known = sorted(n for n in dir(self) if n.split("_")[0] in ("get", "post", "delete"))
            return web.json_response({"error": f"no {name}", "known": known}, status=404)
        try:
            result = await verb(request, parts[1:], body)
        except (ApiError, UpstreamError, ValueError, KeyError, TypeError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)
        return result if isinstance(result, web.StreamResponse) else web.json_response(result, dumps=lambda v: json.dumps(v, default=str))

    def _context(self, request: web.Request, full_name: str | None, login: str | None = None) -> Context:
        p = self.proxy
        site = f"{request.scheme}://{request.host}"
        api = site + ("/api/v3" if request.query.get("ghes") else "")
        return Context(
            world=p.world, up=p.up, events=p.events, identities=p.identities, who=Who(login or SERVICE, "user"), method=request.method,
            path=request.path, query_string="", query={}, body=b"", headers={}, api=api, web=site, params={}, full_name=full_name,
        )  # fmt: skip

    # -- state --------------------------------------------------------------------------

    async def get_status(self, request: web.Request, rest: list, body: dict) -> Any:
        return {
            "ghbench": __version__, "openapi": self.proxy.spec.version, "operations": len(self.proxy.spec.operations), "routes": routes.load(),
            "upstream": self.proxy.emulate.url, "repos": list(self.proxy.world.repos), "realism": self.proxy.world.realism,
            "fault_kinds": KINDS, "label": self.proxy.recorder.label,
        }  # fmt: skip

    async def post_reset(self, request: web.Request, rest: list, body: dict) -> Any:
        """Back to the seed; needs an emulate that the proxy started (--emulate)."""
        await self.proxy.events.settle()
        await self.proxy.emulate.restart()
        self.proxy.renew()
        self.proxy.faults.rules.clear()
        self.proxy.recorder.clear()
        for repo in list(self.proxy.world.repos.values()):
            from .routes.misc import admit

            await admit(self.proxy.world, self.proxy.up, repo.full_name)
        return {"reset": True}

    async def post_realism(self, request: web.Request, rest: list, body: dict) -> Any:
        unknown = set(body) - set(self.proxy.world.realism)
        if unknown:
            raise ValueError(f"unknown: {sorted(unknown)}")
        self.proxy.world.realism.update(body)
        return self.proxy.world.realism

    async def post_tokens(self, request: web.Request, rest: list, body: dict) -> Any:
        """Add or change a token: {token, login | permissions, state, expires_in, repos}."""
        from .config import ACTIONS_APP

        token = body["token"]
        who = self.proxy.identities.known.get(token)
        if who is None:
            if "permissions" in body:
                who = Who(
                    body.get("login", "github-actions[bot]"), "integration", ACTIONS_APP, body["permissions"], body.get("repos"), token
                )
            else:
                who = Who(body["login"], "user", token=token)
            self.proxy.identities.known[token] = who
        elif "permissions" in body:
            who.permissions = body["permissions"]
        who.state = body.get("state", who.state)
        if "expires_in" in body:
            who.expires = None if body["expires_in"] is None else time.time() + body["expires_in"]
        return {"login": who.login, "kind": who.kind, "permissions": who.permissions, "state": who.state, "expires": who.expires}

    async def post_ratelimit(self, request: web.Request, rest: list, body: dict) -> Any:
        who = self.proxy.identities.known[body["token"]]
        budget = self.proxy.world.budget_of(who)
        budget["limit"] = body.get("limit", budget["limit"])
        budget["remaining"] = body.get("remaining", budget["remaining"])
        if "reset_in" in body:
            budget["reset"] = time.time() + body["reset_in"]
        return budget

    # -- the record ---------------------------------------------------------------------

    async def post_label(self, request: web.Request, rest: list, body: dict) -> Any:
        self.proxy.recorder.label = str(body["label"])
        return {"label": self.proxy.recorder.label}

    async def get_calls(self, request: web.Request, rest: list, body: dict) -> Any:
        return self.proxy.recorder.select(**dict(request.query))

    async def delete_calls(self, request: web.Request, rest: list, body: dict) -> Any:
        self.proxy.recorder.clear()
        return {"cleared": True}

    async def get_summary(self, request: web.Request, rest: list, body: dict) -> Any:
        return self.proxy.recorder.summary(**dict(request.query))

    async def get_violations(self, request: web.Request, rest: list, body: dict) -> Any:
        """Calls that do not fit GitHub's description, and answers of ours that do not."""
        keys = ("seq", "label", "method", "path", "operation", "errors", "warnings", "response_errors", "source", "status")
        return [
            {k: c[k] for k in keys}
            for c in self.proxy.recorder.calls
            if c["errors"] or c["response_errors"] or (request.query.get("warnings") and c["warnings"])
        ]

    # -- faults -------------------------------------------------------------------------

    async def post_faults(self, request: web.Request, rest: list, body: dict) -> Any:
        rules = body if isinstance(body, list) else [body]
        return [vars(self.proxy.faults.add(rule)) for rule in rules]

    async def get_faults(self, request: web.Request, rest: list, body: dict) -> Any:
        return self.proxy.faults.list()

    async def delete_faults(self, request: web.Request, rest: list, body: dict) -> Any:
        self.proxy.faults.rules.clear()
        return []

    # -- events -------------------------------------------------------------------------

    async def get_events(self, request: web.Request, rest: list, body: dict) -> Any:
        await self.proxy.events.settle()
        log = self.proxy.events.log
        if rest:
            entry = next((e for e in log if str(e["id"]) == rest[0]), None)
            if entry is None:
                raise ValueError(f"no event {rest[0]}")
            return entry["payload"] if rest[1:] == ["payload"] else entry
        rows = [e for e in log if all(str(e.get(k)) == v for k, v in request.query.items())]
        return [{k: v for k, v in e.items() if k != "payload"} for e in rows]

    async def delete_events(self, request: web.Request, rest: list, body: dict) -> Any:
        self.proxy.events.log.clear()
        return []

    # -- set-up and the parts of GitHub that have no REST call ----------------------------

    async def post_push(self, request: web.Request, rest: list, body: dict) -> Any:
        """Commit files to a branch (made from ``base`` when new): {repo, branch, files: {path: text | null}, login}."""
        cx = self._context(request, body["repo"], body.get("login"))
        repo, branch = body["repo"], body["branch"]
        before = await cx.up.branch_sha(repo, branch)
        start = before or await cx.up.branch_sha(repo, body.get("base", cx.repo.default_branch))
        parent = await cx.up.commit(repo, start)
        entries = []
        for path, text in body["files"].items():
            entry: dict = {"path": path, "mode": "100644", "type": "blob"}
            if text is None:
                entry["sha"] = None
            elif isinstance(text, dict):
                blob = await cx.up.json("POST", f"/repos/{repo}/git/blobs", {"content": text["base64"], "encoding": "base64"})
                entry["sha"] = blob["sha"]
            else:
                entry["content"] = text
            entries.append(entry)
        tree = await cx.up.json("POST", f"/repos/{repo}/git/trees", {"base_tree": parent["tree"]["sha"], "tree": entries})
        commit = await cx.up.json(
            "POST",
            f"/repos/{repo}/git/commits",
            {"message": body.get("message", "change"), "tree": tree["sha"], "parents": [start]},
            login=body.get("login", SERVICE),
        )
        await cx.up.set_branch(repo, branch, commit["sha"])
        await gitdata.pushed(cx, f"refs/heads/{branch}", before or "0" * 40, commit["sha"])
        return {"sha": commit["sha"], "before": before}

    async def post_runs(self, request: web.Request, rest: list, body: dict) -> Any:
        """Move a workflow run along: /_bench/runs/ID {repo, status, conclusion}."""
        cx = self._context(request, body["repo"], "github-actions[bot]")
        run = cx.repo.runs[int(rest[0])]
        await actions.advance(cx, run, body["status"], body.get("conclusion"))
        return {k: run[k] for k in ("id", "status", "conclusion", "path", "head_sha")}

    async def post_artifacts(self, request: web.Request, rest: list, body: dict) -> Any:
        cx = self._context(request, body["repo"])
        files = {path: base64.b64decode(data) for path, data in body["files"].items()}
        return {"id": actions.store_artifact(cx, body["name"], body.get("run", 0), files)["id"]}

    async def get_blobs(self, request: web.Request, rest: list, body: dict) -> Any:
        record = self.proxy.world.repo("/".join(rest[:2])).artifacts[int(rest[2])]
        return web.Response(body=record["zip"], content_type="application/zip")

    async def post_runners(self, request: web.Request, rest: list, body: dict) -> Any:
        """Register a runner, or change one: {repo | org, name, labels, status, busy, ephemeral}."""
        cx = self._context(request, body.get("repo"))
        if "org" in body:
            cx.params["org"] = body["org"]
        pool = actions._pool(cx)
        runner = next((r for r in pool.values() if r["name"] == body["name"]), None)
        runner = runner or actions.new_runner(cx, body["name"], body.get("labels", []), body.get("ephemeral", False), "online")
        runner.update({k: body[k] for k in ("status", "busy") if k in body})
        return runner

    async def post_requested_action(self, request: web.Request, rest: list, body: dict) -> Any:
        """Someone presses a check run's button: {repo, check_run, identifier, login}."""
        cx = self._context(request, body["repo"], body["login"])
        run = cx.repo.check_runs[int(body["check_run"])]
        if body["identifier"] not in [a["identifier"] for a in run["actions"]]:
            raise ValueError(f"the run offers {[a['identifier'] for a in run['actions']]}")
        await checks._announce(cx, run, "requested_action", requested_action={"identifier": body["identifier"]})
        return {"sent": True}

    async def post_merge_queue(self, request: web.Request, rest: list, body: dict) -> Any:
        """{repo, number, login} queues; /_bench/merge_queue/ID {repo} judges the group as it stands."""
        cx = self._context(request, body["repo"], body.get("login"))
        return await (merge_queue.settle(cx, rest[0]) if rest else merge_queue.enqueue(cx, int(body["number"])))

    async def get_minimized(self, request: web.Request, rest: list, body: dict) -> Any:
        return self.proxy.world.repo("/".join(rest)).minimized
