"""One call of GitHub's API through PyGithub's requester, and when it is made again.

PyGithub makes the connection, signs the call and names the error; its own retry is off, since it sends a POST twice.
Its objects are passed by: they fetch attributes that an answer lacks by further calls, where a wrong answer must be
refused instead.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

import stamina
from github import GithubException
from github.Requester import Requester

from sluice.adapters.github import refusals
from sluice.adapters.github.fields import NoAnswer, Row, row, rows
from sluice.adapters.github.refusals import Call
from sluice.domain.errors import OutsideError

T = TypeVar("T")
Body = Mapping[str, object]

PAGE = 100
_NOT_YET_ATTEMPTS = 3
_NEXT = re.compile(r'<([^<>]+)>;\s*rel="next"')
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often a failed call is tried again, and how long one connection waits in all its calls together."""

    attempts: int = 6
    first_wait_s: float = 0.5
    longest_wait_s: float = 10.0
    total_wait_s: float = 120.0
    timeout_s: int = 20


class Calls:
    """The calls of one repository; not safe for several threads at once."""

    def __init__(self, requester: Requester, repository: str, patience: Patience) -> None:
        self._requester = requester
        self._patience = patience
        self._left_s = patience.total_wait_s
        self.timeout_s = patience.timeout_s
        self.repository = repository
        self.root = f"/repos/{repository}"

    def close(self) -> None:
        """Close the connection."""
        self._requester.close()

    # -- one request ----------------------------------------------------------------------

    def once(self, verb: str, path: str, *, body: Body | None = None, query: Body | None = None) -> object:
        """One request, never repeated: the decoded answer.

        Raises ``GithubException`` for a refusal, and ``NoAnswer`` where nothing usable came back.
        """
        return self._once(verb, path, body, query)[1]

    def redirect(self, path: str) -> str:
        """Where one GET, never repeated, redirects to; the redirection is not followed, so the token stays here."""
        status, headers, output = self._guarded(lambda: self._requester.requestJson("GET", path))
        if status >= 400:
            answer = self._guarded(lambda: json.loads(output)) if output.startswith("{") else {}
            raise Requester.createException(status, headers, answer)
        if status not in (302, 307) or not headers.get("location"):
            raise NoAnswer(f"status {status} in place of a redirection, {len(output)} characters")
        location = str(headers["location"])
        if urlsplit(location).scheme not in ("https", self._requester.scheme):
            raise OutsideError("GitHub redirected to an address that is not https", where=self.repository)
        return location

    def graphql(self, query: str) -> Row:
        """One GraphQL query, never repeated; its ``data``."""
        return row(self._guarded(lambda: self._requester.graphql_query(query, {}))[1].get("data"))

    def _once(self, verb: str, path: str, body: Body | None, query: Body | None) -> tuple[Mapping[str, object], object]:
        send = self._requester.requestJsonAndCheck
        return self._guarded(lambda: send(verb, path, parameters=dict(query or {}), input=body))

    @staticmethod
    def _guarded(send: Callable[[], T]) -> T:
        try:
            return send()
        except OSError as error:  # every exception of requests, too
            raise NoAnswer(f"the connection failed: {type(error).__name__}") from error
        except ValueError as error:
            raise NoAnswer("an answer that is not JSON") from error
        except (AssertionError, RuntimeError) as error:  # how PyGithub refuses to leave the API's host
            raise OutsideError(
                "GitHub answered with an address on another host",
                remedy="check GITHUB_API_URL: it must be the address that the API answers from",
            ) from error

    # -- repeated where that is safe ------------------------------------------------------

    def get(self, call: Call, path: str, decode: Callable[[object], T], **query: object) -> T:
        """A read, repeated until its answer can be decoded."""
        return self.attempt(call, lambda again: decode(self.once("GET", path, query=query)))

    def pages(self, call: Call, path: str, *, key: str = "", most: int, **query: object) -> Iterator[tuple[Row, ...]]:
        """The pages of a list, one read each, as far as they are asked for and at most ``most``."""
        target: str = path
        asked: Body = {**query, "per_page": PAGE}
        for _ in range(most):

            def read(again: bool, target: str = target, asked: Body = asked) -> tuple[tuple[Row, ...], str]:
                headers, answer = self._once("GET", target, None, asked)
                following = _NEXT.search(str(headers.get("link", "")))
                return rows(answer, key), following.group(1) if following else ""

            page, target = self.attempt(call, read)
            yield page
            if not target:
                return
            asked = {}  # the next page's address carries the question

    def write(self, call: Call, verb: str, path: str, body: Body | None, decode: Callable[[object], T]) -> T:
        """A write that may be repeated without harm: PATCH, PUT, DELETE."""
        return self.attempt(call, lambda again: decode(self.once(verb, path, body=body)))

    def attempt(self, call: Call, action: Callable[[bool], T]) -> T:
        """Perform ``action(again)``; once more after a failure that may pass.

        ``again`` is true from the second attempt on: what cannot be repeated without harm looks first whether it is
        done. ``OutsideError`` (``Refused`` where GitHub refused) when it stays down or was refused for good.
        """
        failures = _Failures(call, self._left_s)
        try:
            for attempt in stamina.retry_context(
                on=failures.wait,
                attempts=self._patience.attempts,
                timeout=None,
                wait_initial=self._patience.first_wait_s,
                wait_max=self._patience.longest_wait_s,
                wait_jitter=self._patience.first_wait_s / 2,
            ):
                with attempt:
                    return action(attempt.num > 1)
        except GithubException as error:
            raise refusals.refused(error, call, self.repository) from error
        except NoAnswer as error:
            raise refusals.silent(error, call, self.repository) from error
        finally:
            self._left_s -= failures.lasted_s
        raise AssertionError("unreachable: the last attempt raises")


class _Failures:
    """The failures of one call, and whether there is another attempt after each."""

    def __init__(self, call: Call, left_s: float) -> None:
        self._call = call
        self._left_s = left_s
        self._since: float | None = None
        self._not_found = 0

    @property
    def lasted_s(self) -> float:
        """Seconds since the first failure; 0 where there was none."""
        return 0.0 if self._since is None else time.monotonic() - self._since

    def wait(self, error: Exception) -> bool | float:
        """False: never again; True: after the usual wait; a number: after so many seconds."""
        if self._since is None:
            self._since = time.monotonic()
        again = self._again(error)
        asked = again if isinstance(again, float) else 0.0
        if again is False or asked >= self._left_s - self.lasted_s:
            return False
        _log.info("%s did not succeed and is tried again", self._call.doing)
        return again

    def _again(self, error: Exception) -> bool | float:
        if isinstance(error, NoAnswer):
            return True
        if not isinstance(error, GithubException):
            return False
        if refusals.is_limit(error):
            return refusals.asked_wait_s(error)
        if error.status == 404 and self._call.new:
            self._not_found += 1
            return self._not_found < _NOT_YET_ATTEMPTS
        return error.status >= 500
