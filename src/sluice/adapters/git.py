"""One repository, read through the ``git`` program; no hook, pager or diff tool of it is executed."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sluice.adapters.processes import Finished, call
from sluice.domain.errors import EvidenceError, OutsideError, SluiceError, UsageError
from sluice.domain.planning import ChangedFiles
from sluice.domain.repository import Changes, TreeEntry

_TIMEOUT_S = 300.0
_SHOW_MAX_BYTES = 50_000_000
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_KEPT = ("GIT_CONFIG_", "GIT_SSL_")
_LFS = b"version https://git-lfs.github.com/spec/"

# What a repository's own configuration could otherwise have executed while it is only read.
_SAFE = (
    "--no-pager",
    "--literal-pathspecs",
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.untrackedCache=false"),
    *("-c", "diff.external="),
    *("-c", "submodule.recurse=false"),
    *("-c", "protocol.ext.allow=never"),
    *("-c", "gc.auto=0"),
    *("-c", "maintenance.auto=false"),
)


class Git:
    """A work tree and its history; paths are from the root, ``/`` between parts."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    @classmethod
    def find(cls, start: Path) -> Git:
        """The repository whose work tree holds ``start``; raises ``UsageError`` outside of one."""
        if not start.is_dir():
            raise UsageError("there is no such folder", where=str(start), remedy="name the folder of a git repository")
        top = cls(start)._text("rev-parse", "--show-toplevel").removesuffix("\n")
        return cls(Path(top))

    def head(self) -> str:
        """The commit that is checked out (40 hex digits)."""
        return self.resolve("HEAD")

    def resolve(self, ref: str) -> str:
        """The commit that a branch, tag or object name stands for; ``UsageError`` where there is none."""
        if not ref or ref.startswith("-") or any(ord(sign) < 33 or ord(sign) == 127 for sign in ref):
            raise UsageError(f"{ref!r} is not the name of a commit", remedy="give a branch, a tag or a commit")
        done = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        sha = done.out.decode("ascii", "replace").strip()
        if done.code == 0 and _SHA.fullmatch(sha):
            return sha
        self._raise_known(done)
        raise UsageError(f"there is no commit `{ref}` in {self.root}", remedy=self._missing_remedy())

    def merge_base(self, base: str, head: str) -> str:
        """The commit where two histories part."""
        done = self._run("merge-base", "--end-of-options", self.resolve(base), self.resolve(head))
        sha = done.out.decode("ascii", "replace").split("\n", 1)[0]
        if done.code == 0 and _SHA.fullmatch(sha):
            return sha
        self._raise_known(done)
        raise UsageError(f"`{base}` and `{head}` have no common history in {self.root}", remedy=self._missing_remedy())

    def changed_files(self, base: str, head: str) -> ChangedFiles:
        """Paths that differ between the merge base and ``head``; of a renamed file both names."""
        start = self.merge_base(base, head)
        options = ("-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv")
        out = self._bytes("diff-tree", *options, start, self.resolve(head), "--")
        return ChangedFiles(paths=tuple(os.fsdecode(path) for path in out.split(b"\0") if path))

    def show(self, ref: str, path: str, *, max_bytes: int = _SHOW_MAX_BYTES) -> bytes | None:
        """A file's bytes at a commit; ``None`` where there is none.

        Raises ``EvidenceError`` (``path``) for a link, a submodule, a folder, a Git LFS pointer and for more than
        ``max_bytes``.
        """
        sha = self.resolve(ref)
        blob = self._blob(sha, path, max_bytes)
        if not blob:
            return None
        content = self._bytes("cat-file", "blob", blob)
        _refuse_pointer(content, f"{path} at {sha[:12]}")
        return content

    def save(self, ref: str, path: str, target: Path, *, max_bytes: int) -> bool:
        """Write a file as it is at a commit to ``target``, never all of it in memory; whether there is one.

        Raises as ``show`` does.
        """
        sha = self.resolve(ref)
        blob = self._blob(sha, path, max_bytes)
        if not blob:
            return False
        with target.open("wb") as file:
            self._bytes("cat-file", "blob", blob, to=file)
        with target.open("rb") as file:
            _refuse_pointer(file.read(len(_LFS)), f"{path} at {sha[:12]}")
        return True

    def _blob(self, sha: str, path: str, max_bytes: int) -> str:
        """The object name of a regular file of at most so many bytes; empty where there is none."""
        where = f"{path} at {sha[:12]}"
        listed = self._bytes("ls-tree", "-z", "-l", "--full-tree", sha, "--", _inside(path))
        if not listed:
            return ""
        mode, kind, blob, size = listed.split(b"\t", 1)[0].split()
        if kind != b"blob" or mode == b"120000":
            what = {b"tree": "a folder", b"commit": "a submodule"}.get(kind, "a symbolic link")
            raise EvidenceError(f"is {what}, not a file", where=where, reason_code="path", remedy="name a file")
        if int(size) > max_bytes:
            raise EvidenceError(
                f"has {int(size):,} bytes, more than the {max_bytes:,} that are read",
                where=where,
                reason_code="path",
                remedy="track large data with DVC",
            )
        return blob.decode("ascii")

    def tree(self, ref: str) -> tuple[TreeEntry, ...]:
        """Every file, link and submodule of a commit."""
        out = self._bytes("ls-tree", "-r", "-z", "--full-tree", self.resolve(ref))
        entries: list[TreeEntry] = []
        for record in out.split(b"\0"):
            if record:
                facts, path = record.split(b"\t", 1)
                mode, _, sha = facts.decode("ascii").split(" ")
                entries.append(TreeEntry(path=os.fsdecode(path), mode=mode, sha=sha))
        return tuple(entries)

    def is_dirty(self) -> bool:
        """Whether the work tree differs from its commit; untracked files count, ignored ones do not."""
        return bool(self._bytes("status", "--porcelain", "-z", "--ignore-submodules=dirty"))

    def changes(self) -> Changes:
        """What of the work tree is not as its commit has it; ignored files are left out."""
        options = ("--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=dirty")
        entries = [entry for entry in self._bytes("status", *options).split(b"\0") if entry]
        named = [(entry[:2] == b"??", os.fsdecode(entry[3:])) for entry in entries]
        return Changes(
            tracked=tuple(path for new, path in named if not new), untracked=tuple(path for new, path in named if new)
        )

    def files(self) -> tuple[str, ...]:
        """Paths of the work tree: tracked ones, and new ones that are not ignored."""
        out = self._bytes("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
        return tuple(os.fsdecode(path) for path in out.split(b"\0") if path)

    def default_branch(self) -> str:
        """The branch that ``origin`` names as its default; else the one that is checked out, else ``main``."""
        remote = self._run("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
        if remote.code == 0:
            return os.fsdecode(remote.out).strip().removeprefix("origin/")
        here = self._run("symbolic-ref", "--quiet", "--short", "HEAD")
        return os.fsdecode(here.out).strip() if here.code == 0 else "main"

    def remote_address(self) -> str:
        """The address of ``origin``, empty where there is none; it may hold a password, so it is never shown."""
        done = self._run("config", "--get", "remote.origin.url")
        return os.fsdecode(done.out).strip() if done.code == 0 else ""

    @contextmanager
    def worktree(self, ref: str) -> Iterator[Path]:
        """A commit checked out in a folder of its own outside the repository; gone afterwards in every case."""
        sha = self.resolve(ref)
        above = Path(tempfile.mkdtemp(prefix="sluice-"))
        folder = above / self.root.name
        try:
            self._bytes("worktree", "add", "--quiet", "--detach", "--", str(folder), sha)
            yield folder
        finally:
            remove_tree(above)
            # Forgets every work tree whose folder is gone: also those that a killed run left behind.
            self._run("worktree", "prune")

    def _text(self, *arguments: str) -> str:
        return os.fsdecode(self._bytes(*arguments))

    def _bytes(self, *arguments: str, to: IO[bytes] | None = None) -> bytes:
        done = self._run(*arguments, to=to)
        if done.code != 0:
            self._raise_known(done)
            raise OutsideError(
                f"`git {arguments[0]}` failed: {done.said or f'exit code {done.code}'}", where=str(self.root)
            )
        return done.out

    def _run(self, *arguments: str, to: IO[bytes] | None = None) -> Finished:
        return call(("git", *_SAFE, *arguments), cwd=self.root, env=_environment(), timeout_s=_TIMEOUT_S, to=to)

    def _raise_known(self, done: Finished) -> None:
        for sign, error in _KNOWN.items():
            if sign in done.err:
                raise error(self.root)

    def _missing_remedy(self) -> str:
        shallow = self._run("rev-parse", "--is-shallow-repository").out.strip() == b"true"
        if shallow:
            return "the clone is shallow: give `fetch-depth: 0` to actions/checkout, or run `git fetch --unshallow`"
        return "fetch it first: `git fetch origin`"


def _refuse_pointer(content: bytes, where: str) -> None:
    if content.startswith(_LFS):
        raise EvidenceError(
            "is a Git LFS pointer; the file itself is not in git",
            where=where,
            reason_code="path",
            remedy="track it with DVC, or commit the file",
        )


def remove_tree(folder: Path) -> None:
    """Remove a folder, also where it holds folders that nobody may write to; what stays is left to the system."""

    def allow(function: Callable[..., Any], path: str, _: object) -> None:
        try:
            Path(path).parent.chmod(stat.S_IRWXU)
            if function in (os.open, os.scandir, os.rmdir, os.lstat) and not Path(path).is_symlink():
                Path(path).chmod(stat.S_IRWXU)
            function(path)
        except (OSError, TypeError):
            return

    shutil.rmtree(folder, onerror=allow)
    if folder.exists():
        shutil.rmtree(folder, ignore_errors=True)


def _environment() -> Mapping[str, str]:
    """The environment without what would lead git to another repository, an editor, a prompt or a trace file."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or (name.startswith(_KEPT) and name != "GIT_CONFIG_PARAMETERS")
    }
    return kept | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_ASKPASS": "",
        # A commit is what its name says, whatever has been put in its place.
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
    }


def _inside(path: str) -> str:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts or "\0" in path or path.startswith("/") or ".." in parts:
        raise EvidenceError(
            f"the path {path!r} does not lead to a file of the repository",
            reason_code="path",
            remedy="name it from the root",
        )
    return "/".join(parts)


def _dubious(root: Path) -> SluiceError:
    return UsageError(
        "git refuses a repository that belongs to another user",
        where=str(root),
        remedy=f"run `git config --global --add safe.directory {root}` first",
    )


def _no_repository(root: Path) -> SluiceError:
    return UsageError("is not a git repository", where=str(root), remedy="run this inside one, or `git init`")


def _bare(root: Path) -> SluiceError:
    return UsageError("is a bare repository, without files", where=str(root), remedy="run this in a clone of it")


def _bad_option(root: Path) -> SluiceError:
    return OutsideError("the installed git is too old", where=str(root), remedy="install git 2.31 or newer")


_KNOWN: Mapping[bytes, Callable[[Path], SluiceError]] = {
    b"dubious ownership": _dubious,
    b"unsafe repository": _dubious,
    b"not a git repository": _no_repository,
    b"must be run in a work tree": _bare,
    b"unknown option": _bad_option,
}
