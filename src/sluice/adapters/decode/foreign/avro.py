"""Avro schemas (``.avsc``): each field of a record is a column, ``required`` where its type is no union with null.

A file that lists several records at its top gives a table for each. Logical types of times, decimals and UUIDs are
types of columns. A record within a record has columns of its own; of what lists hold only the types are carried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sluice.adapters.decode.foreign.carrying import Carried, columns_of
from sluice.adapters.decode.foreign.values import Omissions, child, is_count, is_name, text_of
from sluice.domain.contract import LogicalType
from sluice.domain.draft import DraftTable
from sluice.domain.errors import ConfigError

_MAX_DEPTH = 64
# Levels within a column, unions and lists among them; and fields in all, since types may use each other.
_MAX_LEVELS = 8
_MAX_FIELDS = 20_000

# The standard has no type of bytes; their name alone is carried.
_PRIMITIVES: Mapping[str, LogicalType | None] = {
    "string": "string",
    "boolean": "boolean",
    "int": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "bytes": None,
    "null": None,
}
_NUMBERS = ("int", "long", "float", "double")
_LOGICAL: Mapping[str, tuple[LogicalType, tuple[str, ...]]] = {
    "date": ("date", ("int",)),
    "time-millis": ("time", ("int",)),
    "time-micros": ("time", ("long",)),
    **{
        f"{local}timestamp-{unit}": ("timestamp", ("long",))
        for local in ("", "local-")
        for unit in ("millis", "micros", "nanos")
    },
}
_NAMED = ("record", "error", "enum", "fixed")


def read(value: object, *, where: str, name: str, omitted: Omissions) -> tuple[DraftTable, ...]:
    """A table for the record, or for each record of a list. Raises ``ConfigError`` where there is none."""
    listed = value if isinstance(value, list) else [value]
    records = [one for one in listed if isinstance(one, dict) and one.get("type") in ("record", "error")]
    if not records:
        raise ConfigError("is no Avro record", where=where, remedy='give a schema of `"type": "record"`')
    reader = _Reader(where, omitted)
    for one in listed:
        reader.define(one, "", 0)
    tables: dict[str, DraftTable] = {}
    for record in records:
        own = record.get("name")
        table = reader.table(record, own if is_name(own) else name)
        if table.name in tables:
            raise ConfigError(f"describes the record `{table.name[:60]}` twice", where=where)
        tables[table.name] = table
    return tuple(tables.values())


class _Reader:
    def __init__(self, where: str, omitted: Omissions) -> None:
        self._where, self._omitted = where, omitted
        self._types: dict[str, Mapping[str, Any]] = {}
        self._n_fields = 0
        self._open: list[int] = []

    def define(self, schema: object, space: str, depth: int) -> None:
        """Remembers every type that has a name, below this one too, by its name with and without its space."""
        if depth > _MAX_DEPTH:
            raise ConfigError("is nested too deeply", where=self._where)
        if isinstance(schema, list):
            for branch in schema:
                self.define(branch, space, depth + 1)
        if not isinstance(schema, dict):
            return
        inner, own = schema.get("type"), schema.get("name")
        if inner in _NAMED and is_name(own):
            space = str(schema.get("namespace") or own.rpartition(".")[0] or space)
            short = own.rpartition(".")[2]
            self._types.setdefault(f"{space}.{short}", schema)
            self._types.setdefault(short, schema)
        elif isinstance(inner, dict | list):
            self.define(inner, space, depth + 1)
        for field in schema["fields"] if isinstance(schema.get("fields"), list) else ():
            self.define(field, space, depth + 1)
        for below in ("items", "values"):
            self.define(schema.get(below), space, depth + 1)

    def table(self, record: Mapping[str, Any], name: str) -> DraftTable:
        """The record's fields as columns."""
        fields = record.get("fields")
        if not isinstance(fields, list) or not fields:
            raise ConfigError(f"the record `{name[:60]}` has no fields", where=self._where)
        if record.get("aliases"):
            self._omitted.add("`aliases`", f"the record {name}", "a contract has one name for a table")
        self._open = [id(record)]
        columns = columns_of(self._columns(fields), self._omitted)
        if not columns:
            raise ConfigError(f"the record `{name[:60]}` has no fields", where=self._where)
        return DraftTable(name=name, columns=columns, description=text_of(record.get("doc")))

    def _columns(self, fields: list[Any], above: str = "", depth: int = 0) -> Iterator[Carried]:
        """A column for every field; ``required`` where it takes no null."""
        for index, field in enumerate(fields):
            self._n_fields += 1
            if self._n_fields > _MAX_FIELDS:
                raise ConfigError(
                    f"has more than {_MAX_FIELDS} fields, those of every use of a type", where=self._where
                )
            if not isinstance(field, dict) or not is_name(field.get("name")):
                self._omitted.add("a field", child(above, "fields", index), "it has no name that can be written")
                continue
            name = f"{above}.{field['name']}" if above else field["name"]
            column = Carried(field["name"], f"the field {name[:200]}", self._omitted)
            column.description = text_of(field.get("doc"))
            if field.get("aliases"):
                column.omit("`aliases`", "a contract has one name for a column")
            if "default" in field:
                column.omit("`default`", "a contract has no defaults")
            if not self._fill(column, field.get("type"), depth):
                column.require()
            yield column

    def _record(self, column: Carried, schema: Mapping[str, Any], depth: int) -> None:
        """The fields of a record within a record: those that take no null must be there in every such record."""
        fields = schema.get("fields")
        if depth > _MAX_LEVELS or not isinstance(fields, list):
            column.omit("`fields`", f"there are more than {_MAX_LEVELS} levels above them, or none of them")
            return
        if id(schema) in self._open:
            column.omit("`fields`", "they refer to themselves")
            return
        self._open.append(id(schema))
        inner = list(self._columns(fields, column.at.removeprefix("the field "), depth))
        self._open.pop()
        column.need(one.column.name for one in inner if one.column.required)
        for one in inner:
            one.column = replace(one.column, required=False)
            column.within(one)

    def _fill(self, column: Carried, schema: object, depth: int) -> bool:
        """Carries a type over; whether it takes null."""
        if depth > _MAX_DEPTH:
            raise ConfigError("has types that refer to themselves", where=self._where)
        if isinstance(schema, list):
            return self._union(column, schema, depth)
        if isinstance(schema, str):
            if schema in _PRIMITIVES:
                return self._primitive(column, schema)
            named = self._types.get(schema)
            if named is None:
                column.omit(f"the type {schema[:80]}", "it is not described in this file")
                return False
            return self._complex(column, named, depth)
        if not isinstance(schema, dict):
            column.omit("a type", "is none of Avro")
            return False
        inner = schema.get("type")
        if isinstance(inner, dict | list) or (isinstance(inner, str) and inner in self._types):
            return self._fill(column, inner, depth + 1)
        if isinstance(inner, str) and inner in _PRIMITIVES:
            return self._annotated(column, schema, inner)
        return self._complex(column, schema, depth)

    def _union(self, column: Carried, branches: list[Any], depth: int) -> bool:
        others = [
            one for one in branches if one != "null" and not (isinstance(one, dict) and one.get("type") == "null")
        ]
        nullable = len(others) < len(branches)
        if others and all(one in _NUMBERS for one in others):
            column.logical("number" if {"float", "double"} & set(others) else "integer")
            if len(others) == 1:
                column.physical(str(others[0]))
            return nullable
        if len(others) != 1:
            column.omit("a union of several types", "a column has one type")
            return nullable
        return self._fill(column, others[0], depth + 1) or nullable

    def _primitive(self, column: Carried, name: str) -> bool:
        kind = _PRIMITIVES[name]
        if kind is not None:
            column.logical(kind)
        if name in (*_NUMBERS, "bytes"):
            column.physical(name)
        return name == "null"

    def _annotated(self, column: Carried, schema: Mapping[str, Any], primitive: str) -> bool:
        """A primitive type with what its logical type says of it; one that does not fit is ignored, as Avro does."""
        logical = schema.get("logicalType")
        if logical == "uuid" and primitive == "string":
            column.logical("string")
            column.format("uuid")
        elif logical == "decimal" and primitive == "bytes" and self._decimal(column, schema):
            pass
        elif isinstance(logical, str) and logical in _LOGICAL and primitive in _LOGICAL[logical][1]:
            column.logical(_LOGICAL[logical][0])
        else:
            if logical is not None:
                column.omit(f"`logicalType` {str(logical)[:60]!r}", f"Avro has none of {primitive}")
            return self._primitive(column, primitive)
        return False

    def _decimal(self, column: Carried, schema: Mapping[str, Any]) -> bool:
        precision, scale = schema.get("precision"), schema.get("scale", 0)
        if not is_count(precision) or not is_count(scale) or not 0 < precision <= 76 or scale > precision:
            return False
        column.logical("number" if scale else "integer")
        column.physical(f"decimal({int(precision)},{int(scale)})")
        return True

    def _complex(self, column: Carried, schema: Mapping[str, Any], depth: int) -> bool:
        match schema.get("type"):
            case "enum" if isinstance(schema.get("symbols"), list):
                column.logical("string")
                column.allow(schema["symbols"])
            case "array":
                column.logical("array")
                items = Carried("items", f"{column.at}, its items", self._omitted)
                self._fill(items, schema.get("items"), depth + 1)
                if items.column.logical_type is not None:
                    column.holds(items)
            case "map":
                column.logical("object")
                column.omit("the type of a map's values")
            case "record" | "error":
                column.logical("object")
                self._record(column, schema, depth + 1)
            case "fixed" if schema.get("logicalType") == "decimal" and self._decimal(column, schema):
                pass
            case "fixed":
                column.physical("bytes")
                column.omit("`size`")
            case other:
                column.omit(f"the type {str(other)[:80]}", "is none of Avro")
        return False
