"""Which format a file of a model has, and what it takes to look into it.

A name says what a file is to be, and its bytes must agree: a loader is chosen by the name as often as by the bytes.
"""

from __future__ import annotations

import contextlib
import mmap
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import BinaryIO

from sluice.adapters.models import (
    compressed,
    mlflow_folder,
    numpy_files,
    onnx_file,
    plain,
    safetensors_file,
    skops_archive,
    torch_archive,
    zipped,
)
from sluice.adapters.models.listing import ModelFile
from sluice.adapters.models.naming import Named
from sluice.adapters.models.pickles.streams import look, would_call
from sluice.adapters.models.refusal import SAFE_FORMATS, BrokenError, RefusedError
from sluice.adapters.models.source import Opener, Source
from sluice.domain.model import ModelFormat

UNKNOWN = f"is not a format that Sluice can look into; {SAFE_FORMATS}"
_KERAS = f"is of Keras, whose files may hold code; export it to ONNX, or {SAFE_FORMATS}"
_HDF5 = b"\x89HDF\r\n\x1a\n"
_CODE = frozenset(".py .pyc .pyd .pyx .so .dll .dylib .sh .bat .exe .jar .ipynb .whl .egg".split())
_PICKLES = frozenset(".pkl .pickle .joblib .p .pk .jl .sav .model .dill".split())
_TEXT = frozenset(".txt .md .csv .tsv .jsonl .rst".split())
_TEXT_NAMES = frozenset("LICENSE NOTICE README .gitattributes .gitignore .dvcignore".split())
_LIGHTGBM = b"tree\n"
_MARKS = (zipped.MARK, numpy_files.MARK, _HDF5)
# Source: ``read_zfile`` of joblib's ``numpy_pickle_compat``.
_OF_JOBLIB, _JOBLIB_BYTES = b"ZF", 21
_START_BYTES = 16


@dataclass(slots=True, kw_only=True)
class Looking:
    """What has been found so far in one model; ``claimed`` are files that an ONNX graph has its numbers in."""

    modules: tuple[str, ...]
    in_folder: bool
    named: Named = field(default_factory=Named)
    claimed: set[str] = field(default_factory=set[str])


def look_into(file: ModelFile, looking: Looking) -> ModelFormat:
    """One file's format, once all of it was looked at. Raises ``RefusedError`` or ``BrokenError``."""
    with contextlib.ExitStack() as stack:
        opened = stack.enter_context(file.open())
        start = opened.read(_START_BYTES)
        if not start and not looking.in_folder:
            raise RefusedError("is empty")
        format_ = _as_named(file, opened, looking) or _as_found(file, opened, start, looking)
        if format_ not in ("pickle", "joblib"):
            _not_of_early_days(opened)
            _not_a_pickle_too(lambda: _source(opened), looking)
            if compressed.is_compressed(start):
                _not_a_pickle_too(lambda: compressed.unpacked(opened, file.n_bytes), looking)
        return format_


def _not_of_early_days(opened: BinaryIO) -> None:
    """joblib and torch still load what they wrote years ago: pickles behind a length, and in tape archives."""
    opened.seek(0)
    start = opened.read(tarfile.BLOCKSIZE)
    with contextlib.suppress(ValueError):
        if start.startswith(_OF_JOBLIB) and int(start[len(_OF_JOBLIB) : _JOBLIB_BYTES], 16) >= 0:
            raise RefusedError("is a file of early versions of joblib as well; write it anew")
    with contextlib.suppress(tarfile.HeaderError):
        tarfile.TarInfo.frombuf(start, "utf-8", "surrogateescape")
        raise RefusedError("is a tape archive as well, as early versions of torch wrote them; write it anew")


def _not_a_pickle_too(opener: Opener, looking: Looking) -> None:
    try:
        called = would_call(opener, looking.modules)
    except RefusedError as error:
        raise RefusedError(f"is a pickle as well, which {error}; write it anew") from None
    if called:
        raise RefusedError(f"is a pickle as well, which would call {called[0].replace(':', '.')}; write it anew")


def _source(opened: BinaryIO) -> Source:
    opened.seek(0)
    return Source(opened, limit=1 << 62)


def _as_named(file: ModelFile, opened: BinaryIO, looking: Looking) -> ModelFormat | None:
    """Look at a file as what its name says; ``None`` where it says nothing."""
    name, suffix = PurePosixPath(file.path).name, PurePosixPath(file.path).suffix.lower()
    if suffix == ".safetensors":
        safetensors_file.look(_source(opened), file.n_bytes)
        return "safetensors"
    if suffix == ".onnx":
        _look_at_onnx(file, opened, looking)
        return "onnx"
    if suffix in (".keras", ".h5", ".hdf5"):
        raise RefusedError(_KERAS)
    if suffix in _CODE:
        raise RefusedError("is code, which no model may bring along")
    if suffix == ".json":
        plain.look_at_json(_source(opened).everything(plain.MAX_JSON_BYTES))
        return "json"
    return _beside(file, opened, name, looking) if looking.in_folder else None


