"""What DVC's own files say of the data: which path is tracked, and by which digest."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sluice.adapters.decode import strict_yaml
from sluice.adapters.files import read_bounded
from sluice.adapters.git import Git

MAX_BYTES = 10_000_000
MAX_FILES = 2_000

Read = Callable[[str], "bytes | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """One tracked file or folder: its path and the file that tracks it, from the root; its MD5 (``.dir``: of a folder).

    ``md5`` is empty where DVC knows the data by another kind of digest. ``legacy`` marks DVC 2, which took line ends of
    text as ``LF``. ``origin`` says where an imported file comes from, empty for every other.
    """

    path: str
    file: str
    md5: str
    legacy: bool = False
    origin: str = ""


def in_work_tree(git: Git, path: str) -> Pointer | None:
    """The pointer that a path of the work tree is tracked by; ``None`` where DVC does not track it."""
    return _find(path, git.files(), lambda name: read_bounded(git.root, name, MAX_BYTES))


def at(git: Git, ref: str, path: str) -> Pointer | None:
    """The pointer that a path is tracked by at a commit."""
    names = (entry.path for entry in git.tree(ref) if entry.mode.startswith("100"))
    return _find(path, names, lambda name: git.show(ref, name, max_bytes=MAX_BYTES))


def all_at(git: Git, ref: str) -> list[Pointer]:
    """Everything that DVC tracks at a commit, of its first 2,000 pointer files."""
    names = [entry.path for entry in git.tree(ref) if entry.mode.startswith("100") and _is_pointer(entry.path)]
    return _load(names[:MAX_FILES], lambda name: git.show(ref, name, max_bytes=MAX_BYTES))


def below(git: Git, folder: str) -> list[Pointer]:
    """What DVC tracks in or above a folder of the work tree (empty for its root)."""
    names = [name for name in git.files() if _is_pointer(name)][:MAX_FILES]
    found = _load(names, lambda name: read_bounded(git.root, name, MAX_BYTES))
    return [one for one in found if not folder or _lies_in(one.path, folder) or _lies_in(folder, one.path)]


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def hashes(git: Git) -> Mapping[str, str]:
    """Path and MD5 of everything that DVC tracks in the work tree, the first 2,000 pointer files."""
    names = [name for name in git.files() if _is_pointer(name)][:MAX_FILES]
    found = _load(names, lambda name: read_bounded(git.root, name, MAX_BYTES))
    return {pointer.path: pointer.md5 for pointer in found if pointer.md5}


def _find(path: str, names: Iterable[str], read: Read) -> Pointer | None:
    path = posixpath.normpath(path)
    near = (name for name in names if _is_pointer(name) and _may_track(name, path))
    tracking = [one for one in _load(near, read) if path == one.path or path.startswith(one.path + "/")]
    return max(tracking, key=lambda one: len(one.path), default=None)


def _is_pointer(name: str) -> bool:
    base = posixpath.basename(name)
    return base == "dvc.lock" or (base.endswith(".dvc") and base != ".dvc")


def _may_track(name: str, path: str) -> bool:
    """A pointer file lies beside its data or above it; a lock file may lie anywhere."""
    folder = posixpath.dirname(name)
    return posixpath.basename(name) == "dvc.lock" or not folder or path.startswith(folder + "/")


def _load(names: Iterable[str], read: Read) -> list[Pointer]:
    found: list[Pointer] = []
    for name in names:
        text = read(name)
        if text is not None:
            found.extend(_pointers(name, strict_yaml.parse(text, where=name, max_bytes=MAX_BYTES).value))
    return found


def _pointers(name: str, content: object) -> Iterator[Pointer]:
    document = _mapping(content)
    folder = posixpath.dirname(name)
    if posixpath.basename(name) != "dvc.lock":
        folder = posixpath.join(folder, _text(document.get("wdir")))
        origin = "; ".join(_origin(_mapping(one)) for one in _items(document.get("deps")))
        yield from _outs(name, folder, document, origin)
        return
    stages = _mapping(document.get("stages")) if "schema" in document else document
    for stage in stages.values():
        yield from _outs(name, folder, _mapping(stage), "")


def _outs(name: str, folder: str, stage: Mapping[str, Any], origin: str) -> Iterator[Pointer]:
    for one in map(_mapping, _items(stage.get("outs"))):
        path = posixpath.normpath(posixpath.join(folder, _text(one.get("path"))))
        if path.startswith(("/", "..")) or path == "." or "://" in _text(one.get("path")):
            continue
        yield Pointer(path=path, file=name, md5=_text(one.get("md5")), legacy="hash" not in one, origin=origin)


def _origin(dependency: Mapping[str, Any]) -> str:
    repo = _mapping(dependency.get("repo"))
    facts = [dependency.get("path"), dependency.get("remote"), repo.get("url"), repo.get("config"), repo.get("remote")]
    return repr([*facts, dependency.get("db")])


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _items(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
