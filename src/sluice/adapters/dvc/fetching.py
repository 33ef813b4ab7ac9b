"""What DVC brings, from its cache or a remote, and that it is what the pointer names."""

from __future__ import annotations

import importlib.util
import json
import posixpath
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from sluice.adapters.dvc.digests import file_md5, keeps
from sluice.adapters.dvc.pointers import Pointer, at
from sluice.adapters.environment import child_environment
from sluice.adapters.git import Git
from sluice.adapters.processes import call
from sluice.domain.errors import EvidenceError, OutsideError, UsageError


def need_digest(pointer: Pointer) -> None:
    """Raise ``EvidenceError`` (``digest``) where the pointer states none."""
    if not pointer.md5:
        raise EvidenceError(
            f"{pointer.file} states no MD5 for it, so nobody can tell whether the data is the same",
            where=pointer.path,
            reason_code="digest",
            remedy=f"track it with `dvc add {pointer.path}`",
        )


def need_kept(pointer: Pointer, root: Path) -> None:
    """Raise ``EvidenceError`` (``digest``) where what lies below ``root`` is not what the pointer names."""
    need_digest(pointer)
    if not keeps(pointer, root / pointer.path):
        raise EvidenceError(
            f"is not what {pointer.file} names (MD5 {pointer.md5})",
            where=pointer.path,
            reason_code="digest",
            remedy=f"run `dvc add {pointer.path}` and `dvc push`, or `dvc checkout --force {pointer.path}`",
        )


def guard_origin(git: Git, base: str, pointer: Pointer) -> None:
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


def from_cache(cache: Path, pointer: Pointer, path: str) -> Path | None:
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


def pull(root: Path, names: list[str], env: Mapping[str, str], timeout_s: float) -> None:
    """`dvc pull` of these paths; ``OutsideError`` where DVC cannot bring them."""
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
