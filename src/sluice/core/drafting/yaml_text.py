"""YAML as people read it: block style, comments, every text of others in double quotes."""

from __future__ import annotations

import json
import re
from collections import abc
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

# What YAML allows as it stands; everything else is escaped.
_PLAIN = re.compile(r"[\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_EVEN_ESCAPED_NOT = re.compile(r"[\x00\ud800-\udfff]")
_MAX_COMMENT_CHARS = 200
_MAX_CHARS = 10_000
_INT64_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the standard's own, which needs no quotes."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One key of a mapping, with comments above it and behind it."""

    key: str
    value: Node
    above: tuple[str, ...] = ()
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys in their order, with comments above the first and below the last."""

    entries: tuple[Entry, ...]
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()


Node = Word | str | int | float | bool | None | Mapping | tuple["Node", ...]


def mapping(*entries: Entry | None, above: tuple[str, ...] = ()) -> Mapping:
    """A mapping without the entries that are ``None``."""
    return Mapping(tuple(entry for entry in entries if entry is not None), above)


def remarked(entries: Iterable[tuple[str, Entry | None]], remarks: abc.Mapping[str, tuple[str, ...]]) -> Mapping:
    """A mapping with what is remarked of its keys: behind those of one line, above all others.

    What is remarked of a key that is not there stands where it would be.
    """
    found: list[Entry] = []
    pending: tuple[str, ...] = ()
    for key, entry in entries:
        said = remarks.get(key, ())
        if entry is None:
            pending += said
            continue
        block = isinstance(entry.value, Mapping | tuple)
        above = (*pending, *entry.above, *(said if block else ()))
        found.append(replace(entry, above=above, behind="" if block else " ".join(said)))
        pending = ()
    return Mapping(tuple(found), below=pending)


def text(root: Mapping) -> str:
    """The mapping as a document."""
    return "".join(f"{line}\n" for line in _mapping(root, ""))


def _mapping(node: Mapping, indent: str) -> Iterator[str]:
    for line in node.above:
        yield f"{indent}# {comment(line)}"
    for entry in node.entries:
        for line in entry.above:
            yield f"{indent}# {comment(line)}"
        behind = f"  # {comment(entry.behind)}" if entry.behind else ""
        if isinstance(entry.value, Mapping):
            yield f"{indent}{entry.key}:{behind}"
            yield from _mapping(entry.value, f"{indent}  ")
        elif isinstance(entry.value, tuple):
            yield f"{indent}{entry.key}:{behind}"
            yield from _sequence(entry.value, f"{indent}  ")
        else:
            yield f"{indent}{entry.key}: {scalar(entry.value)}{behind}"
    for line in node.below:
        yield f"{indent}# {comment(line)}"


def _sequence(nodes: tuple[Node, ...], indent: str) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, Mapping):
            for line in node.above:
                yield f"{indent}# {comment(line)}"
            first = True
            for line in _mapping(replace(node, above=()), f"{indent}  "):
                yield f"{indent}- {line[len(indent) + 2 :]}" if first else line
                first = False
        elif isinstance(node, tuple):
            raise TypeError("a list of lists is nothing that a contract has")
        else:
            yield f"{indent}- {scalar(node)}"


def scalar(value: Word | str | int | float | bool | None) -> str:
    """One value, as every reader of YAML takes it: 1.1 or 1.2."""
    if isinstance(value, Word):
        return value.text
    if isinstance(value, str):
        return quoted(value)
    said = json.dumps(value)
    # To YAML 1.1 a number with an exponent and without a point is a text.
    return said.replace("e", ".0e", 1) if isinstance(value, float) and "e" in said and "." not in said else said


def sayable(value: str | int | float | bool) -> bool:
    """Whether YAML can hold the value, and a contract may."""
    if isinstance(value, str):
        return _EVEN_ESCAPED_NOT.search(value) is None and len(value) <= _MAX_CHARS
    if isinstance(value, float):
        return value - value == 0
    return abs(value) <= _INT64_MAX


def quoted(text: str) -> str:
    """A text as a YAML scalar in double quotes."""
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if _PLAIN.fullmatch(char):
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def comment(text: str) -> str:
    """A text that ends no comment: on one line, without what YAML does not allow."""
    return "".join(char if _PLAIN.fullmatch(char) else "?" for char in text)[:_MAX_COMMENT_CHARS]
