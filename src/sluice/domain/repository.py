"""What git says of a commit, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeEntry:
    """One path of a commit's tree: its mode (``100644``, ``120000`` a link, ``160000`` a submodule) and object name."""

    path: str
    mode: str
    sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Paths of a work tree that differ from its commit: files of the commit, and new ones."""

    tracked: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
