"""Pull requests, and which paths differ between two commits."""

from __future__ import annotations

from collections.abc import Iterable

from sluice.adapters.github.calls import PAGE, Calls
from sluice.adapters.github.fields import Row, is_sha, optional_text, pull, row, rows, text
from sluice.adapters.github.refusals import Call
from sluice.domain.errors import EvidenceError, UsageError
from sluice.domain.planning import ChangedFiles, PullRequest

# GitHub lists no more files than these, of a pull request and of a comparison.
_MOST_PULL_FILES = 3000
_MOST_COMPARED_FILES = 300
_MOST_SAME_HEAD_PAGES = 3

_NEEDS = "pull-requests: read"


def pull_request(calls: Calls, number: int) -> PullRequest:
    """The pull request as it is now; one call."""
    call = Call(doing=f"reading pull request #{number}", needs=_NEEDS, new=True)
    return calls.get(call, f"{calls.root}/pulls/{number}", pull)


def changed_files(calls: Calls, number: int) -> ChangedFiles:
    """Every path that the pull request changes; a call for each 100 files."""
    call = Call(doing=f"listing the files of pull request #{number}", needs=_NEEDS, new=True)
    listed: list[Row] = []
    for page in calls.pages(call, f"{calls.root}/pulls/{number}/files", most=_MOST_PULL_FILES // PAGE):
        listed += page
    return ChangedFiles(paths=_paths(listed), complete=len(listed) < _MOST_PULL_FILES)


def compare(calls: Calls, base_sha: str, head_sha: str) -> ChangedFiles:
    """Every path that differs between the merge base of two commits and the second; one call."""
    if not (is_sha(base_sha) and is_sha(head_sha)):
        raise UsageError("only full commit ids can be compared", where=f"{base_sha}...{head_sha}")
    call = Call(doing=f"comparing {base_sha[:12]} with {head_sha[:12]}", needs="contents: read", new=True)
    path = f"{calls.root}/compare/{base_sha}...{head_sha}"
    # The files come with the first page whatever its size, which counts commits.
    listed = calls.get(call, path, lambda answer: rows(row(answer), "files"), per_page=1)
    return ChangedFiles(paths=_paths(listed), complete=len(listed) < _MOST_COMPARED_FILES)


def pull_for_head(calls: Calls, head_repository: str, head_ref: str, head_sha: str) -> PullRequest | None:
    """The open pull request whose head is exactly this commit of this branch, or none; usually one call.

    Raises ``EvidenceError`` where there are several: a result for one base must not stand for another.
    """
    owner = head_repository.split("/")[0]
    call = Call(doing=f"looking for the pull request of {owner}:{head_ref}", needs=_NEEDS)
    found: list[PullRequest] = []
    query = {"state": "open", "head": f"{owner}:{head_ref}"}
    for page in calls.pages(call, f"{calls.root}/pulls", most=_MOST_SAME_HEAD_PAGES, **query):
        found += [pull(item) for item in page]
    same = [one for one in found if _is_head(one, head_repository, head_ref, head_sha)]
    if len(same) > 1:
        numbers = ", ".join(f"#{one.number}" for one in same)
        raise EvidenceError(
            f"commit {head_sha} is the head of several open pull requests ({numbers})",
            reason_code="ambiguous-head",
            remedy="close all but one, or push a commit to each",
        )
    return same[0] if same else None


def _is_head(one: PullRequest, repository: str, ref: str, sha: str) -> bool:
    return one.head_sha == sha and one.head_ref == ref and one.head_repository.lower() == repository.lower()


def _paths(listed: Iterable[Row]) -> tuple[str, ...]:
    """New and old names, each once, in GitHub's order."""
    names = [name for item in listed for name in (text(item, "filename"), optional_text(item, "previous_filename"))]
    return tuple(dict.fromkeys(name for name in names if name))
