"""Which files ``dvc.yaml`` names as metrics: read here, strictly, without DVC, which runs code to answer the same."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any, cast

from sluice.adapters.decode import strict_yaml
from sluice.adapters.decode.keypath import child, shorten
from sluice.domain.errors import ConfigError, EvidenceError
from sluice.domain.result_rules import METRIC_SUFFIXES

FILE = "dvc.yaml"
MAX_BYTES = 1_000_000
MAX_FILES = 100

_TEMPLATE = "${"
_SEVERAL = ("foreach", "matrix")


def metric_paths(data: bytes) -> tuple[str, ...]:
    """Paths from the root of the metric files of a ``dvc.yaml`` at the root: of its stages, then those it lists itself.

    Raises ``EvidenceError`` for none, for over 100, and for one that is not said plainly: by a variable (``${...}``),
    by ``foreach`` or ``matrix``, or outside the repository. Such a file would be missed, and nobody would see it.
    """
    try:
        parsed = strict_yaml.parse(data, where=FILE, max_bytes=MAX_BYTES, keep_bad_numbers=True)
    except ConfigError as error:
        raise EvidenceError(error.what, reason_code="metric", where=error.where, remedy=error.remedy) from None
    if not isinstance(parsed.value, dict):
        raise _refused(parsed, "", "is not a mapping")
    document = cast("dict[str, Any]", parsed.value)
    paths = tuple(dict.fromkeys((*_of_stages(parsed, document.get("stages")), *_listed(parsed, document, "", ""))))
    if not paths:
        raise _refused(parsed, "", "names no metrics", "name them below `metrics:`")
    if len(paths) > MAX_FILES:
        raise _refused(parsed, "", f"names more than {MAX_FILES} metric files")
    return paths


def _of_stages(parsed: strict_yaml.Parsed, stages: Any) -> Iterator[str]:
    if stages is None:
        return
    if not isinstance(stages, dict):
        raise _refused(parsed, "stages", "is not a mapping")
    for name, stage in cast("dict[str, Any]", stages).items():
        at = child("stages", name)
        if not isinstance(stage, dict):
            raise _refused(parsed, at, "is not a mapping")
        stage = cast("dict[str, Any]", stage)
        body = stage.get("do") if "foreach" in stage else stage
        if any(key in stage for key in _SEVERAL) and isinstance(body, dict) and "metrics" in body:
            raise _refused(parsed, at, "makes several stages that have metrics", "list the files below `metrics:`")
        folder = stage.get("wdir") or ""
        if not isinstance(folder, str):
            raise _refused(parsed, child(at, "wdir"), "is not a path")
        yield from _listed(parsed, stage, at, folder)


def _listed(parsed: strict_yaml.Parsed, holder: dict[str, Any], at: str, folder: str) -> Iterator[str]:
    """The paths below ``metrics``: text each, or a mapping of one path to DVC's settings."""
    entries = holder.get("metrics")
    at = child(at, "metrics")
    if entries is None:
        return
    if not isinstance(entries, list):
        raise _refused(parsed, at, "is not a list")
    for index, entry in enumerate(cast("list[Any]", entries)):
        names = list(cast("dict[str, Any]", entry)) if isinstance(entry, dict) else [entry]
        for name in names:
            yield _path(parsed, child(at, index), name, folder)


def _path(parsed: strict_yaml.Parsed, at: str, name: Any, folder: str) -> str:
    if not isinstance(name, str) or not name.strip():
        raise _refused(parsed, at, "is not a path")
    path = posixpath.normpath(posixpath.join(folder, name))
    if _TEMPLATE in path:
        said = "is named by a variable, which is not read"
        raise _refused(parsed, at, said, "write the path out, or list the files in `evaluation.metrics`")
    if path.startswith(("/", "../")) or path in (".", "..") or "://" in name or not path.isprintable():
        raise _refused(parsed, at, f"{shorten(path)} is not a file of the repository")
    if not path.lower().endswith(METRIC_SUFFIXES):
        raise _refused(parsed, at, f"{shorten(path)} is not JSON, YAML or TOML, by its ending")
    return path


def _refused(parsed: strict_yaml.Parsed, at: str, what: str, remedy: str = "") -> EvidenceError:
    where = parsed.at(at) if at else FILE
    return EvidenceError(what, reason_code="metric", where=where, remedy=remedy)
