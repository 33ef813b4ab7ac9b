"""The evidence folder: written by ``run``, read by ``publish`` as something that an attacker may have made.

``evidence.json`` names every figure with its digest, so the digest of its bytes binds the whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from sluice.adapters.decode import keypath, shapes, strict_json
from sluice.adapters.decode.keypath import shorten
from sluice.domain.curves import Curve, Line
from sluice.domain.drift import AspectDrift, ColumnDrift, DriftResult
from sluice.domain.errors import EvidenceError, UsageError
from sluice.domain.evaluation import EvaluationResult
from sluice.domain.evidence import EVIDENCE_SCHEMA_VERSION, Evidence, Figure
from sluice.domain.model import ModelArtifact
from sluice.domain.model_globals import MAX_GLOBALS, MAX_NAME_CHARS
from sluice.domain.validation import CheckResult
from sluice.domain.verdict import Verdict

MAX_JSON_BYTES = 16_000_000
MAX_ITEMS = 100_000
MAX_NODES = 3_000_000
MAX_CELLS = 50
MAX_FOLDER_BYTES = 50_000_000
MAX_FILES = 100
MAX_FIGURE_SIDE_PX = 10_000
FILE_NAME = "evidence.json"

_FIGURE_PATH = re.compile(r"figures/[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.png")
_SHA1 = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PNG_START = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"

# Tables may have ten thousand columns: what says nothing is left out of the records of which there are so many.
_SPARSE = frozenset((CheckResult, ColumnDrift, AspectDrift, Curve, Line))


def to_json(evidence: Evidence) -> Any:
    """The evidence as plain values for JSON."""
    return shapes.encode(evidence, sparse=_SPARSE)


def write(evidence: Evidence, folder: Path) -> str:
    """Write ``evidence.json`` beside the figures it names, all at once or not at all; the SHA-256 of its bytes.

    The same evidence gives the same bytes. Raises ``EvidenceError`` for what ``read`` would refuse, so that a run
    does not end well with evidence that nobody believes.
    """
    text = json.dumps(to_json(evidence), sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False)
    # A log may hold half characters, which no UTF-8 can: they become question marks.
    data = (text + "\n").encode(errors="replace")
    _check_figures(_decode(data), folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".evidence-", dir=folder) as beside:
            temporary = Path(beside) / FILE_NAME
            temporary.write_bytes(data)
            temporary.replace(folder / FILE_NAME)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(folder / FILE_NAME)) from None
    return hashlib.sha256(data).hexdigest()


def read(folder: Path) -> tuple[Evidence, str]:
    """The evidence in a folder, and the SHA-256 of ``evidence.json``; ``EvidenceError`` where anything is amiss.

    The folder: at most 50 MB and 100 files, none of them a link or a device. ``evidence.json``: at most 16 MB, this
    schema version, every key known, every value of its type. Figures: in ``figures/``, PNG, as their digests say.
    Whose evidence it is, the gate asks.
    """
    _check_folder(folder)
    data = _bytes(folder / FILE_NAME, MAX_JSON_BYTES, FILE_NAME)
    evidence = _decode(data)
    _check_figures(evidence, folder)
    return evidence, hashlib.sha256(data).hexdigest()


def read_alone(folder: Path) -> tuple[Evidence, str]:
    """As ``read``, of a folder that has been kept without its pictures: the evidence then names none."""
    data = _bytes(folder / FILE_NAME, MAX_JSON_BYTES, FILE_NAME)
    return replace(_decode(data), figures=()), hashlib.sha256(data).hexdigest()


def _decode(data: bytes) -> Evidence:
    value = strict_json.parse(data, where=FILE_NAME, max_bytes=MAX_JSON_BYTES, max_nodes=MAX_NODES)
    version = value.get("schema_version") if isinstance(value, dict) else None
    if type(version) is int and version != EVIDENCE_SCHEMA_VERSION:
        raise EvidenceError(
            f"has schema version {version}; this Sluice reads {EVIDENCE_SCHEMA_VERSION}",
            reason_code="evidence-version",
            where=FILE_NAME,
            remedy="use the same version for `run` and `publish`",
        )
    try:
        evidence = shapes.decode(Evidence, value, max_items=MAX_ITEMS)
    except shapes.ShapeError as error:
        first = error.mismatches[0]
        where = ": ".join(part for part in (FILE_NAME, keypath.text(first.at)) if part)
        raise EvidenceError(first.what, where=where) from None
    _check_values(evidence, version)
    return evidence


def _check_values(evidence: Evidence, version: object) -> None:
    subject = evidence.subject
    if version is None:
        raise EvidenceError("lacks the key `schema_version`", where=FILE_NAME)
    if not _SHA1.fullmatch(subject.head_sha):
        raise EvidenceError("is not a commit", where=f"{FILE_NAME}: subject.head_sha")
    if subject.base_sha and not _SHA1.fullmatch(subject.base_sha):
        raise EvidenceError("is not a commit", where=f"{FILE_NAME}: subject.base_sha")
    if len(set(evidence.stages)) != len(evidence.stages):
        raise EvidenceError("names a stage twice", where=f"{FILE_NAME}: stages")
    paths = [figure.path for figure in evidence.figures]
    if len(set(paths)) != len(paths):
        raise EvidenceError("names a figure twice", where=f"{FILE_NAME}: figures")
    datasets = [result.dataset for result in evidence.data]
    if len(set(datasets)) != len(datasets):
        raise EvidenceError("names a dataset twice", where=f"{FILE_NAME}: data")
    _check_model(evidence.model)
    _check_code(evidence.evaluation)
    for index, result in enumerate(evidence.data):
        _check_drift(result.drift, f"{FILE_NAME}: data[{index}].drift")
    _check_drift(evidence.evaluation.drift if evidence.evaluation else None, f"{FILE_NAME}: evaluation.drift")


def _check_model(model: ModelArtifact | None) -> None:
    """What no run of Sluice writes: a model of no format or digest that passed, or more globals than it collects."""
    if model is None:
        return
    where = f"{FILE_NAME}: model"
    if model.verdict not in (Verdict.PASS, Verdict.ERROR):
        raise EvidenceError("has a verdict that looking at a model does not come to", where=where)
    if not _SHA256.fullmatch(model.sha256) and (model.sha256 or model.verdict is Verdict.PASS):
        raise EvidenceError("has a digest that is none", where=where)
    if min(model.n_bytes, model.n_files) < 0 or (model.verdict is Verdict.PASS and not model.format):
        raise EvidenceError("has a size below zero, or no format", where=where)
    too_long = any(len(one) > 2 * MAX_NAME_CHARS + 1 for one in model.globals_named)
    if len(model.globals_named) > MAX_GLOBALS or too_long:
        raise EvidenceError(f"names more than {MAX_GLOBALS:,} globals, or longer ones than there may be", where=where)


def _check_code(evaluation: EvaluationResult | None) -> None:
    """What no run of Sluice writes: the base's code without its commit, or a commit beside the head's own."""
    if evaluation is None:
        return
    known = _SHA1.fullmatch(evaluation.code_sha) if evaluation.code == "base" else not evaluation.code_sha
    if not known:
        raise EvidenceError("does not say which commit's code evaluated", where=f"{FILE_NAME}: evaluation.code_sha")


def _check_drift(drift: DriftResult | None, where: str) -> None:
    """What no run of Sluice writes: a column twice, a probability beyond its range, fewer rows than none."""
    if drift is None:
        return
    names = [column.column for column in drift.columns]
    if len(set(names)) != len(names):
        raise EvidenceError("names a column twice", where=where)
    chances = [drift.classifier.p_value] if drift.classifier else []
    counts = [drift.n_reference, drift.n_current]
    for one in (part for column in drift.columns for part in (column, *column.aspects)):
        chances.append(one.p_value)
        counts += (one.n_reference, one.n_current)
        if isinstance(one, AspectDrift):
            _check_histogram(one, where)
    if any(chance is not None and not 0 <= chance <= 1 for chance in chances):
        raise EvidenceError("holds a p-value that is not between 0 and 1", where=where)
    if min(counts) < 0:
        raise EvidenceError("holds a number of rows below zero", where=where)


def _check_histogram(aspect: AspectDrift, where: str) -> None:
    drawn = aspect.histogram
    if drawn is None:
        return
    n_cells = len(drawn.labels)
    if n_cells > MAX_CELLS or (len(drawn.reference), len(drawn.current)) != (n_cells, n_cells):
        raise EvidenceError(f"holds a histogram without one count a cell, or of over {MAX_CELLS} cells", where=where)
    if min((*drawn.reference, *drawn.current), default=0) < 0:
        raise EvidenceError("holds a histogram with a count below zero", where=where)


def _check_folder(folder: Path) -> None:
    if not folder.is_dir() or folder.is_symlink():
        raise EvidenceError("is not a folder", where=str(folder), remedy="give the folder that `sluice run` wrote")
    n_files, n_bytes = 0, 0
    waiting = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                n_files, n_bytes = n_files + 1, n_bytes + status.st_size
                if stat.S_ISDIR(status.st_mode):
                    waiting.append(entry.path)
                elif not stat.S_ISREG(status.st_mode):
                    raise EvidenceError(f"holds {shorten(entry.name)}, which is no regular file", where=str(folder))
                if n_files > MAX_FILES:
                    raise EvidenceError(f"holds more than {MAX_FILES} files", where=str(folder))
                if n_bytes > MAX_FOLDER_BYTES:
                    raise EvidenceError(f"holds more than {MAX_FOLDER_BYTES} bytes", where=str(folder))


def _check_figures(evidence: Evidence, folder: Path) -> None:
    for index, figure in enumerate(evidence.figures):
        where = f"{FILE_NAME}: figures[{index}]"
        if not _FIGURE_PATH.fullmatch(figure.path):
            raise EvidenceError(f"the path {shorten(figure.path)} is not `figures/NAME.png`", where=where)
        _check_png(_bytes(folder / figure.path, MAX_FOLDER_BYTES, figure.path), figure, where)


def _check_png(data: bytes, figure: Figure, where: str) -> None:
    if hashlib.sha256(data).hexdigest() != figure.sha256:
        raise EvidenceError(f"{figure.path} is not the file that the digest names", where=where)
    sides = (int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big"))
    if not data.startswith(_PNG_START) or not all(0 < side <= MAX_FIGURE_SIDE_PX for side in sides):
        raise EvidenceError(f"{figure.path} is no PNG of at most {MAX_FIGURE_SIDE_PX} pixels a side", where=where)


def _bytes(path: Path, max_bytes: int, name: str) -> bytes:
    """A regular file's bytes, without following a link, waiting for a pipe or reading more than allowed."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise EvidenceError(f"cannot be read: {error.strerror}", where=name) from None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise EvidenceError("is no regular file", where=name)
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise EvidenceError(f"is larger than {max_bytes} bytes", where=name)
    return data
