"""Workflow runs and their artifacts."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

import requests

from sluice.adapters.github.calls import Calls
from sluice.adapters.github.fields import (
    DELETED_REPOSITORY,
    NoAnswer,
    Row,
    flag,
    inner,
    inner_or_empty,
    integer,
    optional_text,
    row,
    sha,
    text,
)
from sluice.adapters.github.refusals import Call
from sluice.domain.errors import EvidenceError
from sluice.domain.workflows import RunArtifact, WorkflowRun

_NEEDS = "actions: read"
_MOST_PAGES = 10
_CHUNK_BYTES = 1 << 16


def workflow_run(calls: Calls, run_id: int) -> WorkflowRun:
    """A run of a workflow as it is now; one call."""
    call = Call(doing=f"reading workflow run {run_id}", needs=_NEEDS, new=True)
    return calls.get(call, f"{calls.root}/actions/runs/{run_id}", _run)


def artifacts_named(calls: Calls, name: str) -> tuple[RunArtifact, ...]:
    """The repository's artifacts of this name that have not expired, the newest first."""
    call = Call(doing=f"listing the artifacts called {name}", needs=_NEEDS)
    return _artifacts(calls, call, f"{calls.root}/actions/artifacts", name)


def artifacts_of_run(calls: Calls, run_id: int, name: str) -> tuple[RunArtifact, ...]:
    """A run's artifacts of this name that have not expired, the newest first."""
    call = Call(doing=f"listing the artifacts of run {run_id}", needs=_NEEDS, new=True)
    return _artifacts(calls, call, f"{calls.root}/actions/runs/{run_id}/artifacts", name)


def download(calls: Calls, artifact: RunArtifact, into: Path, max_bytes: int) -> Path:
    """Write the artifact's zip archive into a folder; its path.

    ``EvidenceError`` where it is larger than ``max_bytes``, or not what its digest says.
    """
    _refuse_over(artifact.size_bytes, max_bytes, artifact)
    call = Call(doing=f"downloading the artifact {artifact.name}", needs=_NEEDS)
    target = into / f"artifact-{artifact.id}.zip"

    def fetch(again: bool) -> str:
        address = calls.redirect(f"{calls.root}/actions/artifacts/{artifact.id}/zip")
        return _stream(address, target, max_bytes, artifact, calls.timeout_s)

    digest = calls.attempt(call, fetch)
    if artifact.digest and artifact.digest != f"sha256:{digest}":
        target.unlink(missing_ok=True)
        raise EvidenceError("is not what its digest says", where=f"artifact {artifact.name}", reason_code="digest")
    return target


def _stream(address: str, target: Path, max_bytes: int, artifact: RunArtifact, timeout_s: int) -> str:
    """Download without the API's token, which is none of the storage's business; the SHA-256 of what came."""
    digest, size = hashlib.sha256(), 0
    try:
        with contextlib.ExitStack() as open_:
            answer = open_.enter_context(requests.get(address, stream=True, timeout=timeout_s, auth=_no_token))
            if answer.status_code != 200:
                raise NoAnswer(f"the storage answered {answer.status_code}")
            file = open_.enter_context(target.open("wb"))
            for chunk in answer.iter_content(_CHUNK_BYTES):
                size += len(chunk)
                _refuse_over(size, max_bytes, artifact)
                digest.update(chunk)
                file.write(chunk)
    except requests.RequestException as error:
        raise NoAnswer(f"the connection to the storage failed: {type(error).__name__}") from error
    except EvidenceError:
        target.unlink(missing_ok=True)
        raise
    return digest.hexdigest()


def _no_token(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps requests from looking for a login in ~/.netrc."""
    return request


def _refuse_over(size: int, max_bytes: int, artifact: RunArtifact) -> None:
    if size > max_bytes:
        raise EvidenceError(f"has more than {max_bytes} bytes", where=f"artifact {artifact.name}")


def _artifacts(calls: Calls, call: Call, path: str, name: str) -> tuple[RunArtifact, ...]:
    pages = calls.pages(call, path, key="artifacts", most=_MOST_PAGES, name=name)
    listed = [_artifact(item) for page in pages for item in page]
    usable = (found for found in listed if found.name == name and not found.expired)
    return tuple(sorted(usable, key=lambda found: -found.id))


def _artifact(of: Row) -> RunArtifact:
    run = inner_or_empty(of, "workflow_run")
    home, head = run.get("repository_id"), run.get("head_repository_id")
    return RunArtifact(
        id=integer(of, "id"),
        name=text(of, "name"),
        size_bytes=integer(of, "size_in_bytes"),
        expired=flag(of, "expired"),
        digest=optional_text(of, "digest"),
        run_id=integer(run, "id") if run else 0,
        head_sha=optional_text(run, "head_sha"),
        head_branch=optional_text(run, "head_branch"),
        same_repository=home is not None and home == head,
    )


def _run(answer: object) -> WorkflowRun:
    of = row(answer)
    head = inner_or_empty(of, "head_repository")
    return WorkflowRun(
        id=integer(of, "id"),
        event=text(of, "event"),
        path=text(of, "path"),
        head_sha=sha(of, "head_sha"),
        head_branch=optional_text(of, "head_branch"),
        head_repository=text(head, "full_name") if head else DELETED_REPOSITORY,
        repository=text(inner(of, "repository"), "full_name"),
        status=optional_text(of, "status"),
        conclusion=optional_text(of, "conclusion"),
    )
