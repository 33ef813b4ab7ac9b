"""Data that DVC tracks: what it is, whether it is what its pointer names, and how it comes into a work tree.

Every byte that comes from a cache or a remote is held against the pointer's digest before it counts.
"""

from __future__ import annotations

import importlib.util
import json
import os
import posixpath
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from sluice.adapters.dvc.digests import file_md5, keeps
from sluice.adapters.dvc.pointers import Pointer, at, hashes, in_work_tree
from sluice.adapters.dvc.settings import cache_folder, guard_remote, prepare_worktree
from sluice.adapters.environment import child_environment
from sluice.adapters.git import Git
from sluice.adapters.processes import call
from sluice.domain.errors import EvidenceError, OutsideError, UsageError

__all__ = ["base_file", "hashes", "prepare_worktree", "pull", "verify"]

_MAX_BYTES = 500_000_000
_TIMEOUT_S = 3_600.0


def base_file(git: Git, ref: str, path: str, max_bytes: int = _MAX_BYTES) -> bytes | None:
    """A file's bytes at a trusted commit, from git, else as DVC tracks it there; ``None`` where neither has it.

    What DVC tracks comes from the local cache, else from the remote that the commit itself names. Raises
    ``EvidenceError`` (``digest``, ``path``) and ``OutsideError`` where it is tracked but cannot be had.
    """
    content = git.show(ref, path, max_bytes=max_bytes)
    if content is not None:
        return content
    pointer = at(git, ref, path)
    if pointer is None:
        return None
    _need_digest(pointer)
    cached = _from_cache(cache_folder(git, ref), pointer, posixpath.normpath(path))
    if cached is not None:
        return _bounded(cached, path, max_bytes)
    with git.worktree(ref) as folder:
        prepare_worktree(git.root, folder)
        _pull(folder, [pointer.path], os.environ, _TIMEOUT_S)
        _need_kept(pointer, folder)
        target = folder / path
        return _bounded(target, path, max_bytes) if target.is_file() else None


def pull(
    git: Git, paths: Iterable[str], *, base: str | None, env: Mapping[str, str], timeout_s: float = _TIMEOUT_S
) -> tuple[str, ...]:
    """Bring data that DVC tracks into the work tree; the paths that were brought, others being there already.

    ``base`` is the commit whose remotes are trusted; ``None`` (a call by hand) trusts the work tree's own. Raises
    ``EvidenceError``: ``digest`` where data differs from its pointer, ``remote`` where the pull request changes where
    data comes from (nothing is contacted then); ``OutsideError`` where DVC cannot bring it.
    """
    tracked = [pointer for pointer in (_tracked(git, path) for path in paths) if pointer is not None]
    absent = [pointer for pointer in tracked if not _there(git.root / pointer.path)]
    for pointer in tracked:
        if pointer not in absent:
            _need_kept(pointer, git.root)
    if not absent:
        return ()
    if base is not None:
        guard_remote(git, base)
        for pointer in absent:
            _guard_origin(git, base, pointer)
    names = sorted({pointer.path for pointer in absent})
    _pull(git.root, names, env, timeout_s)
    for pointer in absent:
        _need_kept(pointer, git.root)
    return tuple(names)


def verify(git: Git, path: str) -> str:
    """The MD5 that DVC tracks a path of the work tree by, once its bytes agree; ``""`` where DVC does not track it.

    Raises ``EvidenceError`` (``digest``) where they do not agree or the data is not there.
    """
    pointer = _tracked(git, path)
    if pointer is None:
        return ""
    _need_kept(pointer, git.root)
    return pointer.md5


def _tracked(git: Git, path: str) -> Pointer | None:
    """What git has is git's: a stage's small outputs are in both."""
    pointer = in_work_tree(git, path)
    if pointer is None or any(entry.path == posixpath.normpath(path) for entry in git.tree("HEAD")):
        return None
    return pointer


def _need_digest(pointer: Pointer) -> None:
    if not pointer.md5:
        raise EvidenceError(
            f"{pointer.file} states no MD5 for it, so nobody can tell whether the data is the same",
            where=pointer.path,
            reason_code="digest",
            remedy=f"track it with `dvc add {pointer.path}`",
        )


def _need_kept(pointer: Pointer, root: Path) -> None:
    _need_digest(pointer)
    if not keeps(pointer, root / pointer.path):
        raise EvidenceError(
            f"is not what {pointer.file} names (MD5 {pointer.md5})",
            where=pointer.path,
            reason_code="digest",
            remedy=f"run `dvc add {pointer.path}` and `dvc push`, or `dvc checkout --force {pointer.path}`",
        )


def _guard_origin(git: Git, base: str, pointer: Pointer) -> None:
    """Imported data is fetched from where its pointer says; a pull request may not say another place."""
    if not pointer.origin:
        return
    before = at(git, base, pointer.path)
    if before is None or before.origin != pointer.origin:
        raise EvidenceError(
            "the pull request changes where this data is imported from, and that is not contacted before it is merged",
            where=pointer.file,
            reason_code="remote",
            remedy="merge that change by itself first, or add the data with `dvc add`",
        )


def _there(target: Path) -> bool:
    return target.exists() or target.is_symlink()


def _from_cache(cache: Path, pointer: Pointer, path: str) -> Path | None:
    """The cached file, its bytes checked; ``None`` where it is not there or not sound (DVC then brings it anew)."""
    if not pointer.md5.endswith(".dir"):
        return _object(cache, pointer.md5)
    listing = _object(cache, pointer.md5)
    if listing is None:
        return None
    inner = posixpath.relpath(path, pointer.path)
    files: dict[str, str] = {one["relpath"]: one["md5"] for one in json.loads(listing.read_bytes())}
    return _object(cache, files[inner]) if inner in files else None


def _object(cache: Path, md5: str) -> Path | None:
    name = md5.removesuffix(".dir")
    if len(name) != 32 or not name.isalnum():
        return None
    for folder in (cache / "files" / "md5", cache):
        found = folder / md5[:2] / md5[2:]
        if found.is_file() and file_md5(found) == name:
            return found
    return None


def _bounded(file: Path, path: str, max_bytes: int) -> bytes:
    if file.stat().st_size > max_bytes:
        what = f"has {file.stat().st_size:,} bytes, more than the {max_bytes:,} that are read"
        raise EvidenceError(what, where=path, reason_code="path", remedy="compare with a smaller file")
    return file.read_bytes()


def _pull(root: Path, names: list[str], env: Mapping[str, str], timeout_s: float) -> None:
    quiet = {"DVC_NO_ANALYTICS": "true", "CI": "true", "LC_ALL": "C.UTF-8"}
    command = (*_program(env), "pull", "--quiet", "--", *names)
    done = call(command, cwd=root, env=child_environment(env, quiet), timeout_s=timeout_s)
    if done.code != 0:
        raise OutsideError(
            f"DVC could not bring {', '.join(names)}: {done.said.removeprefix('ERROR: ') or f'exit code {done.code}'}",
            remedy="run `dvc push` where the data is, and see that the runner may read the remote",
        )


def _program(env: Mapping[str, str]) -> tuple[str, ...]:
    """The user's own DVC, which has the plug-ins for the user's remotes; else the one beside Sluice."""
    found = shutil.which("dvc", path=env.get("PATH"))
    if found is not None:
        return (found,)
    if importlib.util.find_spec("dvc") is not None:
        return (sys.executable, "-m", "dvc")
    raise UsageError("DVC is not installed", remedy="install it in a step before Sluice: `pip install dvc`")
