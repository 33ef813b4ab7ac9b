"""bench.yaml: the one description of users, repositories, tokens and apps.

The bench reads it for identities and permissions, and makes emulate's own seed of it, so that the two always agree.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

LEVELS = ["none", "read", "triage", "write", "maintain", "admin"]
SERVICE = "ghbench-admin"
ACTIONS_APP = {"id": 15368, "slug": "github-actions", "name": "GitHub Actions", "permissions": {}, "events": []}
# emulate allows 5,000 calls an hour for a token; several aliases a login lift that for load tests.
ALIASES = 40

DEFAULT_REALISM = {
    "lazy_mergeable": True,  # first read of a pull request after a push says mergeable: null
    "enforce_schema": False,  # answer 422 to a body that does not fit the OpenAPI description
    "secondary_limits": False,  # enforce 900 points a minute and 80 content writes a minute
    "rate_limit": 5000,
}


@dataclass
class Config:
    users: list[dict]
    orgs: dict[str, dict]
    repos: list[dict]
    tokens: dict[str, dict]
    apps: list[dict]
    realism: dict[str, Any] = field(default_factory=dict)
    keys: Path = Path()

    @classmethod
    def load(cls, path: Path, keys: Path) -> Config:
        data = yaml.safe_load(Path(path).read_text())
        users = [u if isinstance(u, dict) else {"login": u} for u in data.get("users", [])]
        config = cls(
            users=users,
            orgs=data.get("orgs", {}),
            repos=data.get("repos", []),
            tokens=data.get("tokens", {}),
            apps=data.get("apps", []),
            realism={**DEFAULT_REALISM, **data.get("realism", {})},
            keys=keys,
        )
        for token, spec in config.tokens.items():
            if not {"login", "permissions"} & set(spec):
                raise ValueError(f"token {token}: needs a login, or permissions (a GITHUB_TOKEN)")
        return config

    def bots(self) -> list[str]:
        return ["github-actions[bot]", *(f"{app['slug']}[bot]" for app in self.apps)]

    def git_identity(self, login: str) -> tuple[str, str]:
        """The name and address a login commits with."""
        for user in self.users:
            if user["login"] == login:
                return user.get("name") or login, user.get("email") or f"{login}@users.noreply.github.com"
        return login, f"{login}@users.noreply.github.com"

    def login_of(self, email: str) -> str | None:
        """The login that commits with an address."""
        known = {self.git_identity(login)[1]: login for login in self.logins()}
        return known.get(email)

    def logins(self) -> list[str]:
        return [*(u["login"] for u in self.users), *self.bots(), SERVICE]

    def upstream_tokens(self) -> dict[str, list[str]]:
        return {login: [f"up-{login}-{n}" for n in range(ALIASES)] for login in self.logins()}

    def _private_key(self, app: dict) -> str:
        """The key of an app, made on first use."""
        key = self.keys / f"{app['slug']}.pem"
        if not key.exists():
            command = ["openssl", "genrsa", "-traditional", "-out", str(key), "2048"]
            subprocess.run(command, check=True, capture_output=True)
            key.chmod(0o600)
        return key.read_text()

    def _seed_org(self, name: str, spec: dict) -> dict:
        members = [{"login": login, "role": role} for login, role in spec.get("members", {}).items()]
        return {
            "login": name,
            "name": spec.get("name", name),
            "members": [*members, {"login": SERVICE, "role": "admin"}],
        }

    def _seed_app(self, app: dict) -> dict:
        keep = {key: app.get(key, blank) for key, blank in (("permissions", {}), ("events", []), ("installations", []))}
        names = {"app_id": app["id"], "slug": app["slug"], "name": app.get("name", app["slug"])}
        return {**names, "private_key": self._private_key(app), **keep}

    def emulate_seed(self) -> dict:
        """What emulate starts from: everybody an administrator, since the bench decides who may."""
        people = [*self.users, *({"login": login} for login in (*self.bots(), SERVICE))]
        github = {
            "users": people,
            "orgs": [self._seed_org(name, spec) for name, spec in self.orgs.items()],
            "repos": [
                {"owner": r["owner"], "name": r["name"], "private": r.get("private", False), "auto_init": True}
                for r in self.repos
            ],
            "apps": [self._seed_app(app) for app in self.apps],
        }
        scopes = ["repo", "user", "admin:org", "admin:repo_hook", "workflow"]
        tokens = {
            t: {"login": login, "scopes": scopes} for login, names in self.upstream_tokens().items() for t in names
        }
        return {"github": github, "tokens": tokens}
