"""What a measurement depends on, as one digest; and which stages a change concerns.

Both rest on one rule, ``counts``: a path whose change asks for any stage is part of the fingerprint, so that evidence
is never used again where something that it speaks of has changed.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, cast

from sluice.core.globs import matches
from sluice.domain.config import Config, DataSource
from sluice.domain.function_rules import code_of
from sluice.domain.planning import ChangedFiles, Stage
from sluice.domain.repository import TreeEntry
from sluice.domain.result_rules import METRIC_SUFFIXES, USES_DVC, named_paths
from sluice.domain.serving_rules import served_code

__all__ = ["counts", "depends", "fingerprint", "matches", "settled", "touches"]

# Part of what is digested: another rule or another order is another version.
_VERSION = b"sluice-fingerprint-2\0"

# Files of the root or of any folder, by name: they fix which packages, and which data, a training run sees.
_PIPELINE_FILES = ("dvc.yaml", "dvc.lock")
_ENVIRONMENT_FILES = (
    "requirements*.txt",
    "*.lock",
    "pyproject.toml",
    "environment.yml",
    "environment.yaml",
    "conda-lock.yml",
    "Pipfile.lock",
)
_WORKFLOWS = (".github/workflows/sluice*.yml", ".github/workflows/sluice*.yaml")

# ``path@revision``; and what names no fixed bytes: a URL, or a revision that is not a whole commit id.
_REVISION = re.compile(r"@[^@/]+$")
_MOVES = re.compile(r"://|@(?![0-9a-f]{40}$)[^@/]*$")
# Keys whose defaults are digested, since the first version did.
_FIRST = frozenset(
    {
        *("runs_on", "timeout_minutes", "columns", "target", "threshold", "slices", "rerun"),
        *("alpha", "min_rows", "correction", "ignore", "classifier", "severity"),
    }
)
_DEFAULTS = {one.name: one.default for one in fields(DataSource)}

# The jobs that measure may be any workflow's, and call others and actions: whoever writes these writes the evidence.
_MAKERS = ("/.github/workflows", "/.github/actions")


def fingerprint(entries: Iterable[TreeEntry], config: Config) -> str:
    """The SHA-256 (64 hex digits) over everything of a commit that its evidence depends on.

    That is every tree entry that ``counts`` names (path, mode and object name, in the order of the paths' bytes) and
    the ``data``, ``training`` and ``evaluation`` sections of the head's configuration. Gates are not part of it: a new
    limit asks for a new decision, not for a new model.
    """
    digest = hashlib.sha256(_VERSION)
    named = ((entry.path.encode("utf-8", "surrogateescape"), entry) for entry in entries if counts(entry.path, config))
    for path, entry in sorted(named, key=lambda item: item[0]):
        digest.update(f"{entry.mode} {entry.sha} ".encode() + path + b"\0")
    sections = {
        "data": {name: _given(source) for name, source in config.data.items()},
        "training": _stated(config.training) if config.training else None,
        "evaluation": _stated(config.evaluation) if config.evaluation else None,
    }
    digest.update(b"\0" + json.dumps(sections, sort_keys=True, allow_nan=False, separators=(",", ":")).encode())
    return digest.hexdigest()


def _stated(section: object) -> dict[str, Any]:
    """A section's keys that are given: a key that a later version adds does not alter what was made before.

    Those of the first version count as it wrote them, at their defaults too.
    """
    found = {one.name: (getattr(section, one.name), _default(one)) for one in fields(cast("Any", section))}
    return {
        name: _plain(value)
        for name, (value, default) in found.items()
        if value is not None and (name in _FIRST or value != default)
    }


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return _stated(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in cast("tuple[Any, ...]", value)]
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in cast("Mapping[str, Any]", value).items()}
    return value


def _default(one: Field[Any]) -> Any:
    return one.default if one.default_factory is MISSING else one.default_factory()


def _given(source: DataSource) -> dict[str, Any]:
    """A data source without what it leaves at its default."""
    return {name: _plain(value) for name, value in _stated(source).items() if value != _DEFAULTS.get(name)}


def settled(config: Config) -> bool:
    """Whether a commit holds all that its configuration names: nothing lies elsewhere, or is of a name that may move.

    What is not settled is measured every time: a bucket, a database or a champion may be another one by now, and so may
    an endpoint that somebody else serves. Nor is protected evaluation: what vouches for its evidence is the job that
    made it, and that job alone.
    """
    if config.evaluation is not None and config.evaluation.code == "base":
        return False
    baseline = config.evaluation.baseline if config.evaluation is not None else None
    if baseline is not None and baseline.model is not None:
        return False
    serving = config.evaluation.serving if config.evaluation is not None else None
    if serving is not None and serving.url is not None and serving.start is None:
        return False
    for source in config.data.values():
        named = [source.source, source.reference.path if source.reference else None]
        if any(_MOVES.search(name) for name in named if name) or "://" in source.engine:
            return False
        if source.reference is not None and source.reference.model is not None:
            return False
    return True


def counts(path: str, config: Config) -> bool:
    """Whether evidence depends on a path: what the model depends on, committed results, and what runs the measuring.

    Results count with a training section too: where they alone change, they are evaluated as they are committed.
    """
    return depends(path, config) or _is_result(path, config) or matches(path, _MAKERS)


def depends(path: str, config: Config) -> bool:
    """Whether the model depends on a path: an input, the data and its contract, DVC's records, a lock file.

    The code of the user's own metrics, and what is served, count too: what they work on, training must write.
    """
    name = path.rpartition("/")[2]
    return (
        name in _PIPELINE_FILES
        or any(fnmatch.fnmatchcase(name, pattern) for pattern in _ENVIRONMENT_FILES)
        or matches(path, _data_paths(config))
        or (config.training is not None and matches(path, config.training.inputs))
        or matches(path, _code(config))
    )


def _code(config: Config) -> tuple[str, ...]:
    return () if config.evaluation is None else (*code_of(config.evaluation), *served_code(config.evaluation))


def touches(changed: ChangedFiles, config: Config, *, path: str = "sluice.yaml") -> Mapping[Stage, str]:
    """Which of the configured stages a change concerns, and why in one phrase each.

    ``path`` is where the configuration lies. A list that GitHub cut short concerns every stage: what it leaves out may
    be anything.
    """
    if not changed.complete:
        return dict.fromkeys(_configured(config), "the change is over 3,000 files, more than GitHub lists")
    for one in changed.paths:
        if one == path or any(fnmatch.fnmatchcase(one, pattern) for pattern in _WORKFLOWS):
            return dict.fromkeys(_configured(config), f"`{one}` changed")
    data = _first(changed.paths, lambda one: _concerns_data(one, config))
    training = _first(changed.paths, lambda one: depends(one, config))
    evaluation = training or _first(changed.paths, lambda one: _is_result(one, config))
    found: dict[Stage, str] = {"data": data, "training": training, "evaluation": evaluation}
    return {stage: reason for stage, reason in found.items() if reason and stage in _configured(config)}


def _configured(config: Config) -> tuple[Stage, ...]:
    stages: list[Stage] = ["data"] if config.data else []
    if config.training is not None:
        stages.append("training")
    if config.evaluation is not None:
        stages.append("evaluation")
    return tuple(stages)


def _first(paths: Iterable[str], concerns: Callable[[str], bool]) -> str:
    return next((f"`{path}` changed" for path in paths if concerns(path)), "")


def _concerns_data(path: str, config: Config) -> bool:
    return path.rpartition("/")[2] in _PIPELINE_FILES or matches(path, _data_paths(config))


def _is_result(path: str, config: Config) -> bool:
    """Committed results: their change is what there is to evaluate where nothing else asks for training."""
    if config.evaluation is None:
        return False
    evaluation = config.evaluation
    if evaluation.metrics == USES_DVC and path.lower().endswith(METRIC_SUFFIXES):
        # Which of them `dvc.yaml` names, it alone says.
        return True
    return matches(path, [_literal(result) for _key, result in named_paths(evaluation)])


def _data_paths(config: Config) -> list[str]:
    return [pattern for source in config.data.values() for pattern in _paths_of(source)]


def _paths_of(source: DataSource) -> Iterator[str]:
    """Patterns of what a data source and its reference may be read from: data itself may be named by a pattern."""
    yield _literal(source.contract)
    for data in (source.source, source.reference.path if source.reference else None):
        if data and "://" not in data:
            yield _literal(data)
            if _REVISION.search(data):
                yield _literal(_REVISION.sub("", data))
            elif set("*?[") & set(data):
                yield f"/{data.removeprefix('./')}"


def _literal(path: str) -> str:
    """A pattern that names this path alone, whatever signs are in it."""
    escaped = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in path)
    return f"/{escaped.removeprefix('./')}"
