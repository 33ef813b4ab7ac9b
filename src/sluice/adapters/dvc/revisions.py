"""Data as it is at a commit: a path, a folder or a pattern, of what git has and of what DVC tracks there."""

from __future__ import annotations

import os
import posixpath
import shutil
from collections.abc import Iterable
from pathlib import Path

from sluice.adapters.dvc import pointers
from sluice.adapters.dvc.fetching import from_cache, guard_origin, need_digest, need_kept, pull
from sluice.adapters.dvc.pointers import Pointer
from sluice.adapters.dvc.settings import cache_folder, guard_remote, prepare_worktree
from sluice.adapters.git import Git
from sluice.adapters.sources import patterns
from sluice.domain.errors import DataError

MAX_FILE_BYTES = 4 * 2**30
MAX_FILES = 10_000
TIMEOUT_S = 3_600.0


def split(root: Path, source: str) -> tuple[str, str] | None:
    """``path@revision`` in its parts; ``None`` for a source without a revision, or one whose own name has an ``@``."""
    path, at, revision = source.rpartition("@")
    if not at or not path or not revision or ("/" in revision and (root / source).parent.is_dir()):
        return None
    try:
        return None if (root / source).exists() else (path, revision)
    except OSError:
        return path, revision


def bring(git: Git, path: str, revision: str, target: Path, *, base: str | None = None) -> bool:
    """Copies what ``path`` names at a commit to the same place below ``target``; whether there was anything.

    Every byte that DVC brings is held against its digest. ``base`` is the commit whose remotes are trusted; ``None``
    trusts those of the revision itself. Raises ``EvidenceError`` (``digest``, ``remote``), ``OutsideError`` where DVC
    cannot bring it, ``UsageError`` where there is no such commit.
    """
    sha = git.resolve(revision)
    above = patterns.split(path)[0] if patterns.is_pattern(path) else posixpath.normpath(path)
    above = "" if above == "." else above
    files = [one.path for one in git.tree(sha) if one.mode.startswith("100") and _below(one.path, above)]
    if len(files) > MAX_FILES:
        raise DataError(f"has more than {MAX_FILES} files at {revision}", where=path)
    for name in files:
        git.save(sha, name, _place(target / name), max_bytes=MAX_FILE_BYTES)
    tracked = [one for one in pointers.all_at(git, sha) if _below(one.path, above) or _below(above, one.path)]
    # What git has is git's.
    tracked = [one for one in tracked if one.path not in files]
    _bring_tracked(git, sha, tracked, target, base)
    return bool(files or tracked)


def _below(path: str, above: str) -> bool:
    return not above or path == above or path.startswith(f"{above}/")


def _bring_tracked(git: Git, sha: str, tracked: Iterable[Pointer], target: Path, base: str | None) -> None:
    absent: list[Pointer] = []
    for pointer in tracked:
        need_digest(pointer)
        cached = None if pointer.md5.endswith(".dir") else from_cache(cache_folder(git, sha), pointer, pointer.path)
        if cached is not None:
            shutil.copyfile(cached, _place(target / pointer.path))
        else:
            absent.append(pointer)
    if not absent:
        return
    if base is not None:
        guard_remote(git, base, sha)
        for pointer in absent:
            guard_origin(git, base, pointer)
    with git.worktree(sha) as folder:
        prepare_worktree(git.root, folder)
        pull(folder, sorted({pointer.path for pointer in absent}), os.environ, TIMEOUT_S)
        for pointer in absent:
            need_kept(pointer, folder)
            _copy(folder / pointer.path, _place(target / pointer.path))


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)


def _place(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
