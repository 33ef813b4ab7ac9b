"""The files that differ between two commits, as git tells them: status, lines, patch, renames."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .repository import Repository

# GitHub shows no patch for a file beyond these, and no diff at all beyond the totals.
FILE_LINES, FILE_BYTES = 20_000, 500 * 1024
DIFF_LINES, DIFF_FILES = 20_000, 300
_SECTION = re.compile(rb"(?m)^diff --git ")
_STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One file of a difference; ``patch`` is None for binary, over-long and unchanged contents."""

    path: str
    previous: str | None
    status: str
    sha: str
    mode: str
    additions: int
    deletions: int
    patch: str | None


def _raw(fields: list[bytes]) -> tuple[list[tuple[str, str, str, str, str | None]], int]:
    """(status, mode, sha, path, previous path) for each raw record, and where the numbers begin."""
    out, at = [], 0
    while at < len(fields) and fields[at].startswith(b":"):
        old_mode, new_mode, old_sha, new_sha, letter = fields[at][1:].decode().split()
        paths = [fields[at + 1].decode(errors="replace")]
        if letter[0] in "RC":
            paths.append(fields[at + 2].decode(errors="replace"))
        gone = letter[0] == "D"
        status = _STATUS[letter[0]]
        if status == "modified" and old_sha == new_sha:
            status = "changed"
        out.append(
            (
                status,
                old_mode if gone else new_mode,
                old_sha if gone else new_sha,
                paths[-1],
                paths[0] if len(paths) == 2 else None,
            )
        )
        at += 1 + len(paths)
    return out, at


def _numbers(fields: list[bytes]) -> dict[str, tuple[int, int]]:
    """Path -> (additions, deletions); a binary file has none."""
    out, at = {}, 0
    while at < len(fields) and fields[at]:
        added, deleted, path = fields[at].split(b"\t")
        at += 1
        if not path:  # a rename names both paths in fields of their own
            path = fields[at + 1]
            at += 2
        out[path.decode(errors="replace")] = (0, 0) if added == b"-" else (int(added), int(deleted))
    return out


def _patches(text: bytes, statuses: list[str]) -> list[str | None]:
    """The hunks of each file, in the order of the raw records; a change of type prints two sections."""
    sections = _SECTION.split(text)[1:]
    out: list[str | None] = []
    at = 0
    for status in statuses:
        step = (
            2 if status == "changed" and at + 1 < len(sections) and b"\ndeleted file mode" in sections[at][:2000] else 1
        )
        hunks = []
        for section in sections[at : at + step]:
            start = section.find(b"\n@@ ")
            if start >= 0:
                hunks.append(section[start + 1 :].removesuffix(b"\n"))
        at += step
        whole = b"\n".join(hunks)
        short = hunks and len(whole) <= FILE_BYTES and whole.count(b"\n") < FILE_LINES
        out.append(whole.decode(errors="replace") if short else None)
    return out


def changes(repo: Repository, old: str, new: str) -> list[Change]:
    """The difference of two trees or commits, renames found as git finds them by default."""
    return list(repo.known(("changes", old, new), lambda: _changes(repo, old, new)))


def _changes(repo: Repository, old: str, new: str) -> list[Change]:
    fields = repo.git.run("diff-tree", "-r", "-M", "--raw", "--numstat", "-z", "--no-abbrev", old, new).split(b"\0")
    raw, at = _raw(fields)
    numbers = _numbers(fields[at:])
    patches = _patches(diff_text(repo, old, new), [r[0] for r in raw])
    return [
        Change(
            path=path, previous=previous, status=status, sha=sha, mode=mode, patch=patch,
            additions=numbers.get(path, (0, 0))[0], deletions=numbers.get(path, (0, 0))[1],
        )
        for (status, mode, sha, path, previous), patch in zip(raw, patches, strict=True)
    ]  # fmt: skip


def diff_text(repo: Repository, old: str, new: str) -> bytes:
    """The difference as ``git diff`` prints it."""
    return repo.git.run("diff-tree", "-r", "-M", "-p", "--no-color", old, new)


def mail_text(repo: Repository, base: str, head: str) -> bytes:
    """The commits of base..head as ``git format-patch`` prints them."""
    return repo.git.run("format-patch", "--stdout", f"{base}..{head}")
