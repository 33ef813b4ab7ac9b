"""Avro schemas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sluice.domain.contract import Column
from sluice.domain.errors import ConfigError

Imported = Callable[..., Any]


def record(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "record", "name": "orders", "fields": list(fields), **more}


FIELDS: list[tuple[Any, dict[str, Any]]] = [
    ("string", {"logical_type": "string", "required": True}),
    ("boolean", {"logical_type": "boolean", "required": True}),
    ("int", {"logical_type": "integer", "physical_type": "int", "required": True}),
    ("long", {"logical_type": "integer", "physical_type": "long", "required": True}),
    ("float", {"logical_type": "number", "physical_type": "float", "required": True}),
    ("bytes", {"physical_type": "bytes", "required": True}),
    ({"type": "double"}, {"logical_type": "number", "physical_type": "double", "required": True}),
    (["null", "long"], {"logical_type": "integer", "physical_type": "long"}),
    (["long", "null"], {"logical_type": "integer", "physical_type": "long"}),
    (["null", "int", "double"], {"logical_type": "number"}),
    ({"type": "int", "logicalType": "date"}, {"logical_type": "date", "required": True}),
    ({"type": "int", "logicalType": "time-millis"}, {"logical_type": "time", "required": True}),
    ({"type": "long", "logicalType": "timestamp-millis"}, {"logical_type": "timestamp", "required": True}),
    ({"type": "long", "logicalType": "local-timestamp-micros"}, {"logical_type": "timestamp", "required": True}),
    ({"type": "string", "logicalType": "uuid"}, {"logical_type": "string", "format": "uuid", "required": True}),
    (
        {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2},
        {"logical_type": "number", "physical_type": "decimal(10,2)", "required": True},
    ),
    (
        ["null", {"type": "fixed", "name": "F", "size": 8, "logicalType": "decimal", "precision": 9}],
        {"logical_type": "integer", "physical_type": "decimal(9,0)"},
    ),
    (
        {"type": "enum", "name": "E", "symbols": ["A", "B"]},
        {"logical_type": "string", "allowed": ("A", "B"), "required": True},
    ),
]


@pytest.mark.parametrize(("kind", "expected"), FIELDS, ids=[str(kind) for kind, _ in FIELDS])
def test_fields(imported: Imported, kind: Any, expected: dict[str, Any]) -> None:
    found = imported(record({"name": "c", "type": kind}))
    assert found.language == "avro"
    assert found.columns == {"c": Column(name="c", **expected)}
    assert found.demands == [] and found.omitted == ()


def test_named_types_are_found_with_and_without_their_space(imported: Imported) -> None:
    state = {"type": "enum", "name": "State", "namespace": "x.y", "symbols": ["A"]}
    names = ("State", "x.y.State", ["null", "State"])
    fields = [{"name": f"f{index}", "type": name} for index, name in enumerate(names)]
    found = imported(record({"name": "c", "type": state}, *fields)).columns
    assert [found[name].allowed for name in ("c", "f0", "f1", "f2")] == [("A",)] * 4
    assert [found[name].required for name in ("c", "f0", "f1", "f2")] == [True, True, True, False]


def test_a_record_within_a_record(imported: Imported) -> None:
    fields = [{"name": "x", "type": "string"}, {"name": "y", "type": ["null", "string"]}]
    address = {"type": "record", "name": "Address", "fields": fields}
    listed = {"name": "d", "type": {"type": "array", "items": "Address"}}
    found = imported(record({"name": "c", "type": ["null", address]}, listed))
    assert found.columns["c"] == Column(name="c", logical_type="object", required_properties=("x",))
    assert found.columns["c.x"] == Column(name="c.x", logical_type="string", path=("c", "x"))
    assert found.columns["d[].y"] == Column(name="d[].y", logical_type="string", path=("d", "[]", "y"))
    assert found.omitted == (
        "what is demanded of values within a list at the field d, its items: only their type is measured",
    )


def test_what_cannot_be_carried_is_listed(imported: Imported) -> None:
    found = imported(
        record(
            {"name": "a", "type": "int", "default": 3, "aliases": ["b"]},
            {"name": "u", "type": ["int", "string"]},
            {"name": "m", "type": {"type": "map", "values": "long"}},
            {"name": "f", "type": {"type": "fixed", "name": "H", "size": 16}},
            {"name": "w", "type": {"type": "string", "logicalType": "date"}},
            {"name": "z", "type": "Nowhere"},
            {"type": "int"},
            aliases=["o"],
        )
    )
    assert set(found.omitted) == {
        "a field at fields[6]: it has no name that can be written",
        "`aliases` at the record orders: a contract has one name for a table",
        "`aliases` at the field a: a contract has one name for a column",
        "`default` at the field a: a contract has no defaults",
        "a union of several types at the field u: a column has one type",
        "the type of a map's values at the field m: no such demand in the standard",
        "`size` at the field f: no such demand in the standard",
        "`logicalType` 'date' at the field w: Avro has none of string",
        "the type Nowhere at the field z: it is not described in this file",
    }


def test_types_that_use_themselves_end(imported: Imported) -> None:
    tree = {
        "type": "record",
        "name": "T",
        "fields": [{"name": "l", "type": ["null", "T"]}, {"name": "v", "type": "int"}],
    }
    found = imported(record({"name": "c", "type": tree}))
    assert list(found.columns) == ["c", "c.l", "c.v"]
    assert found.omitted == ("`fields` at the field c.l: they refer to themselves",)


def test_several_records_are_several_tables(imported: Imported) -> None:
    one, two = record({"name": "a", "type": "int"}), record({"name": "b", "type": "orders"}) | {"name": "lines"}
    found = imported([one, two])
    assert list(found.tables) == ["orders", "lines"]
    assert [column.name for column in found.tables["lines"].columns] == ["b", "b.a"]


@pytest.mark.parametrize(
    "schema", [record(), [{"fields": []}], {"type": "enum", "name": "E", "symbols": ["A"], "fields": []}]
)
def test_what_is_no_record_is_refused(imported: Imported, schema: Any) -> None:
    with pytest.raises(ConfigError, match=r"has no fields|is no Avro record"):
        imported(schema)
