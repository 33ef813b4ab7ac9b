"""Where a work tree is hosted: the API's address and OWNER/NAME."""

from __future__ import annotations

import os
import re

from sluice.adapters.git import Git

GITHUB_API = "https://api.github.com"
_ADDRESS = re.compile(
    r"(?:https?://(?:[^/@]*@)?|ssh://(?:[^/@]*@)?|(?:[^/@:]*@)?)(?P<host>[A-Za-z0-9.-]+)(?::[0-9]+)?[:/]"
    r"(?P<repository>[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+?)(?:\.git)?/?"
)


def place(git: Git) -> tuple[str, str]:
    """The API's address and OWNER/NAME; no name where the remote is on a host that nobody vouched for."""
    api = os.environ.get("GITHUB_API_URL", "").strip()
    repository = os.environ.get("GITHUB_REPOSITORY", "").strip()
    if repository:
        return api or GITHUB_API, repository
    found = _ADDRESS.fullmatch(git.remote_address())
    # The token goes to github.com, or to where the environment says; never to a host read from a file.
    if found is None or (not api and found["host"].lower() not in ("github.com", "ssh.github.com")):
        return api or GITHUB_API, ""
    return api or GITHUB_API, found["repository"]
