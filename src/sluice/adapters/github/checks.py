"""Check runs: one for each name and decision on a head, whatever is repeated or lost on the way.

A check run belongs to one decision, which its ``external_id`` names. The same decision again changes nothing (or
completes what an interrupted writer left); another decision on the same head makes a new run, since GitHub shows and
requires the newest of an app. ``sluice/gate`` is written last where it opens and first where it closes, so it is never
green while the others are not there, nor a moment longer than it should be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sluice.adapters.github import cutting
from sluice.adapters.github.annotations import BATCH, fitting
from sluice.adapters.github.calls import Calls
from sluice.adapters.github.fields import Row, inner, inner_or_empty, integer, optional_text, row, text
from sluice.adapters.github.identity import Identity
from sluice.adapters.github.refusals import Call, Refused
from sluice.adapters.github.statuses import set_statuses
from sluice.domain.report import CheckRun

GATE = "sluice/gate"

# Personal tokens that GitHub never lets make check runs; those it issues under other prefixes are tried.
_PERSONAL_PREFIXES = ("ghp_", "github_pat_", "gho_")
_PERSONAL_REFUSALS = ("you must authenticate via a github app", "not accessible by personal access token")
_OPENING = ("success", "neutral")
_MOST_PAGES = 10
_NEEDS = "checks: write"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Posted:
    """A check run as GitHub has it."""

    id: int
    name: str
    external_id: str
    conclusion: str
    title: str
    n_annotations: int
    slug: str


class Checks:
    """Sets the checks of a head."""

    def __init__(self, calls: Calls, identity: Identity, token: str, details_url: str) -> None:
        self._calls = calls
        self._identity = identity
        self._details_url = details_url
        self._by_status = token.startswith(_PERSONAL_PREFIXES)

    def set(self, checks: tuple[CheckRun, ...]) -> None:
        """Make every check stand as given: one read, and one write each (more for over 50 annotations)."""
        left = _in_order(checks)
        posted: dict[str, list[_Posted]] = {}
        while left and not self._by_status:
            head = left[0].head_sha
            if head not in posted:
                posted[head] = self._list(head)
            try:
                self._set(left[0], posted[head])
            except Refused as error:
                if not _is_personal(error):
                    raise
                self._by_status = True
            else:
                left = left[1:]
        set_statuses(self._calls, left, self._details_url)

    def _set(self, check: CheckRun, posted: Sequence[_Posted]) -> None:
        notes = fitting(check.annotations)
        same = self._of_this_decision(check, posted)
        if same is not None and (
            self._stands(check, same, len(notes)) or self._update(check, same.id, notes, same.n_annotations)
        ):
            return
        made = self._create(check, notes, frozenset(run.id for run in posted))
        if made.n_annotations < len(notes):
            self._update(check, made.id, notes, made.n_annotations)

    def _of_this_decision(self, check: CheckRun, posted: Sequence[_Posted]) -> _Posted | None:
        """The newest run of this name and decision, of our own app where that is known."""
        apps = (self._identity.app_slug,) if self._identity.app_slug else tuple({run.slug for run in posted})
        same = (run for run in posted if (run.name, run.external_id) == (check.name, check.external_id))
        return max((run for run in same if run.slug in apps), key=lambda run: run.id, default=None)

    def _stands(self, check: CheckRun, same: _Posted, n_notes: int) -> bool:
        """Whether there is nothing to do; not before the run is known to be ours, since anyone may copy one."""
        ours = bool(self._identity.app_slug) and same.slug == self._identity.app_slug
        complete = same.n_annotations >= n_notes and same.title == cutting.short(check.title, cutting.TITLE_CHARACTERS)
        return ours and complete and same.conclusion == check.conclusion

    # -- writes ---------------------------------------------------------------------------

    def _create(self, check: CheckRun, notes: tuple[Row, ...], others: frozenset[int]) -> _Posted:
        call = Call(doing=f"creating the check run {check.name}", needs=_NEEDS)
        first = {**self._body(check, notes[:BATCH]), "name": check.name, "head_sha": check.head_sha}

        def post(again: bool) -> _Posted:
            # The lost reply may have been a success: a second run of this decision would be one too many.
            new = [run for run in self._list(check.head_sha) if run.id not in others] if again else []
            found = self._of_this_decision(check, new)
            if found is not None:
                return found
            made = _posted(self._calls.once("POST", f"{self._calls.root}/check-runs", body=first))
            self._identity.learn(made.slug)
            # GitHub may count the annotations of this very call a moment later.
            return replace(made, n_annotations=len(notes[:BATCH]))

        return self._calls.attempt(call, post)

    def _update(self, check: CheckRun, run_id: int, notes: tuple[Row, ...], n_sent: int) -> bool:
        """Bring a run of ours up to date; false where it is not ours, or gone."""
        call = Call(doing=f"updating the check run {check.name}", needs=_NEEDS)
        while True:
            try:
                n_sent = self._calls.attempt(call, self._batch(check, run_id, notes, n_sent))
            except Refused as error:
                if error.status == 404 or (error.status == 403 and "app_id" in error.message):
                    return False
                raise
            if n_sent >= len(notes):
                return True

    def _batch(self, check: CheckRun, run_id: int, notes: tuple[Row, ...], n_sent: int) -> Callable[[bool], int]:
        path = f"{self._calls.root}/check-runs/{run_id}"

        def patch(again: bool) -> int:
            # GitHub adds annotations to those it has, so a repetition starts where the lost call may have got to.
            sent = _posted(self._calls.once("GET", path)).n_annotations if again else n_sent
            batch = notes[sent : sent + BATCH]
            self._identity.learn(_posted(self._calls.once("PATCH", path, body=self._body(check, batch))).slug)
            return sent + len(batch)

        return patch

    def _body(self, check: CheckRun, notes: tuple[Row, ...]) -> dict[str, object]:
        output: dict[str, object] = {
            "title": cutting.short(check.title, cutting.TITLE_CHARACTERS),
            "summary": cutting.to_bytes(check.summary, cutting.SUMMARY_BYTES),
        }
        if notes:
            output["annotations"] = list(notes)
        body: dict[str, object] = {
            "status": "completed",
            "conclusion": check.conclusion,
            "external_id": check.external_id,
            "output": output,
        }
        return {**body, "details_url": self._details_url} if self._details_url else body

    # -- reads ----------------------------------------------------------------------------

    def _list(self, head_sha: str) -> list[_Posted]:
        call = Call(doing=f"listing the check runs of {head_sha[:12]}", needs="checks: read", new=True)
        path = f"{self._calls.root}/commits/{head_sha}/check-runs"
        pages = self._calls.pages(call, path, key="check_runs", most=_MOST_PAGES, filter="latest")
        return [_posted(item) for page in pages for item in page]


def _in_order(checks: tuple[CheckRun, ...]) -> tuple[CheckRun, ...]:
    gates = tuple(check for check in checks if check.name == GATE)
    others = tuple(check for check in checks if check.name != GATE)
    closing = any(check.conclusion not in _OPENING for check in gates)
    return gates + others if closing else others + gates


def _is_personal(error: Refused) -> bool:
    return error.status == 403 and any(words in error.message.lower() for words in _PERSONAL_REFUSALS)


def _posted(value: object) -> _Posted:
    of = row(value)
    output = inner(of, "output")
    return _Posted(
        id=integer(of, "id"),
        name=text(of, "name"),
        external_id=optional_text(of, "external_id"),
        conclusion=optional_text(of, "conclusion"),
        title=optional_text(output, "title"),
        n_annotations=integer(output, "annotations_count"),
        slug=optional_text(inner_or_empty(of, "app"), "slug"),
    )
