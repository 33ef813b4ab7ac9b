"""git's objects as values: people, commits, tags, tree entries."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An author or committer; ``stamp`` is git's own "SECONDS +HHMM"."""

    name: str
    email: str
    stamp: str

    @property
    def date(self) -> str:
        """The moment as the REST API writes it: UTC, whole seconds."""
        seconds = int(self.stamp.split()[0])
        return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def line(self) -> str:
        """The form git keeps in a commit object."""
        clean = str.maketrans("", "", "<>\n\0")
        return f"{self.name.translate(clean)} <{self.email.translate(clean)}> {self.stamp}"


def stamp_of(text: str | None) -> str:
    """An ISO 8601 time (now when None) as git's stamp; ValueError when it is not a time."""
    if text is None:
        return f"{int(dt.datetime.now(dt.UTC).timestamp())} +0000"
    moment = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return f"{int(moment.timestamp())} {moment.strftime('%z')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit object."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """An annotated tag object."""

    sha: str
    name: str
    target: str
    kind: str
    tagger: Person
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a tree; ``size`` is None for trees and submodules."""

    mode: str
    kind: str
    sha: str
    size: int | None
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """A reference: what it names, of which kind, and the commit it peels to (None when it peels to none)."""

    name: str
    sha: str
    kind: str
    commit: str | None


def _person(text: str) -> Person:
    name, _, rest = text.partition(" <")
    email, _, stamp = rest.rpartition("> ")
    return Person(name=name, email=email, stamp=stamp)


def _headers(raw: bytes) -> tuple[list[tuple[str, str]], str]:
    head, _, message = raw.decode(errors="replace").partition("\n\n")
    pairs = [line.partition(" ") for line in head.split("\n") if not line.startswith(" ")]
    return [(key, value) for key, _, value in pairs], message


def parse_commit(sha: str, raw: bytes) -> Commit:
    """A commit from its object's bytes."""
    pairs, message = _headers(raw)
    single = dict(pairs)
    return Commit(
        sha=sha,
        tree=single["tree"],
        parents=tuple(value for key, value in pairs if key == "parent"),
        author=_person(single["author"]),
        committer=_person(single["committer"]),
        message=message.removesuffix("\n"),
    )


def parse_tag(sha: str, raw: bytes) -> Tag:
    """An annotated tag from its object's bytes."""
    pairs, message = _headers(raw)
    single = dict(pairs)
    tagger = _person(single["tagger"]) if "tagger" in single else Person(name="", email="", stamp="0 +0000")
    return Tag(
        sha=sha, name=single["tag"], target=single["object"], kind=single["type"], tagger=tagger,
        message=message.removesuffix("\n"),
    )  # fmt: skip
