"""The way back to the client: headers, entity tags, and the spoiling of answers."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from typing import TYPE_CHECKING

from aiohttp import web

from . import faults
from .faults import Fault
from .identity import Who
from .replies import Reply

if TYPE_CHECKING:
    from .server import Call, Proxy

_BODYLESS = (204, 304)


class Sender:
    """Turns replies into HTTP responses."""

    def __init__(self, proxy: Proxy):
        self._proxy = proxy

    def _headers(self, entry: dict, reply: Reply, who: Who) -> dict[str, str]:
        budget = self._proxy.world.budget_of(who)
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

    def _conditional(self, call: Call, payload: bytes, headers: dict[str, str], who: Who) -> bool:
        """Set the entity tag; whether the client has this answer already, which then costs nothing."""
        etag = f'W/"{hashlib.sha256(payload + headers.get("Link", "").encode()).hexdigest()}"'
        headers["ETag"] = etag
        if call.request.headers.get("If-None-Match") not in (etag, etag[2:]):
            return False
        call.entry["charged"] = False
        budget = self._proxy.world.budget_of(who)
        budget["remaining"] += 1
        budget["used"] -= 1
        headers["x-ratelimit-remaining"], headers["x-ratelimit-used"] = str(budget["remaining"]), str(budget["used"])
        return True

    async def send(self, call: Call, reply: Reply, who: Who, fault: Fault | None) -> web.StreamResponse:
        """The response to a call: the reply, or what a fault makes of it."""
        if reply.body is None or isinstance(reply.body, bytes):
            payload = reply.body or b""
        else:
            payload = json.dumps(reply.body, ensure_ascii=False).encode()
        headers, status = self._headers(call.entry, reply, who), reply.status
        tagged = status == 200 and call.request.method in ("GET", "HEAD") and reply.source != "git"
        if tagged and self._conditional(call, payload, headers, who):
            status, payload = 304, b""
        if payload:
            headers["Content-Type"] = reply.content_type
        call.entry["status"], call.entry["source"] = status, call.entry["source"] or reply.source
        if fault:
            spoilt = await self.strike(call, fault, who, (payload, status, headers))
            if spoilt is not None:
                return spoilt
        if status in _BODYLESS:
            return web.Response(status=status, headers=headers)
        return web.Response(status=status, body=payload, headers=headers)

    async def strike(
        self, call: Call, fault: Fault, who: Who, true_answer: tuple[bytes, int, dict[str, str]] | None
    ) -> web.StreamResponse | None:
        """What a fault answers instead; None when the true answer should still go out."""
        plain = faults.answer(fault, int(time.time()) + fault.retry_after)
        if plain is not None:
            status, body, extra = plain
            headers = self._headers(call.entry, Reply(status, body, extra), who)
            raw = isinstance(body, bytes)
            headers.setdefault("Content-Type", "text/html" if raw else "application/json; charset=utf-8")
            call.entry["status"], call.entry["source"] = status, "fault"
            return web.Response(status=status, body=body if raw else json.dumps(body).encode(), headers=headers)
        payload, status, headers = true_answer or (b"", 200, {})
        response = await faults.strike(fault, call.request, payload, status, headers)
        if response is not None:
            call.entry["status"], call.entry["source"] = response.status, "fault"
        return response
