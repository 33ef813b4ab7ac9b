"""Files of a commit, byte for byte."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import quote

from sluice.adapters.github.calls import Calls
from sluice.adapters.github.fields import NoAnswer, Row, flag, integer, is_sha, row, rows, sha, text
from sluice.adapters.github.refusals import Call, Refused
from sluice.domain.errors import ConfigError, UsageError
from sluice.domain.repository import TreeEntry

MOST_BYTES = 5_000_000

_NEEDS = "contents: read"


class Contents:
    """Reads files through the API, so that nothing of a commit is checked out."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._files: dict[tuple[str, str], bytes | None] = {}
        self._readable: set[str] = set()

    def file(self, path: str, ref: str) -> bytes | None:
        """A file's bytes at a commit (a full id); ``None`` where the commit has none. One call up to 1 MB, then two.

        What has been read is not asked for again: a commit does not change. Raises ``ConfigError`` for a folder, a
        submodule, a link that leads nowhere, and over 5 MB.
        """
        if (path, ref) not in self._files:
            self._files[path, ref] = self._fetched(path, ref)
        return self._files[path, ref]

    def _fetched(self, path: str, ref: str) -> bytes | None:
        call = Call(doing=f"reading {path} at {ref[:12]}", needs=_NEEDS)
        where = self._address(path, ref)
        try:
            found = self._calls.get(call, where, lambda answer: _file_entry(answer, path), ref=ref)
        except Refused as error:
            if error.status != 404:
                raise
            self._confirm(ref)
            return None
        self._readable.add(ref)
        if integer(found, "size") > MOST_BYTES:
            said = f"has {integer(found, 'size'):,} bytes, more than {MOST_BYTES:,}"
            raise ConfigError(said, where=f"{path} at {ref[:12]}", remedy="make it smaller")
        if text(found, "encoding") == "base64":
            return _decoded(found)
        return self._blob(sha(found, "sha"), call)

    def on_default_branch(self, path: str) -> bool:
        """Whether the default branch has something at a path; one call.

        Raises ``OutsideError`` where that cannot be told: an absence that is only a missing permission must not count.
        """
        call = Call(doing=f"looking for {path} on the default branch", needs=_NEEDS)
        tip = self._calls.get(call, f"{self._calls.root}/commits/HEAD", lambda answer: sha(row(answer), "sha"))
        listed = self.tree(tip)
        return listed is None or any(entry.path == path for entry in listed)

    def tree(self, ref: str) -> tuple[TreeEntry, ...] | None:
        """Every path of a commit (a full id), one call; ``None`` where GitHub cuts the list."""
        if not is_sha(ref):
            raise UsageError("trees are read at full commit ids only", where=ref)
        call = Call(doing=f"listing the files of {ref[:12]}", needs=_NEEDS)
        found = self._calls.get(call, f"{self._calls.root}/git/trees/{ref}", row, recursive=1)
        if flag(found, "truncated"):
            return None
        return tuple(
            TreeEntry(path=text(entry, "path"), mode=text(entry, "mode"), sha=sha(entry, "sha"))
            for entry in rows(found, "tree")
            if text(entry, "type") != "tree"
        )

    def _blob(self, blob: str, call: Call) -> bytes:
        """GitHub sends files over 1 MB only as blobs."""
        return self._calls.get(call, f"{self._calls.root}/git/blobs/{blob}", lambda answer: _decoded(row(answer)))

    def _confirm(self, ref: str) -> None:
        """Make sure that a 404 spoke of the file: GitHub answers the same where the token may not read the commit.

        A policy that only could not be read must not count as "there is no policy".
        """
        if ref in self._readable:
            return
        call = Call(doing=f"reading commit {ref[:12]}", needs=_NEEDS, new=True)
        self._calls.get(call, f"{self._calls.root}/git/commits/{ref}", lambda answer: sha(row(answer), "sha"))
        self._readable.add(ref)

    def _address(self, path: str, ref: str) -> str:
        if not is_sha(ref):
            raise UsageError("files are read at full commit ids only", where=ref)
        parts = path.split("/")
        if any(part in ("", ".", "..") for part in parts) or not path.isprintable() or "\\" in path:
            raise UsageError("is not a path inside the repository", where=repr(path))
        return f"{self._calls.root}/contents/{quote(path)}"


def _file_entry(answer: object, path: str) -> Row:
    kind = "dir" if isinstance(answer, list) else text(row(answer), "type")
    # GitHub follows a link to a file of the same commit; one that is answered as a link leads elsewhere.
    if kind != "file":
        raise ConfigError(f"is not a file but a {kind}", where=path, remedy="put a regular file there")
    return row(answer)


def _decoded(found: Row) -> bytes:
    try:
        content = base64.b64decode(text(found, "content").replace("\n", ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoAnswer("file content that is not base64") from error
    if len(content) != integer(found, "size"):
        raise NoAnswer("file content of another length than stated")
    return content
