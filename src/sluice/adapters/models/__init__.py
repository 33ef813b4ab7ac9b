"""A model's artifact looked at before anything loads it: its format, its digest, and what loading it would name.

Nothing of the model is imported, unpickled or run; it is read in a child process with limits. The order: which files
there are, their digest, then each file by the reader of its format; the allow-list last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from sluice.adapters.confined import Limits, UnforeseenError, confined
from sluice.adapters.models.kinds import Looking, look_into
from sluice.adapters.models.listing import ModelFile, digest, files_of
from sluice.adapters.models.mlflow_folder import FILE_NAME
from sluice.adapters.models.refusal import SAFE_FORMATS, BrokenError, RefusedError
from sluice.domain.errors import DataError
from sluice.domain.model import ModelArtifact, ModelFormat
from sluice.domain.model_globals import refusal, refused
from sluice.domain.verdict import Verdict

LIMITS = Limits(wall_s=900.0, memory_bytes=4 << 30, file_bytes=1 << 20)
MAX_MESSAGE_CHARS = 1_000


def inspect(root: Path, path: str, modules: tuple[str, ...] = (), *, limits: Limits = LIMITS) -> ModelArtifact:
    """The artifact at ``path`` below ``root``; what cannot be looked into, or must not be loaded, is an ``error``.

    ``modules`` are entries of ``evaluation.model_modules``: what a file may name beside our own list.
    """
    try:
        return confined(lambda: _looked(root, path, modules), ModelArtifact, where=path, limits=limits)
    except (DataError, UnforeseenError) as error:
        said = error.what if isinstance(error, DataError) else "what reads it met what it did not foresee"
        return ModelArtifact(path=path, verdict=Verdict.ERROR, message=f"it could not be looked into: {said}")


def digest_of(root: Path, path: str) -> str:
    """The digest of the artifact as it is now; empty where there is none that may be read."""
    try:
        files, is_folder = files_of(root, path)
        return digest(files, is_folder=is_folder)
    except (RefusedError, OSError):
        return ""


def _looked(root: Path, path: str, modules: tuple[str, ...]) -> ModelArtifact:
    artifact = ModelArtifact(path=path, verdict=Verdict.ERROR)
    try:
        files, is_folder = files_of(root, path)
        artifact = replace(artifact, n_bytes=sum(file.n_bytes for file in files), n_files=len(files))
        artifact = replace(artifact, sha256=digest(files, is_folder=is_folder))
    except RefusedError as error:
        return replace(artifact, message=str(error))
    except OSError as error:
        return replace(artifact, message=f"it cannot be read: {error.strerror}")
    looking = Looking(modules=modules, in_folder=is_folder)
    format_, wrong = _read(files, looking)
    artifact = replace(artifact, format=format_, globals_named=looking.named.all)
    if strangers := refused(looking.named.all, modules):
        # What a file names is the worse news, even where the rest of it cannot be read.
        wrong = f"{refusal(strangers)}; {SAFE_FORMATS}, or list what it needs under `evaluation.model_modules`"
    if wrong:
        return replace(artifact, message=_printable(wrong))
    return replace(artifact, verdict=Verdict.PASS)


def _read(files: tuple[ModelFile, ...], looking: Looking) -> tuple[ModelFormat, str]:
    """The format of the whole, and what is wrong with it; a graph is read before the numbers that it names."""
    formats: list[ModelFormat] = []
    for file in sorted(files, key=lambda file: not file.path.lower().endswith(".onnx")):
        format_, wrong = _attempted(lambda file=file: look_into(file, looking))
        if wrong:
            return format_, f"{file.path} {wrong}"
        formats.append(format_)
    if not looking.in_folder:
        return formats[0], ""
    if missing := looking.claimed - {file.path for file in files}:
        return "folder", f"{min(missing)} is named as a file of numbers and is not there"
    if all(format_ == "text" for format_ in formats):
        return "folder", "it holds text alone, and no model"
    return ("mlflow" if any(PurePosixPath(file.path).name == FILE_NAME for file in files) else "folder"), ""


def _attempted(work: Callable[[], ModelFormat]) -> tuple[ModelFormat, str]:
    try:
        return work(), ""
    except (RefusedError, BrokenError) as error:
        return "", str(error)


def _printable(said: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in said)[:MAX_MESSAGE_CHARS]
