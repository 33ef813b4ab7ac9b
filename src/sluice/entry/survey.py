"""Looks at a work tree, for `sluice init` and `sluice doctor`: names and small files of settings, nothing executed."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from sluice.adapters.decode import strict_yaml
from sluice.adapters.git import Git
from sluice.core.setup.survey import Survey, is_looked_for
from sluice.domain.errors import ConfigError

MAX_ENTRIES = 50_000
MAX_DEPTH = 6
MAX_SETTINGS_BYTES = 1_000_000

_PASSED_BY = frozenset("node_modules site-packages __pycache__ venv env build dist mlruns".split())
_TARGET = re.compile(r"^([A-Za-z0-9_.\-/ ]+?)\s*:(?![=:])", re.MULTILINE)


def survey(git: Git) -> Survey:
    """What the work tree holds; raises ``ConfigError`` for a file of DVC that cannot be read."""
    root = git.root
    files = tuple(path for path in git.files() if (root / path).is_file())
    outputs, metrics = _pipeline(root)
    return Survey(
        files=files,
        tracked_by_dvc=tuple(path for file in files if file.endswith(".dvc") for path in _pointers(root, file)),
        has_pipeline=(root / "dvc.yaml").is_file(),
        outputs=outputs,
        metrics=metrics,
        make_targets=_make_targets(root),
        results=tuple(_results(root)),
        remotes=_remotes(root),
        default_branch=git.default_branch(),
    )


def dvc_outputs(git: Git) -> tuple[str, ...]:
    """Everything that DVC holds for this work tree, by path from the root."""
    pointers = [path for file in git.files() if file.endswith(".dvc") for path in _pointers(git.root, file)]
    return (*pointers, *_pipeline(git.root)[0])


def _text(path: Path) -> bytes | None:
    """A small file's bytes; ``None`` for what is no file of this repository, or too large to be one of settings."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_SETTINGS_BYTES:
        return None
    return path.read_bytes()


def _yaml(root: Path, path: str) -> dict[str, Any]:
    text = _text(root / path)
    value = strict_yaml.parse(text, where=path).value if text is not None else None
    return value if isinstance(value, dict) else {}


def _pointers(root: Path, path: str) -> Iterator[str]:
    if not PurePosixPath(path).name.removesuffix(".dvc"):
        return
    value = _yaml(root, path)
    folder = PurePosixPath(path).parent / str(value.get("wdir") or ".")
    for output in value.get("outs") or []:
        if isinstance(output, dict) and (inside := _inside(folder, output.get("path"))):
            yield inside


def _pipeline(root: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Outputs that DVC keeps, and metrics, of the stages of ``dvc.yaml``; templated paths are passed by."""
    outputs: list[str] = []
    metrics: list[str] = []
    document = _yaml(root, "dvc.yaml")
    stages = document.get("stages")
    for stage in stages.values() if isinstance(stages, dict) else []:
        if not isinstance(stage, dict):
            continue
        folder = PurePosixPath(str(stage.get("wdir") or "."))
        outputs += [path for path, kept in _stated(folder, stage.get("outs")) if kept]
        metrics += [path for path, _ in _stated(folder, stage.get("metrics"))]
    metrics += [path for path, _ in _stated(PurePosixPath(), document.get("metrics"))]
    return tuple(dict.fromkeys(outputs)), tuple(dict.fromkeys(metrics))


def _stated(folder: PurePosixPath, listed: Any) -> Iterator[tuple[str, bool]]:
    """Paths of a list of DVC's, each a text or a mapping of it to options; and whether DVC keeps what is there."""
    for entry in listed if isinstance(listed, list) else []:
        pairs = entry.items() if isinstance(entry, dict) else [(entry, None)]
        for name, options in pairs:
            if inside := _inside(folder, name):
                yield inside, not (isinstance(options, dict) and options.get("cache") is False)


def _inside(folder: PurePosixPath, name: Any) -> str:
    if not isinstance(name, str) or not name or "${" in name or name.startswith(("/", "~")) or "://" in name:
        return ""
    path = os.path.normpath(str(folder / name))
    return "" if path.startswith("..") else PurePosixPath(path).as_posix()


def _make_targets(root: Path) -> tuple[str, ...]:
    text = _text(root / "Makefile") or b""
    found = _TARGET.findall(text.decode("utf-8", "replace"))
    return tuple(dict.fromkeys(name for names in found for name in names.split()))


def _remotes(root: Path) -> tuple[str, ...]:
    """The kinds of DVC's remotes: the scheme of each address, ``file`` for a folder."""
    text = _text(root / ".dvc" / "config")
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string((text or b"").decode("utf-8"))
    except (configparser.Error, UnicodeDecodeError) as problem:
        raise ConfigError(
            "cannot be read", where=".dvc/config", remedy="run `dvc config --list` to see why"
        ) from problem
    addresses = [parser[name].get("url", "") for name in parser.sections() if name.strip("'\"").startswith("remote ")]
    return tuple(dict.fromkeys(urlsplit(address).scheme or "file" for address in addresses if address))


def _results(root: Path) -> Iterator[str]:
    """Files with the name of predictions or metrics, also those that git ignores; the search is bounded."""
    left = MAX_ENTRIES
    for folder, folders, files in os.walk(root, followlinks=False):
        here = PurePosixPath(Path(folder).relative_to(root).as_posix())
        left -= len(folders) + len(files)
        if left < 0:
            return
        deep = len(here.parts) >= MAX_DEPTH
        folders[:] = [] if deep else sorted(name for name in folders if name[0] not in "._" and name not in _PASSED_BY)
        for name in sorted(files):
            path = (here / name).as_posix()
            if is_looked_for(path) and not Path(folder, name).is_symlink():
                yield path
