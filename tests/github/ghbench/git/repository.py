"""One bare repository: its references, and its objects read and written."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from .objects import Commit, Entry, Person, Ref, Tag, parse_commit, parse_tag
from .plumbing import EMPTY_TREE, Git, GitError

T = TypeVar("T")
_SHA = re.compile(r"[0-9a-f]{40}")
_SHORT = re.compile(r"[0-9a-f]{7,39}")
_REF_FORMAT = "%(objectname) %(objecttype) %(*objectname) %(*objecttype) %(refname)"
# What git never puts into an index ("" is an empty part: a//b, /a, a/).
_BAD_PARTS = ("", ".", "..", ".git")
MODES = ("100644", "100755", "040000", "160000", "120000")


class Repository:
    """References are read once and remembered until ``forget``; objects never change, so commits stay remembered."""

    def __init__(self, directory: Path, commits: dict[str, Commit]):
        self.git = Git(directory=directory)
        self.directory = directory
        self._commits = commits
        self._refs: dict[str, Ref] | None = None
        self._known: dict[tuple[str, ...], Any] = {}

    def known(self, key: tuple[str, ...], find: Callable[[], T]) -> T:
        """What ``find`` says, asked once: for facts about objects, which never change."""
        if key not in self._known:
            self._known[key] = find()
        return self._known[key]

    # -- references ------------------------------------------------------------------------

    def refs(self) -> dict[str, Ref]:
        """Full name -> reference, in git's order."""
        if self._refs is None:
            self._refs = {}
            for line in self.git.run("for-each-ref", f"--format={_REF_FORMAT}").decode().splitlines():
                sha, kind, peeled, peeled_kind, name = line.split(" ")
                commit = sha if kind == "commit" else peeled if peeled_kind == "commit" else None
                self._refs[name] = Ref(name=name, sha=sha, kind=kind, commit=commit)
        return self._refs

    def forget(self) -> None:
        """Read the references anew next time: somebody else moved them."""
        self._refs = None

    def branches(self) -> dict[str, str]:
        """Branch name -> tip."""
        return {n.removeprefix("refs/heads/"): r.sha for n, r in self.refs().items() if n.startswith("refs/heads/")}

    def branch(self, name: str) -> str | None:
        """The tip of a branch, or None."""
        found = self.refs().get(f"refs/heads/{name}")
        return found.sha if found else None

    def set_ref(self, name: str, sha: str) -> None:
        """Create or move a reference; GitError when git refuses the name or the object."""
        self.git.run("update-ref", name, sha)
        if self._refs is None or sha not in self._commits:
            self.forget()
        else:
            self._refs[name] = Ref(name=name, sha=sha, kind="commit", commit=sha)
            self._refs = dict(sorted(self._refs.items()))

    def delete_ref(self, name: str) -> None:
        self.git.run("update-ref", "-d", name)
        if self._refs is not None:
            self._refs.pop(name, None)

    def good_name(self, name: str) -> bool:
        """Whether git accepts a full reference name."""
        return self.git.call("check-ref-format", name)[0] == 0

    def set_head(self, branch: str) -> None:
        self.git.run("symbolic-ref", "HEAD", f"refs/heads/{branch}")

    def resolve(self, text: str) -> str | None:
        """A commit's sha from a sha (7 digits or more), branch, tag, or reference name; None when there is none."""
        if _SHA.fullmatch(text):
            return text if self.commit(text) else None
        for name in (f"refs/heads/{text}", f"refs/tags/{text}", f"refs/{text}", text):
            if name in self.refs():
                return self.refs()[name].commit
        if text == "HEAD":
            return self.resolve(self.git.line("symbolic-ref", "HEAD"))
        if _SHORT.fullmatch(text):
            status, out, _ = self.git.call("rev-parse", "--verify", "--quiet", f"{text}^{{commit}}")
            return out.decode().strip() if status == 0 else None
        return None

    # -- reading ---------------------------------------------------------------------------

    def kind(self, sha: str) -> str | None:
        """blob, tree, commit or tag; None when the object is not here."""
        if not _SHA.fullmatch(sha):
            return None
        if sha in self._commits:
            return "commit"
        status, out, _ = self.git.call("cat-file", "-t", sha)
        return out.decode().strip() if status == 0 else None

    def commit(self, sha: str) -> Commit | None:
        if sha not in self._commits:
            if not _SHA.fullmatch(sha):
                return None
            about, _, raw = self.git.run("cat-file", "--batch", data=sha.encode()).partition(b"\n")
            if about.split()[1:2] != [b"commit"]:
                return None
            self._commits[sha] = parse_commit(sha, raw[: int(about.split()[2])])
        return self._commits[sha]

    def need(self, sha: str) -> Commit:
        """A commit that must be here."""
        found = self.commit(sha)
        if found is None:
            raise GitError("cat-file", f"no commit {sha}")
        return found

    def blob(self, sha: str) -> bytes | None:
        status, out, _ = self.git.call("cat-file", "blob", sha)
        return out if status == 0 else None

    def tag(self, sha: str) -> Tag | None:
        return parse_tag(sha, self.git.run("cat-file", "tag", sha)) if self.kind(sha) == "tag" else None

    def entries(self, treeish: str, *, recursive: bool = False) -> list[Entry]:
        """A tree's entries; with ``recursive``, all below it, the trees themselves included."""
        deep = ["-r", "-t"] if recursive else []
        return self._entries("ls-tree", "-z", "-l", "--full-tree", *deep, treeish)

    def lookup(self, treeish: str, path: str) -> Entry | None:
        """What a path names in a tree."""
        rows = self._entries("ls-tree", "-z", "-l", "--full-tree", treeish, path)
        return rows[0] if rows else None

    def _entries(self, *command: str) -> list[Entry]:
        out = []
        for row in self.git.run(*command).split(b"\0")[:-1]:
            facts, _, path = row.partition(b"\t")
            mode, kind, sha, size = facts.decode().split()
            known = None if size == "-" else int(size)
            out.append(Entry(mode=mode, kind=kind, sha=sha, size=known, path=path.decode(errors="replace")))
        return out

    # -- writing ---------------------------------------------------------------------------

    def write_blob(self, data: bytes) -> str:
        return self.git.line("hash-object", "-w", "--stdin", data=data)

    def write_tree(self, base: str | None, changes: list[tuple[str, str, str | None]]) -> str:
        """A tree: ``base`` with (mode, path, sha) put in, or taken out where sha is None.

        GitError when git refuses, or would leave a path out in silence.
        """
        for _, path, _ in changes:
            if any(part.lower() in _BAD_PARTS for part in path.split("/")):
                raise GitError("update-index", f"invalid path '{path}'")
        with tempfile.TemporaryDirectory(dir=self.directory) as folder:
            index = {"GIT_INDEX_FILE": f"{folder}/index"}
            self.git.run("read-tree", base or EMPTY_TREE, extra=index)
            lines = [
                f"0 {'0' * 40}\t{path}" if sha is None else f"{mode} {sha}\t{path}"
                for mode, path, sha in changes
                if mode != "040000" or sha is None
            ]
            data = b"".join(line.encode() + b"\0" for line in lines)
            self.git.run("update-index", "-z", "--index-info", data=data, extra=index)
            for mode, path, sha in changes:
                if mode == "040000" and sha is not None:
                    self.git.call("rm", "-r", "--cached", "-q", "--ignore-unmatch", "--", path, extra=index)
                    self.git.run("read-tree", f"--prefix={path}/", sha, extra=index)
            return self.git.line("write-tree", extra=index)

    def write_commit(self, tree: str, parents: list[str], message: str, author: Person, committer: Person) -> str:
        lines = [f"tree {tree}", *(f"parent {p}" for p in parents)]
        lines += [f"author {author.line()}", f"committer {committer.line()}", "", message]
        return self.git.line("hash-object", "-t", "commit", "-w", "--stdin", data="\n".join(lines).encode())

    def write_tag(self, name: str, target: str, kind: str, tagger: Person, message: str) -> str:
        text = f"object {target}\ntype {kind}\ntag {name}\ntagger {tagger.line()}\n\n{message}"
        return self.git.line("hash-object", "-t", "tag", "-w", "--stdin", data=text.encode())