def _beside(file: ModelFile, opened: BinaryIO, name: str, looking: Looking) -> ModelFormat | None:
    """Files that only belong to a folder: descriptions, and the numbers of an ONNX graph."""
    suffix = PurePosixPath(name).suffix.lower()
    if name == mlflow_folder.FILE_NAME:
        mlflow_folder.look(_source(opened).everything(mlflow_folder.MAX_BYTES), looking.named)
        return "text"
    if name == mlflow_folder.PICKLE_MODULE_FILE:
        mlflow_folder.look_at_pickle_module(_source(opened).everything(mlflow_folder.MAX_BYTES))
        return "text"
    if suffix in (".yaml", ".yml"):
        plain.yaml_of(_source(opened).everything(mlflow_folder.MAX_BYTES))
        return "text"
    if suffix in _TEXT or name in _TEXT_NAMES:
        plain.look_at_text(_source(opened))
        return "text"
    return _numbers_of_onnx(file, opened) if file.path in looking.claimed else None


def _numbers_of_onnx(file: ModelFile, opened: BinaryIO) -> ModelFormat:
    """Numbers beside a graph have no format of their own; what a loader would take for another is none."""
    if any(_source(opened).read(min(len(mark), file.n_bytes)) == mark for mark in _MARKS) or zipfile.is_zipfile(opened):
        raise RefusedError("is named as numbers of an ONNX graph and is an archive, or a model of its own")
    return "onnx"


def _as_found(file: ModelFile, opened: BinaryIO, start: bytes, looking: Looking) -> ModelFormat:
    if start.startswith(zipped.MARK):
        return _look_at_archive(file, opened, looking.named)
    if start.startswith(numpy_files.MARK):
        numpy_files.look_at_array(_source(opened), looking.named)
        return "npy"
    if start.startswith(_HDF5):
        raise RefusedError(_KERAS)
    if start.startswith(_LIGHTGBM) and PurePosixPath(file.path).suffix.lower() in (".txt", ".lgb"):
        plain.look_at_text(_source(opened))
        return "text"
    if compressed.is_compressed(start):
        look(lambda: compressed.unpacked(opened, file.n_bytes), looking.named)
        return "joblib"
    return _look_at_pickle(file, opened, looking)


def _look_at_pickle(file: ModelFile, opened: BinaryIO, looking: Looking) -> ModelFormat:
    try:
        found = look(lambda: _source(opened), looking.named)
    except BrokenError as error:
        if PurePosixPath(file.path).suffix.lower() in _PICKLES or looking.named.all:
            raise BrokenError(f"is no pickle that can be read whole: it {error}") from None
        raise BrokenError(UNKNOWN) from None
    return "joblib" if found.n_arrays else "pickle"


def _look_at_archive(file: ModelFile, opened: BinaryIO, named: Named) -> ModelFormat:
    with zipped.opened(opened, file.n_bytes) as archive:
        if skops_archive.SCHEMA in archive.names:
            skops_archive.look(archive, named)
            return "skops"
        if torch_archive.is_torch(archive):
            torch_archive.look(archive, named)
            return "torch"
        if all(name.endswith(".npy") for name in archive.names):
            numpy_files.look_at_arrays(archive, named)
            return "npz"
    raise RefusedError(UNKNOWN)


def _look_at_onnx(file: ModelFile, opened: BinaryIO, looking: Looking) -> None:
    if not 0 < file.n_bytes <= onnx_file.MAX_BYTES:
        raise BrokenError("is empty, or larger than an ONNX file may be")
    data = memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))
    onnx_file.look(data, looking.named, _claim(file, looking))


def _claim(file: ModelFile, looking: Looking) -> Callable[[str], None]:
    folder = PurePosixPath(file.path).parent

    def claimed(location: str) -> None:
        parts = location.split("/")
        if not location.isprintable() or "\\" in location or ":" in location or location.startswith(("/", "~")):
            raise RefusedError("has numbers in a file that is named by no plain path")
        if any(part in ("", ".", "..") for part in parts):
            raise RefusedError("has numbers in a file outside of its folder")
        if not looking.in_folder:
            raise RefusedError("has numbers in another file; name their folder as `evaluation.model`")
        looking.claimed.add(str(folder / location))
        if len(looking.claimed) > onnx_file.MAX_EXTERNAL:
            raise RefusedError("has numbers in too many files")

    return claimed
