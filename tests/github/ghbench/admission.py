"""Taking a repository of emulate's into the bench."""

from __future__ import annotations

import asyncio
import json

from .config import SERVICE
from .upstream import Upstream
from .world import World


async def admit(world: World, up: Upstream, full_name: str) -> None:
    """Let every known login act on a repository in emulate: the bench, not emulate, decides who may."""
    owner = full_name.split("/")[0]
    first = SERVICE if owner in world.config.orgs else owner
    body, kind = json.dumps({"permission": "admin"}).encode(), {"Content-Type": "application/json"}
    people = [login for login in world.config.logins() if login != owner]
    await asyncio.gather(
        *(up.raw("PUT", f"/repos/{full_name}/collaborators/{login}", body, kind, first) for login in people)
    )
    found = await up.json("GET", f"/repos/{full_name}", missing=True)
    if found:
        repo = world.repo(full_name)
        repo.id, repo.private, repo.default_branch = found["id"], found["private"], found["default_branch"]
