"""The sticky comment: found by its first line and its author, so that it is one whatever came before or got lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sluice.adapters.github import cutting, pulls
from sluice.adapters.github.calls import Calls
from sluice.adapters.github.fields import Row, inner_or_empty, integer, optional_text, row, text
from sluice.adapters.github.identity import Identity
from sluice.adapters.github.refusals import Call, Refused
from sluice.domain.errors import StaleHead
from sluice.domain.report import StickyComment

MARKER = "<!-- sluice:report -->"

_NEEDS = "pull-requests: write"
# 30,000 comments; a pull request with more gets a second report rather than an endless search.
_MOST_PAGES = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class _Own:
    """A comment of ours."""

    id: int
    body: str


class Comments:
    """Writes the sticky comments of one repository."""

    def __init__(self, calls: Calls, identity: Identity) -> None:
        self._calls = calls
        self._identity = identity

    def upsert(self, comment: StickyComment, *, head_verified: bool) -> int:
        """Make the one comment of ours read so; its id.

        The head is read again directly before every attempt to write (save the first, where the caller has just done
        so) and ``StaleHead`` raised where it has moved. Nothing is written where the comment reads so already.
        """
        body = _body(comment.body)
        kept = self._kept(comment.pr_number)
        if kept is not None:
            if _same(kept.body, body):
                if not head_verified:
                    self._check_head(comment)
                return kept.id
            if self._edit(comment, kept.id, body, head_verified):
                return kept.id
        return self._create(comment, body, head_verified)

    # -- writes ---------------------------------------------------------------------------

    def _edit(self, comment: StickyComment, number: int, body: str, verified: bool) -> bool:
        """False where somebody has just deleted the comment."""
        call = Call(doing=f"editing the report on pull request #{comment.pr_number}", needs=_NEEDS)
        path = f"{self._calls.root}/issues/comments/{number}"

        def patch(again: bool) -> int:
            if again or not verified:
                self._check_head(comment)
            return integer(row(self._calls.once("PATCH", path, body={"body": body})), "id")

        try:
            self._calls.attempt(call, patch)
        except Refused as error:
            if error.status != 404:
                raise
            return False
        return True

    def _create(self, comment: StickyComment, body: str, verified: bool) -> int:
        call = Call(doing=f"posting the report on pull request #{comment.pr_number}", needs=_NEEDS)
        path = f"{self._calls.root}/issues/{comment.pr_number}/comments"

        def post(again: bool) -> int:
            # The lost reply may have been a success: a second comment would be one too many.
            found = self._kept(comment.pr_number) if again else None
            if found is not None and _same(found.body, body):
                return found.id
            if again or not verified:
                self._check_head(comment)
            if found is not None:
                once = self._calls.once("PATCH", f"{self._calls.root}/issues/comments/{found.id}", body={"body": body})
                return integer(row(once), "id")
            return integer(row(self._calls.once("POST", path, body={"body": body})), "id")

        return self._calls.attempt(call, post)

    def _delete(self, number: int) -> None:
        call = Call(doing="deleting a second report", needs=_NEEDS)
        try:
            self._calls.write(call, "DELETE", f"{self._calls.root}/issues/comments/{number}", None, lambda answer: None)
        except Refused as error:
            if error.status != 404:
                raise

    # -- reads ----------------------------------------------------------------------------

    def _kept(self, number: int) -> _Own | None:
        """Our oldest comment; what else of ours is on the same page is the trace of an accident, and deleted."""
        for page in self._pages(number):
            own = [found for found in (self._own(item) for item in page) if found is not None]
            for second in own[1:]:
                self._delete(second.id)
            if own:
                return own[0]
        return None

    def _pages(self, number: int) -> Iterator[tuple[Row, ...]]:
        call = Call(doing=f"listing the comments of pull request #{number}", needs="pull-requests: read")
        path = f"{self._calls.root}/issues/{number}/comments"
        return self._calls.pages(call, path, most=_MOST_PAGES)

    def _own(self, item: Row) -> _Own | None:
        """The comment, if it is a report and we wrote it; others may copy our first line."""
        body = optional_text(item, "body")
        if body.replace("\r\n", "\n").split("\n", 1)[0] != MARKER:
            return None
        author = text(inner_or_empty(item, "user") or {"login": ""}, "login")
        if author.lower() != self._identity.login().lower():
            return None
        return _Own(id=integer(item, "id"), body=body)

    def _check_head(self, comment: StickyComment) -> None:
        now = pulls.pull_request(self._calls, comment.pr_number).head_sha
        if now != comment.head_sha:
            raise StaleHead(
                f"the head moved from {comment.head_sha} to {now}, so the report on the former is not posted",
                where=f"pull request #{comment.pr_number}",
            )


def _body(body: str) -> str:
    marked = body if body.split("\n", 1)[0] == MARKER else f"{MARKER}\n{body}"
    return cutting.to_characters(marked, cutting.COMMENT_CHARACTERS)


def _same(one: str, other: str) -> bool:
    """GitHub may hand a body back with other line ends."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
