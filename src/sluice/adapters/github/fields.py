"""GitHub's JSON, read strictly: what is missing or of another type is an answer that cannot be used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from sluice.domain.planning import PullRequest

Row = Mapping[str, object]

# Stands for the repository of a head whose fork was deleted: never equal to any real one, so such a head is a fork's.
DELETED_REPOSITORY = "(deleted)"

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class NoAnswer(Exception):
    """No usable answer came back, so whether the call took effect is not known."""


def row(value: object) -> Row:
    """A JSON object; ``NoAnswer`` for anything else."""
    if not isinstance(value, dict):
        raise NoAnswer("an answer that is not a JSON object")
    return cast(Row, value)


def rows(value: object, key: str = "") -> tuple[Row, ...]:
    """A JSON array of objects, or the one under ``key``."""
    listed = row(value).get(key) if key else value
    if not isinstance(listed, list):
        raise NoAnswer(f"an answer without the list {key}" if key else "an answer that is not a list")
    return tuple(row(item) for item in listed)


def text(of: Row, key: str) -> str:
    """A string that must be there."""
    value = of.get(key)
    if not isinstance(value, str):
        raise NoAnswer(f"an answer without `{key}`")
    return value


def optional_text(of: Row, key: str) -> str:
    """A string; empty where it is missing or null."""
    return "" if of.get(key) is None else text(of, key)


def integer(of: Row, key: str) -> int:
    """A whole number that must be there."""
    value = of.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise NoAnswer(f"an answer without `{key}`")
    return value


def flag(of: Row, key: str) -> bool:
    """A boolean; false where it is missing or null."""
    value = of.get(key, False)
    if value is not None and not isinstance(value, bool):
        raise NoAnswer(f"an answer whose `{key}` is not a boolean")
    return bool(value)


def sha(of: Row, key: str) -> str:
    """A full commit id (or object id) that must be there."""
    value = text(of, key)
    if not is_sha(value):
        raise NoAnswer(f"an answer whose `{key}` is not a commit id")
    return value


def is_sha(value: str) -> bool:
    """Whether the text is a full, lower-case object id."""
    return _SHA.fullmatch(value) is not None


def inner(of: Row, key: str) -> Row:
    """An object that must be there."""
    return row(of.get(key))


def inner_or_empty(of: Row, key: str) -> Row:
    """An object; empty where it is missing or null."""
    return {} if of.get(key) is None else inner(of, key)


def pull(value: object) -> PullRequest:
    """A pull request as GitHub writes it."""
    of = row(value)
    head, base = inner(of, "head"), inner(of, "base")
    home = inner_or_empty(head, "repo")
    return PullRequest(
        number=integer(of, "number"),
        state=text(of, "state"),
        draft=flag(of, "draft"),
        labels=tuple(text(label, "name") for label in rows(of, "labels")),
        head_sha=sha(head, "sha"),
        head_ref=text(head, "ref"),
        head_repository=text(home, "full_name") if home else DELETED_REPOSITORY,
        base_sha=sha(base, "sha"),
        base_ref=text(base, "ref"),
    )
