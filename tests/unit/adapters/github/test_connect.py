"""What a connection takes, and that it never tells the token."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sluice.adapters.github import connect
from sluice.domain.errors import EXIT_USAGE, UsageError

TOKEN = "ghs_0123456789abcdefghijklmnop"


@pytest.mark.parametrize(
    "api_url",
    [
        "https://api.github.com",
        "https://ghe.example.com/api/v3/",
        "https://api.tenant.ghe.com",
        "http://127.0.0.1:4200",
    ],
)
def test_every_kind_of_github(api_url: str) -> None:
    with connect(token=f" {TOKEN}\n", api_url=api_url, repository="acme/churn-model.v2") as made:
        assert repr(made) == "Repository('acme/churn-model.v2')"
        assert TOKEN not in str(vars(made))


@pytest.mark.parametrize(
    ("token", "api_url", "repository", "problem"),
    [
        ("", "https://api.github.com", "a/b", "token is empty"),
        (f"{TOKEN}\nHost: evil", "https://api.github.com", "a/b", "characters that no token has"),
        (f"{TOKEN} x", "https://api.github.com", "a/b", "characters that no token has"),
        (f"{TOKEN}ü", "https://api.github.com", "a/b", "characters that no token has"),
        (TOKEN, "http://api.github.com", "a/b", "not an https address"),
        (TOKEN, "file:///etc/passwd", "a/b", "not an https address"),
        (TOKEN, "https://me:secret@api.github.com", "a/b", "not the address of an API"),
        (TOKEN, "https://api.github.com?x=1", "a/b", "not the address of an API"),
        (TOKEN, "https://", "a/b", "not the address of an API"),
        (TOKEN, "https://api.github.com", "a", "not OWNER/NAME"),
        (TOKEN, "https://api.github.com", "a/..", "not OWNER/NAME"),
        (TOKEN, "https://api.github.com", "a/b/c", "not OWNER/NAME"),
        (TOKEN, "https://api.github.com", "../b", "not OWNER/NAME"),
        (TOKEN, "https://api.github.com", "a/b?c", "not OWNER/NAME"),
    ],
)
def test_what_cannot_be_right(token: str, api_url: str, repository: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem) as caught:
        connect(token=token, api_url=api_url, repository=repository)
    assert caught.value.exit_code == EXIT_USAGE and TOKEN not in caught.value.sentence


@pytest.mark.parametrize("module", ["sluice.adapters.github", "sluice.adapters.actions"])
def test_heavy_parts_are_loaded_where_they_are_used(module: str) -> None:
    code = f"import sys, {module}; print({{'github', 'requests', 'jwt', 'tests'}} & {{*sys.modules}})"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert said.strip() == "set()"
