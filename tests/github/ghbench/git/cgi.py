"""git http-backend, run as the CGI programme it is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from .plumbing import environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One smart-HTTP request; ``path`` starts with the repository, as OWNER/NAME.git/…"""

    root: Path
    method: str
    path: str
    query: str
    content_type: str
    protocol: str
    user: str
    body: bytes
    extra: dict[str, str] = field(default_factory=dict)


async def serve(request: Request) -> tuple[int, dict[str, str], bytes]:
    """(status, headers, body) of git's answer."""
    variables = {
        **environment(),
        "GIT_PROJECT_ROOT": str(request.root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "REQUEST_METHOD": request.method,
        "PATH_INFO": "/" + request.path,
        "QUERY_STRING": request.query,
        "CONTENT_TYPE": request.content_type,
        "CONTENT_LENGTH": str(len(request.body)),
        "REMOTE_ADDR": "127.0.0.1",
        **({"REMOTE_USER": request.user} if request.user else {}),
        **({"HTTP_GIT_PROTOCOL": request.protocol, "GIT_PROTOCOL": request.protocol} if request.protocol else {}),
        **request.extra,
    }
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        "git", "http-backend", stdin=pipe, stdout=pipe, stderr=pipe, env=variables
    )
    out, _ = await process.communicate(request.body)
    head, _, body = out.partition(b"\r\n\r\n")
    status, headers = 200, {}
    for line in head.decode().split("\r\n"):
        name, _, value = line.partition(": ")
        if name.lower() == "status":
            status = int(value.split()[0])
        elif name:
            headers[name] = value
    return (status if head else 500), headers, body
