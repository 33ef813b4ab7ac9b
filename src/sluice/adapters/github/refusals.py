"""Why GitHub refused: one sentence for people, and how long it asks a caller to wait."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import cast

from github import GithubException
from github.Requester import Requester

from sluice.domain.errors import OutsideError

_LONGEST_MESSAGE = 200
# GitHub asks for at least this after a secondary limit that names no time.
_UNNAMED_WAIT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a call does, in words that follow "GitHub refused", and the permission it needs, as workflows write it.

    ``new``: a 404 may only mean that GitHub does not show the object yet.
    """

    doing: str
    needs: str
    new: bool = False


class Refused(OutsideError):
    """GitHub's own refusal: its status and its message (bounded, one line)."""

    def __init__(self, what: str, *, status: int, message: str, where: str, remedy: str) -> None:
        self.status, self.message = status, message
        super().__init__(what, where=where, remedy=remedy)


def one_line(words: str) -> str:
    """Text from outside, fit for a sentence: printable, one line, at most 200 characters."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())
    return line if len(line) <= _LONGEST_MESSAGE else line[: _LONGEST_MESSAGE - 1] + "…"


def headers_of(error: GithubException) -> Mapping[str, str]:
    """The answer's headers, their names in lower case."""
    return {str(key).lower(): str(value) for key, value in (error.headers or {}).items()}


def message_of(error: GithubException) -> str:
    """GitHub's message and what it says of single fields."""
    data = cast(object, error.data)
    if not isinstance(data, dict):
        return ""
    said = data.get("message")
    parts = [said] if isinstance(said, str) else []
    errors = data.get("errors")
    entries = errors[:5] if isinstance(errors, list) else []
    parts += [_field_error(entry) if isinstance(entry, dict) else str(entry) for entry in entries]
    return one_line("; ".join(part.strip() for part in parts if part.strip()))


def _field_error(entry: Mapping[str, object]) -> str:
    return str(entry.get("message") or " ".join(str(entry.get(key, "")) for key in ("resource", "field", "code")))


def is_limit(error: GithubException) -> bool:
    """Whether this is a rate limit, primary or secondary, and not a lack of permission."""
    if error.status == 429:
        return True
    headers = headers_of(error)
    limited = Requester.isRateLimitError(message_of(error)) or "retry-after" in headers
    return error.status == 403 and (limited or headers.get("x-ratelimit-remaining") == "0")


def asked_wait_s(error: GithubException) -> float:
    """How long a rate limit asks to wait, in seconds, measured by GitHub's own clock where it sends one."""
    headers = headers_of(error)
    after = headers.get("retry-after", "")
    if after.isdigit():
        return float(after)
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        # The reset is a whole second, so one more makes sure that it is past.
        return max(0.0, float(reset) - _server_time(headers)) + 1.0
    return _UNNAMED_WAIT_S


def _server_time(headers: Mapping[str, str]) -> float:
    try:
        return parsedate_to_datetime(headers.get("date", "")).timestamp()
    except ValueError:
        return time.time()


def refused(error: GithubException, call: Call, repository: str) -> Refused:
    """The sentence for a refusal that stands."""
    message = message_of(error)
    said = f": {message}" if message else ""
    return Refused(
        f"GitHub answered {error.status} to {call.doing}{said}",
        status=error.status,
        message=message,
        where=repository,
        remedy=_remedy(error, call),
    )


def silent(error: Exception, call: Call, repository: str) -> OutsideError:
    """The sentence for a call that got no usable answer."""
    return OutsideError(
        f"GitHub gave no usable answer to {call.doing} ({one_line(str(error))})",
        where=repository,
        remedy="run the workflow again when GitHub is reachable",
    )


def _remedy(error: GithubException, call: Call) -> str:
    if is_limit(error):
        return f"the rate limit is used up: run the workflow again in {asked_wait_s(error):.0f} s"
    if error.status == 401:
        return "the token is not valid, or no longer: pass a valid one as `github-token`"
    if error.status == 403:
        return f"give the token `{_permission(error) or call.needs}` (in a workflow: under `permissions:`)"
    if error.status in (404, 410):
        return f"check that the repository and the object exist and that the token has `{call.needs}`"
    if error.status >= 500:
        return "GitHub stays down: run the workflow again later"
    return "if the sentence above does not tell what to change, report it as a fault of Sluice"


def _permission(error: GithubException) -> str:
    """The permission GitHub names, as workflows write it: ``checks=write`` becomes ``checks: write``."""
    accepted = one_line(headers_of(error).get("x-accepted-github-permissions", "")).split(";")[0]
    return ", ".join(part.strip().replace("_", "-").replace("=", ": ") for part in accepted.split(",") if part.strip())
