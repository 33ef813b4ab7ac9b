"""GitHub, over PyGithub: the pull request, its files, its checks and the one comment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sluice import __version__
from sluice.domain.errors import UsageError

if TYPE_CHECKING:
    from sluice.adapters.github.calls import Patience
    from sluice.adapters.github.repository import Repository

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
_TOKEN = re.compile(r"[!-~]+")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def connect(
    *, token: str, api_url: str, repository: str, details_url: str = "", patience: Patience | None = None
) -> Repository:
    """A repository on GitHub; no call is made yet.

    ``api_url`` is ``GITHUB_API_URL``: https://api.github.com, https://HOST/api/v3 (Enterprise Server) or
    https://api.TENANT.ghe.com (data residency). ``details_url`` is where checks and statuses lead: the workflow run.
    Raises ``UsageError`` for a token, address or name that cannot be right.
    """
    # PyGithub takes a good part of a second to load, which paths without GitHub must not pay.
    import github

    from sluice.adapters.github.calls import Calls, Patience
    from sluice.adapters.github.repository import Repository

    secret = _checked(token, api_url, repository)
    patience = patience or Patience()
    hub = github.Github(
        base_url=api_url.rstrip("/"),
        auth=github.Auth.Token(secret),
        timeout=patience.timeout_s,
        per_page=100,
        user_agent=f"sluice/{__version__}",
        retry=None,
        seconds_between_requests=0,
        seconds_between_writes=0,
        lazy=True,
    )
    return Repository(Calls(hub.requester, repository, patience), secret, details_url)


def _checked(token: str, api_url: str, repository: str) -> str:
    """The token without what surrounds it; no sentence here may quote it."""
    secret = token.strip()
    if not _TOKEN.fullmatch(secret):
        problem = "is empty" if not secret else "contains characters that no token has"
        raise UsageError(f"the GitHub token {problem}", remedy="pass a valid one as `github-token`")
    address = urlsplit(api_url)
    if address.scheme != "https" and not (address.scheme == "http" and address.hostname in _LOOPBACK):
        raise UsageError("is not an https address", where=f"GITHUB_API_URL {api_url!r}")
    if not address.hostname or address.query or address.fragment or "@" in address.netloc:
        raise UsageError("is not the address of an API", where=f"GITHUB_API_URL {api_url!r}")
    if not _REPOSITORY.fullmatch(repository) or repository.split("/")[1] in (".", ".."):
        raise UsageError("is not OWNER/NAME", where=f"repository {repository!r}")
    return secret
