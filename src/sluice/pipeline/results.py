"""Whether the results that are evaluated are those of this training, or lay there before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sluice.domain.config import Evaluation
from sluice.domain.errors import EvidenceError
from sluice.domain.result_rules import input_paths
from sluice.domain.training import Artifact

MAX_METRICS_BYTES = 5_000_000
MAX_REPORT_BYTES = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFile:
    """One file of results at one moment; a file that is written again has another time, if not other bytes."""

    artifact: Artifact
    modified_ns: int


def result_files(paths: tuple[str, ...], root: Path, digest: Callable[[Path], str]) -> tuple[ResultFile, ...]:
    """Those of these files of results that are there now."""
    there = [(path, root / path) for path in paths if (root / path).is_file()]
    return tuple(_result_file(path, file, digest) for path, file in there)


def _result_file(path: str, file: Path, digest: Callable[[Path], str]) -> ResultFile:
    status = file.stat()
    artifact = Artifact(path=path, sha256=digest(file), size_bytes=status.st_size)
    return ResultFile(artifact=artifact, modified_ns=status.st_mtime_ns)


def unwritten(before: tuple[ResultFile, ...], after: tuple[ResultFile, ...]) -> tuple[str, ...]:
    """Paths of the files that training left as they were."""
    return tuple(one.artifact.path for one in before if one in after)


def remark(paths: tuple[str, ...], evaluation: Evaluation | None) -> str:
    """What to say of results that training did not write; empty where it wrote all. Rows need not be written by it."""
    rows = input_paths(evaluation) if evaluation is not None else ()
    return "; ".join(f"{path} was not written by this training" for path in paths if path not in rows)


def require_kept(paths: tuple[str, ...], kept: Callable[[str], bool]) -> None:
    """Raise ``EvidenceError`` (``stale-results``) for a file that training did not write and that nobody keeps.

    A committed file is the head's own, and DVC leaves the outputs of a stage alone whose inputs have not changed;
    any other file is a leftover of another run, of another commit perhaps.
    """
    for path in paths:
        if not kept(path):
            raise EvidenceError(
                "was not written by this training, and neither git nor DVC keeps it",
                reason_code="stale-results",
                where=path,
                remedy="let training write it, or remove it before",
            )


def metrics_bytes(path: Path, name: str, max_bytes: int = MAX_METRICS_BYTES) -> bytes:
    """A file's bytes, of metrics or of a report of tests; ``EvidenceError`` where there is none, or too large a one."""
    if path.is_symlink() or not path.is_file():
        raise EvidenceError("there is no such file", reason_code="metric", where=name, remedy="let training write it")
    if path.stat().st_size > max_bytes:
        raise EvidenceError(f"is over {max_bytes:,} bytes", reason_code="metric", where=name)
    return path.read_bytes()
