"""Paths against patterns, in time that no pattern can blow up."""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from sluice.domain.errors import ConfigError

_WILDCARDS = frozenset("*?[")
_ESCAPED = re.compile(r"\[([*?[])\]")
_POINTER = ".dvc"


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path (from the root, ``/`` between parts) is named by the patterns.

    ``data`` is that file or everything below that folder; ``src/**`` everything below; ``*.yaml``, a glob without a
    slash, matches at any depth and ``/*.yaml`` at the root alone; ``**`` stands for any number of folders; ``!docs/**``
    takes out again what an earlier pattern named. A DVC pointer is named together with what it points at: ``data``
    names ``data.dvc``, and so does ``data/train.csv``. A path above a pattern's first glob is named too, ``vendor`` by
    ``vendor/lib/**``: git lists no folders, so that it is a submodule or a link, and stands for all that is below it.
    Raises ``ConfigError`` for a pattern that leads out of the repository.
    """
    parts = _parts(path)
    named = False
    for pattern in patterns:
        negated = pattern.startswith("!")
        # What is taken out below a submodule or a pointer does not take out the rest of it.
        if named is negated and _matches_one(parts, pattern[negated:], partly=not negated):
            named = not negated
    return named


def _matches_one(parts: tuple[str, ...], pattern: str, *, partly: bool) -> bool:
    compiled = _compile(pattern)
    if _match(parts, compiled) or (partly and _is_above(parts, pattern)):
        return True
    if not parts or not parts[-1].endswith(_POINTER):
        return False
    target = (*parts[:-1], parts[-1].removesuffix(_POINTER))
    return _match(target, compiled) or (partly and _is_above(target, pattern))


def _is_above(parts: tuple[str, ...], pattern: str) -> bool:
    return bool(parts) and _literal_prefix(pattern)[: len(parts)] == parts


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in unicodedata.normalize("NFC", path).split("/") if part not in ("", "."))


@lru_cache(maxsize=1024)
def _literal_prefix(pattern: str) -> tuple[str, ...]:
    prefix: list[str] = []
    for part in _parts(pattern):
        if _WILDCARDS.intersection(_ESCAPED.sub("", part)):
            break
        prefix.append(_ESCAPED.sub(r"\1", part))
    return tuple(prefix)


@lru_cache(maxsize=1024)
def _compile(pattern: str) -> tuple[re.Pattern[str] | None, ...]:
    """One expression per part; ``None`` is ``**``. The last ``**`` makes a folder stand for everything below it."""
    parts = _parts(pattern)
    if ".." in parts:
        raise ConfigError(
            f"the pattern `{pattern}` leads out of the repository",
            where="training.inputs",
            remedy="name paths from the repository's root",
        )
    anywhere = "/" not in pattern.rstrip("/") and bool(_WILDCARDS.intersection(pattern))
    compiled: list[re.Pattern[str] | None] = [None] if anywhere else []
    for part in parts:
        if part == "**":
            compiled.append(None)
            continue
        if part.startswith("**"):
            compiled.append(None)
        # The standard library writes runs of `*` as atomic groups: no backtracking beyond the square of the length.
        compiled.append(re.compile(fnmatch.translate(re.sub(r"\*+", "*", part).replace("[^", "[!"))))
    return (*compiled, None)


def _match(parts: Sequence[str], pattern: Sequence[re.Pattern[str] | None]) -> bool:
    """Wildcard matching that goes back to the last ``**`` alone: at most parts x pattern steps."""
    at = index = 0
    back_at = back_index = -1
    while at < len(parts):
        expression = pattern[index] if index < len(pattern) else None
        if index < len(pattern) and expression is None:
            back_at, back_index = at, index
            index += 1
        elif expression is not None and expression.match(parts[at]):
            at += 1
            index += 1
        elif back_index >= 0:
            back_at += 1
            at, index = back_at, back_index + 1
        else:
            return False
    return all(part is None for part in pattern[index:])
