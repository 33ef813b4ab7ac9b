"""Data that DVC tracks: what it is, whether it is what its pointer names, and how it comes into a work tree.

Every byte that comes from a cache or a remote is held against the pointer's digest before it counts.
"""

from __future__ import annotations

import os
import posixpath
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from sluice.adapters.dvc.fetching import from_cache, guard_origin, need_digest, need_kept
from sluice.adapters.dvc.fetching import pull as bring
from sluice.adapters.dvc.pointers import Pointer, at, below, hashes, in_work_tree
from sluice.adapters.dvc.settings import cache_folder, forget_runs, guard_remote, prepare_worktree
from sluice.adapters.git import Git
from sluice.adapters.sources.patterns import is_pattern, split
from sluice.domain.errors import EvidenceError

__all__ = ["base_file", "forget_runs", "hashes", "prepare_worktree", "pull", "verify"]

_MAX_BYTES = 50_000_000_000
_TIMEOUT_S = 3_600.0


def base_file(git: Git, ref: str, path: str, target: Path, *, max_bytes: int = _MAX_BYTES) -> bool:
    """Write a file of a trusted commit to ``target``, from git, else as DVC tracks it there; whether either has it.

    It is never all in memory. What DVC tracks comes from the local cache, else from the remote that the commit itself
    names. Raises ``EvidenceError`` (``digest``, ``path``) and ``OutsideError`` where it is tracked but cannot be had.
    """
    if git.save(ref, path, target, max_bytes=max_bytes):
        return True
    pointer = at(git, ref, path)
    if pointer is None:
        return False
    need_digest(pointer)
    cached = from_cache(cache_folder(git, ref), pointer, posixpath.normpath(path))
    if cached is not None:
        _copy(cached, target, path, max_bytes)
        return True
    with git.worktree(ref) as folder:
        prepare_worktree(git.root, folder)
        bring(folder, [pointer.path], os.environ, _TIMEOUT_S)
        need_kept(pointer, folder)
        brought = folder / path
        if brought.is_file():
            _copy(brought, target, path, max_bytes)
            return True
    return False


def pull(
    git: Git, paths: Iterable[str], *, base: str | None, env: Mapping[str, str], timeout_s: float = _TIMEOUT_S
) -> tuple[str, ...]:
    """Bring data that DVC tracks into the work tree; the paths that were brought, others being there already.

    ``base`` is the commit whose remotes are trusted; ``None`` (a call by hand) trusts the work tree's own. Raises
    ``EvidenceError``: ``digest`` where data differs from its pointer, ``remote`` where the pull request changes where
    data comes from (nothing is contacted then); ``OutsideError`` where DVC cannot bring it.
    """
    tracked = list(dict.fromkeys(pointer for path in paths for pointer in _all_tracked(git, path)))
    absent = [pointer for pointer in tracked if not _there(git.root / pointer.path)]
    for pointer in tracked:
        if pointer not in absent:
            need_kept(pointer, git.root)
    if not absent:
        return ()
    if base is not None:
        guard_remote(git, base)
        for pointer in absent:
            guard_origin(git, base, pointer)
    names = sorted({pointer.path for pointer in absent})
    bring(git.root, names, env, timeout_s)
    for pointer in absent:
        need_kept(pointer, git.root)
    return tuple(names)


def verify(git: Git, path: str) -> str:
    """The MD5 that DVC tracks a path of the work tree by, once its bytes agree; ``""`` where DVC does not track it.

    Raises ``EvidenceError`` (``digest``) where they do not agree or the data is not there.
    """
    pointer = _tracked(git, path)
    if pointer is None:
        return ""
    need_kept(pointer, git.root)
    return pointer.md5


def _all_tracked(git: Git, path: str) -> list[Pointer]:
    """What DVC tracks of a path, a folder or a pattern."""
    if is_pattern(path):
        folder = split(path)[0]
    elif (git.root / path).is_dir():
        folder = posixpath.normpath(path)
    else:
        pointer = _tracked(git, path)
        return [] if pointer is None else [pointer]
    in_git = {entry.path for entry in git.tree("HEAD")}
    return [pointer for pointer in below(git, "" if folder == "." else folder) if pointer.path not in in_git]


def _tracked(git: Git, path: str) -> Pointer | None:
    """What git has is git's: a stage's small outputs are in both."""
    pointer = in_work_tree(git, path)
    if pointer is None or any(entry.path == posixpath.normpath(path) for entry in git.tree("HEAD")):
        return None
    return pointer


def _there(target: Path) -> bool:
    return target.exists() or target.is_symlink()


def _copy(file: Path, target: Path, path: str, max_bytes: int) -> None:
    if file.stat().st_size > max_bytes:
        what = f"has {file.stat().st_size:,} bytes, more than the {max_bytes:,} that are read"
        raise EvidenceError(what, where=path, reason_code="path", remedy="compare with a smaller file")
    shutil.copyfile(file, target)
