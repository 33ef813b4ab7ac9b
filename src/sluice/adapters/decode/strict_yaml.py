"""YAML from outside: the core schema of YAML 1.2, bounded, each key with its line.

Read from PyYAML's events, since its constructors follow YAML 1.1 (where ``no`` is false) and expand
aliases without bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from sluice.adapters.decode import keypath
from sluice.adapters.decode.number import BadNumber, integer, not_finite, real
from sluice.domain.errors import ConfigError

MAX_BYTES = 1_000_000
MAX_DEPTH = 64
MAX_NODES = 100_000
MAX_KEY_CHARS = 256

# Longer paths take the line of what they belong to: one key may stand above a hundred thousand others.
_MAX_PATH_CHARS = 300
_MAX_SHOWN_CHARS = 120

_STARTS_AND_ENDS = (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentEndEvent)

# Either may come of an escape in double quotes only; neither may be in a path or in UTF-8.
_SURROGATE = re.compile("[\ud800-\udfff]")
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_BASES = ((re.compile(r"[-+]?[0-9]+"), 10), (re.compile(r"0o[0-7]+"), 8), (re.compile(r"0x[0-9a-fA-F]+"), 16))
_REAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A document's plain value (dict, list, str, int, float, bool, None) and the line (from 1) of every key path."""

    value: object
    lines: Mapping[str, int]
    where: str

    def line(self, path: str) -> int:
        """The line of a key path, or of the nearest thing above it."""
        return next((self.lines[above] for above in keypath.ancestors(path) if above in self.lines), 1)

    def at(self, path: str) -> str:
        """``FILE:LINE: key.path``, as errors begin."""
        return _at(self.where, self.line(path), path)


def parse(text: bytes, *, where: str, max_bytes: int = MAX_BYTES, keep_bad_numbers: bool = False) -> Parsed:
    """The one document in ``text``; an empty one is ``None``.

    At most ``max_bytes`` (aliases written out), 64 levels and 100,000 values. Duplicate keys, keys that are not
    text, tags, directives, merge keys, second documents and bytes that are not UTF-8 raise ``ConfigError``. With
    ``keep_bad_numbers`` a NaN, an infinite number or one beyond 64 bits comes back as ``BadNumber``; else it raises.
    """
    if len(text) > max_bytes:
        raise ConfigError(f"is larger than {max_bytes} bytes", where=where)
    try:
        content = text.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = text.count(b"\n", 0, problem.start) + 1
        raise ConfigError("is not UTF-8", where=f"{where}:{line}", remedy="save it as UTF-8", line=line) from None
    builder = _Builder(where=where, max_chars=max_bytes, keep_bad_numbers=keep_bad_numbers)
    try:
        value = builder.document(_events(content))
    except yaml.MarkedYAMLError as problem:
        line = _line_of(problem, len(content.splitlines()))
        said = problem.problem or problem.context or "it cannot be read"
        raise ConfigError(f"is not valid YAML: {said}", where=f"{where}:{line}", line=line) from None
    except yaml.reader.ReaderError:
        found = yaml.reader.Reader.NON_PRINTABLE.search(content)
        line = content.count("\n", 0, found.start()) + 1 if found else 1
        raise ConfigError("holds a control character", where=f"{where}:{line}", line=line) from None
    return Parsed(value=value, lines=builder.lines, where=where)


def _events(content: str) -> Iterator[Any]:
    parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(content)
    try:
        while (event := parser.get_event()) is not None:
            yield event
    finally:
        parser.dispose()


def _line_of(problem: yaml.MarkedYAMLError, n_lines: int) -> int:
    """Where the problem is; for something that is never closed, where it begins."""
    marks = [mark.line + 1 for mark in (problem.problem_mark, problem.context_mark) if mark is not None]
    return next((line for line in marks if line <= n_lines), max(n_lines, 1))


def _at(where: str, line: int, path: str) -> str:
    shown = path if len(path) <= _MAX_SHOWN_CHARS else f"{path[:_MAX_SHOWN_CHARS]}..."
    return f"{where}:{line}: {shown}" if path else f"{where}:{line}"


