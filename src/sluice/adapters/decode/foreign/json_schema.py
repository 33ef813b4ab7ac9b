"""JSON Schema, drafts 4 to 2020-12: each property of the root object (or of the items of a root array) is a column.

A column is ``required`` where its key must be there and may not be null. Formats of dates and times are types.
Properties of objects are columns within a column; of what lists hold only the types are carried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sluice.adapters.decode.foreign.carrying import Carried, columns_of
from sluice.adapters.decode.foreign.json_schema_keywords import (
    NO_DEMANDS,
    carry_keyword,
    carry_type,
    sequence,
    takes_null,
)
from sluice.adapters.decode.foreign.values import Omissions, child, is_name, text_of
from sluice.domain.draft import DraftTable
from sluice.domain.errors import ConfigError

_MAX_REFERENCES = 64
# Of all keywords, as often as they are joined: references may double at every step.
_MAX_KEYWORDS = 300_000
_MAX_ROOTS = 100
_MAX_DEPTH = 8


@dataclass(frozen=True, slots=True)
class _Part:
    """One schema that a value must keep, and where it is written."""

    schema: Mapping[str, Any]
    at: str


def read(value: object, *, where: str, name: str, omitted: Omissions) -> tuple[DraftTable, ...]:
    """The one table that the schema describes. Raises ``ConfigError`` where it describes no object."""
    if not isinstance(value, dict):
        raise ConfigError("is not a JSON Schema of objects", where=where)
    root = _Reader(value, where, omitted)
    parts = tuple(root.parts(value, ""))
    if any("items" in part.schema for part in parts) and not any("properties" in part.schema for part in parts):
        parts = tuple(
            below
            for part in parts
            if isinstance(part.schema.get("items"), dict)
            for below in root.parts(part.schema["items"], child(part.at, "items"))
        )
    if len(parts) > _MAX_ROOTS:
        raise ConfigError(f"joins more than {_MAX_ROOTS} schemas at its root", where=where)
    properties = {key: None for part in parts for key in _mapping(part.schema.get("properties"))}
    needed = [key for part in parts for key in sequence(part.schema.get("required")) if isinstance(key, str)]
    properties |= dict.fromkeys(needed)
    for part in parts:
        root.leave_out(part)
    columns = columns_of(root.columns(tuple(properties), parts, frozenset(needed)), omitted)
    if not columns:
        raise ConfigError("describes no properties", where=where, remedy="give the schema of one row, an object")
    description = next((said for part in parts if (said := text_of(part.schema.get("description")))), "")
    return (DraftTable(name=name, columns=columns, description=description),)


class _Reader:
    def __init__(self, root: Mapping[str, Any], where: str, omitted: Omissions) -> None:
        self._root, self._where, self._omitted = root, where, omitted
        self._n_keywords = 0
        self._open: list[str] = []

    def parts(self, schema: object, at: str, depth: int = 0) -> Iterator[_Part]:
        """The schema and all that it joins by ``$ref`` and ``allOf``, each once for every time that it is joined."""
        self._n_keywords += 1 + (len(schema) if isinstance(schema, dict) else 0)
        if not isinstance(schema, dict):
            if schema is False:
                self._omitted.add("`false`", at, "that no value may be there")
            elif schema is not True:
                self._omitted.add("a schema", at, "is no object")
            return
        if depth > _MAX_REFERENCES or self._n_keywords > _MAX_KEYWORDS:
            raise ConfigError("refers to itself, or to too many others", where=f"{self._where}: {at}"[:300])
        yield _Part(schema, at)
        if "$ref" in schema:
            yield from self._referred(schema["$ref"], at, depth)
        for index, joined in enumerate(sequence(schema.get("allOf"))):
            yield from self.parts(joined, child(at, "allOf", index), depth + 1)

    def _referred(self, reference: object, at: str, depth: int) -> Iterator[_Part]:
        found = _within(self._root, reference) if isinstance(reference, str) else None
        if found is None:
            self._omitted.add(f"`$ref` {str(reference)[:80]!r}", at, "leads to nothing in this file")
            return
        yield from self.parts(found, str(reference)[:100], depth + 1)

    def leave_out(self, part: _Part) -> None:
        """Lists what the root demands beside its properties."""
        known = NO_DEMANDS | {"type", "properties", "required", "items", "allOf", "$ref"}
        for key in part.schema:
            if key == "additionalProperties" and part.schema[key] is not False:
                continue
            if key not in known:
                self._omitted.add(f"`{key[:60]}`", part.at or "the root")

    def columns(self, names: tuple[str, ...], parts: tuple[_Part, ...], needed: frozenset[str]) -> Iterator[Carried]:
        """A column for every property."""
        for name in names:
            column = self._property(name, parts, 0)
            if column is not None:
                if name in needed and not self._takes_null(name, parts):
                    column.require()
                yield column

    def _property(self, name: str, parts: tuple[_Part, ...], depth: int) -> Carried | None:
        at = child(parts[0].at if parts else "", "properties", name)
        if not is_name(name):
            self._omitted.add("a property", at, "its name cannot be written")
            return None
        if any(_mapping(part.schema.get("properties")).get(name) is False for part in parts):
            self._omitted.add("`false`", at, "a contract does not say that a column must not be there")
            return None
        column = Carried(name, at, self._omitted)
        self._fill(column, self._own(name, parts), depth)
        return column

    def _own(self, name: str, parts: tuple[_Part, ...]) -> tuple[_Part, ...]:
        """All that is said of one property."""
        own: list[_Part] = []
        for part in parts:
            listed = _mapping(part.schema.get("properties"))
            if name in listed:
                own += self.parts(listed[name], child(part.at, "properties", name))
        return tuple(self._alternatives(own))

    def _takes_null(self, name: str, parts: tuple[_Part, ...]) -> bool:
        return all(takes_null(part.schema) for part in self._own(name, parts))

    def _alternatives(self, parts: Iterable[_Part]) -> Iterator[_Part]:
        """The parts, where ``anyOf`` or ``oneOf`` only adds null to one other schema, that schema with null allowed."""
        for part in parts:
            schema = dict(part.schema)
            for key in ("anyOf", "oneOf"):
                listed = sequence(schema.get(key))
                others = [one for one in listed if not _is_null(one)]
                if key not in schema or len(others) != 1 or len(others) == len(listed):
                    continue
                del schema[key]
                for below in self.parts(others[0], child(part.at, key, listed.index(others[0]))):
                    yield _Part({**below.schema, "nullable": True}, below.at)
            yield _Part(schema, part.at)

    def _fill(self, column: Carried, parts: tuple[_Part, ...], depth: int) -> None:
        column.description = next((said for part in parts if (said := text_of(part.schema.get("description")))), "")
        for part in parts:
            column.at = part.at or column.at
            carry_type(column, part.schema)
        for part in parts:
            column.at = part.at or column.at
            for key, value in part.schema.items():
                carry_keyword(column, key, value, part.schema)
        if column.column.logical_type == "object":
            self._object(column, parts, depth + 1)
        elif column.column.logical_type == "array":
            self._array(column, parts, depth + 1)

    def _object(self, column: Carried, parts: tuple[_Part, ...], depth: int) -> None:
        names = tuple({name: None for part in parts for name in _mapping(part.schema.get("properties"))})
        needed = [name for part in parts for name in sequence(part.schema.get("required")) if is_name(name)]
        column.need(name for name in needed if not self._takes_null(name, parts))
        if names and depth > _MAX_DEPTH:
            column.omit("`properties`", f"there are more than {_MAX_DEPTH} levels above it")
            return
        if any(part.at in self._open for part in parts):
            column.omit("`properties`", "they refer to themselves")
            return
        self._open += [part.at for part in parts]
        for name in names:
            inner = self._property(name, parts, depth)
            if inner is not None:
                column.within(inner)
        del self._open[len(self._open) - len(parts) :]

    def _array(self, column: Carried, parts: tuple[_Part, ...], depth: int) -> None:
        listed = [part for part in parts if isinstance(part.schema.get("items"), dict)]
        if not listed or depth > _MAX_DEPTH:
            return
        items = Carried("items", child(listed[0].at, "items"), self._omitted)
        below = [one for part in listed for one in self.parts(part.schema["items"], child(part.at, "items"))]
        self._fill(items, tuple(self._alternatives(below)), depth)
        if items.column.logical_type is not None:
            column.holds(items)


def _is_null(schema: object) -> bool:
    return isinstance(schema, dict) and schema.get("type") in ("null", ["null"])


def _within(root: Mapping[str, Any], reference: str) -> object | None:
    """What a reference within the file leads to."""
    if reference != "#" and not reference.startswith("#/"):
        return None
    found: Any = root
    for part in reference[2:].split("/")[:_MAX_REFERENCES] if reference != "#" else ():
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list) and key.isdecimal() and int(key) < len(found):
            found = found[int(key)]
        elif isinstance(found, dict) and key in found:
            found = found[key]
        else:
            return None
    return found


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
