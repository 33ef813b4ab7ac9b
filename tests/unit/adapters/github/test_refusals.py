"""One sentence for each refusal, and the wait that a limit asks for."""

from __future__ import annotations

import time
from typing import Any

import pytest
from github import GithubException

from sluice.adapters.github import refusals
from sluice.adapters.github.refusals import Call
from sluice.domain.errors import EXIT_OUTSIDE

CALL = Call(doing="creating the check run sluice/gate", needs="checks: write")
DATE = "Fri, 20 Nov 2026 18:00:00 GMT"
DATE_S = 1_795_197_600


def error(status: int, message: str = "", headers: dict[str, str] | None = None, **data: Any) -> GithubException:
    return GithubException(status, {"message": message, **data}, headers or {})


def test_a_missing_permission_names_what_github_names() -> None:
    headers = {"X-Accepted-GitHub-Permissions": "pull_requests=write; issues=write"}
    said = refusals.refused(error(403, "Resource not accessible by integration", headers), CALL, "acme/churn")
    assert said.exit_code == EXIT_OUTSIDE
    assert said.sentence == (
        "acme/churn: GitHub answered 403 to creating the check run sluice/gate: Resource not accessible by "
        "integration; give the token `pull-requests: write` (in a workflow: under `permissions:`)"
    )


def test_a_missing_permission_that_github_does_not_name() -> None:
    said = refusals.refused(error(403, "Resource not accessible by integration"), CALL, "acme/churn")
    assert "`checks: write`" in said.sentence


def test_a_422_says_which_field() -> None:
    errors = [{"resource": "CheckRun", "field": "name", "code": "missing"}, {"message": "too long"}, "plain"]
    said = refusals.refused(error(422, "Validation Failed", errors=errors), CALL, "acme/churn")
    assert "Validation Failed; CheckRun name missing; too long; plain" in said.sentence


@pytest.mark.parametrize("message", ["a\nb\r\n::error::c", "x" * 5000, "\x1b[31mred\x00", None, 7])
def test_messages_from_outside_are_one_short_line(message: Any) -> None:
    said = refusals.refused(error(422, message), CALL, "acme/churn").sentence
    assert said.isprintable() and len(said) < 450


def test_a_body_that_is_no_object() -> None:
    assert refusals.message_of(GithubException(502, "<html>", {})) == ""


@pytest.mark.parametrize(
    ("status", "message", "headers", "limited"),
    [
        (429, "", {}, True),
        (403, "You have exceeded a secondary rate limit. Please wait", {}, True),
        (403, "API rate limit exceeded for user ID 1.", {}, True),
        (403, "", {"Retry-After": "7"}, True),
        (403, "", {"X-RateLimit-Remaining": "0"}, True),
        (403, "Resource not accessible by integration", {"X-RateLimit-Remaining": "12"}, False),
        (404, "Not Found", {"X-RateLimit-Remaining": "0"}, False),
    ],
)
def test_limits_are_told_from_permissions(status: int, message: str, headers: dict[str, str], limited: bool) -> None:
    assert refusals.is_limit(error(status, message, headers)) is limited


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0"}, 0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(DATE_S + 30), "Date": DATE}, 31),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(DATE_S - 30), "Date": DATE}, 1),
        ({"x-ratelimit-remaining": "12", "x-ratelimit-reset": str(DATE_S + 30), "Date": DATE}, 60),
        ({"Retry-After": "soon"}, 60),
        ({}, 60),
    ],
)
def test_the_wait_that_is_asked_for(headers: dict[str, str], wait_s: float) -> None:
    assert refusals.asked_wait_s(error(403, "secondary", headers)) == wait_s


def test_the_wait_without_githubs_clock() -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 30), "date": "yesterday"}
    assert 29 <= refusals.asked_wait_s(error(403, "", headers)) <= 32