class _Builder:
    """Plain values out of events. Recursion is bounded by the depth that documents may have."""

    def __init__(self, *, where: str, max_chars: int, keep_bad_numbers: bool) -> None:
        self.lines: dict[str, int] = {}
        self._where, self._max_chars, self._keep_bad_numbers = where, max_chars, keep_bad_numbers
        self._nodes = self._chars = 0
        self._anchors: dict[str, tuple[object, int, int]] = {}
        self._events: Iterator[Any] = iter(())

    def document(self, events: Iterator[Any]) -> object:
        self._events = events
        value: object = None
        started = False
        for event in events:
            if isinstance(event, _STARTS_AND_ENDS):
                continue
            if isinstance(event, yaml.DocumentStartEvent):
                if started:
                    self._refuse("holds a second document", event, "")
                if event.version or event.tags:
                    self._refuse("states a YAML directive", event, "", "remove the line that begins with `%`")
                started = True
                continue
            value = self._node(event, "", 0)
        return value

    def _node(self, event: Any, path: str, depth: int) -> object:
        if depth > MAX_DEPTH:
            self._refuse(f"is nested deeper than {MAX_DEPTH} levels", event, path)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path, depth)
        if event.tag is not None:
            self._refuse(f"has the tag {keypath.shorten(event.tag)}", event, path, "write the value plainly")
        nodes, chars = self._nodes, self._chars
        if isinstance(event, yaml.ScalarEvent):
            self._grow(1, len(event.value), event, path)
            value = self._scalar(event, path)
        else:
            self._grow(1, 0, event, path)
            mapping = isinstance(event, yaml.MappingStartEvent)
            value = self._mapping(path, depth) if mapping else self._sequence(path, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._nodes - nodes, self._chars - chars)
        return value

    def _mapping(self, path: str, depth: int) -> dict[str, object]:
        found: dict[str, object] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, path)
            below = self._enter(path, key, event)
            if key in found:
                self._refuse("is stated twice", event, below)
            found[key] = self._node(next(self._events), below, depth + 1)
        return found

    def _sequence(self, path: str, depth: int) -> list[object]:
        found: list[object] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self._node(event, self._enter(path, len(found), event), depth + 1))
        return found

    def _key(self, event: Any, path: str) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self._refuse("has a key that is not text", event, path)
        value = self._node(event, path, 0)
        if not isinstance(value, str):
            self._refuse(f"has the key `{event.value[:40]}`, which is not text", event, path, "put it in quotes")
        if len(value) > MAX_KEY_CHARS:
            self._refuse(f"has a key of more than {MAX_KEY_CHARS} characters", event, path)
        if value == "<<" and event.implicit[0]:
            self._refuse("has a merge key (`<<`)", event, path, "write the keys out")
        return value

    def _enter(self, path: str, part: keypath.Part, event: Any) -> str:
        if len(path) > _MAX_PATH_CHARS:
            return path
        below = keypath.child(path, part)
        self.lines.setdefault(below, event.start_mark.line + 1)
        return below

    def _alias(self, event: Any, path: str, depth: int) -> object:
        if event.anchor not in self._anchors:
            self._refuse(f"refers to `*{event.anchor[:40]}`, which is not complete before it", event, path)
        value, nodes, chars = self._anchors[event.anchor]
        self._grow(nodes, chars, event, path)
        if depth + _height(value) > MAX_DEPTH:
            self._refuse(f"is nested deeper than {MAX_DEPTH} levels", event, path)
        return value

    def _grow(self, nodes: int, chars: int, event: Any, path: str) -> None:
        self._nodes += nodes
        self._chars += chars
        if self._nodes > MAX_NODES:
            self._refuse(f"the file holds more than {MAX_NODES} values (each alias counts in full)", event, path)
        if self._chars > self._max_chars:
            self._refuse(
                f"the file holds more than {self._max_chars} characters (each alias counts in full)", event, path
            )

    def _scalar(self, event: Any, path: str) -> object:
        text = event.value
        if event.style == '"' and ("\0" in text or _SURROGATE.search(text)):
            self._refuse("holds a NUL character or half a character", event, path)
        value = _plain(text) if event.implicit[0] else text
        if isinstance(value, BadNumber) and not self._keep_bad_numbers:
            self._refuse(f"`{value.text}` is {value.why}", event, path)
        return value

    def _refuse(self, what: str, event: Any, path: str, remedy: str = "") -> NoReturn:
        line = event.start_mark.line + 1
        raise ConfigError(what, where=_at(self._where, line, path), remedy=remedy, line=line)


def _plain(text: str) -> str | int | float | bool | BadNumber | None:
    """A scalar without quotes, by the core schema's table."""
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if text[0] not in "+-.0123456789":
        return text
    for pattern, base in _BASES:
        if pattern.fullmatch(text):
            return integer(text, base)
    if _REAL.fullmatch(text):
        return real(text)
    return not_finite(text) if _NOT_FINITE.fullmatch(text) else text


def _height(value: object) -> int:
    """Levels below a value, of which there are few: it was built within the same bound."""
    if isinstance(value, dict):
        return 1 + max((_height(child) for child in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((_height(child) for child in value), default=0)
    return 0
