"""JSON Schema, drafts 4 to 2020-12."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sluice.domain.contract import Column
from sluice.domain.errors import ConfigError

Imported = Callable[..., Any]

COLUMNS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"type": "integer", "minimum": 1, "maximum": 9}, {"logical_type": "integer", "minimum": 1, "maximum": 9}),
    (
        {"type": "number", "exclusiveMinimum": 0.5, "multipleOf": 0.25},
        {"logical_type": "number", "minimum": 0.5, "exclusive_minimum": True, "multiple_of": 0.25},
    ),
    (  # draft 4
        {"type": "integer", "maximum": 9, "exclusiveMaximum": True, "minimum": 1, "exclusiveMinimum": False},
        {"logical_type": "integer", "minimum": 1, "maximum": 9, "exclusive_maximum": True},
    ),
    (  # both ends of one side: the tighter holds
        {"type": "integer", "minimum": 1, "exclusiveMinimum": 3},
        {"logical_type": "integer", "minimum": 3, "exclusive_minimum": True},
    ),
    (
        {"type": "string", "minLength": 1, "maxLength": 5.0, "pattern": "^[a-z]+$"},
        {"logical_type": "string", "min_length": 1, "max_length": 5, "pattern": "^[a-z]+$"},
    ),
    ({"type": "string", "format": "uuid"}, {"logical_type": "string", "format": "uuid"}),
    ({"type": "string", "format": "date"}, {"logical_type": "date"}),
    ({"type": "string", "format": "date-time"}, {"logical_type": "timestamp"}),
    ({"type": ["string", "null"]}, {"logical_type": "string"}),
    ({"type": ["integer", "number"]}, {"logical_type": "number"}),
    ({"type": "boolean"}, {"logical_type": "boolean"}),
    ({"enum": ["a", "b", None]}, {"logical_type": "string", "allowed": ("a", "b")}),
    ({"type": "integer", "const": 3}, {"logical_type": "integer", "allowed": (3,)}),
    ({"$ref": "#/$defs/x"}, {"logical_type": "integer", "minimum": 7}),
    (
        {"allOf": [{"$ref": "#/$defs/x"}, {"maximum": 9}, {"minimum": 8}]},
        {"logical_type": "integer", "minimum": 8, "maximum": 9},
    ),
    ({"anyOf": [{"type": "null"}, {"type": "string", "maxLength": 3}]}, {"logical_type": "string", "max_length": 3}),
    (
        {"type": "array", "minItems": 1, "uniqueItems": True},
        {"logical_type": "array", "min_items": 1, "unique_items": True},
    ),
    ({"type": "object", "maxProperties": 4}, {"logical_type": "object", "max_properties": 4}),
    ({"title": "x", "default": 1, "examples": [1], "$comment": "y", "deprecated": True}, {}),
    ({}, {}),
]


def table(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "$defs": {"x": {"type": "integer", "minimum": 7}}}


@pytest.mark.parametrize(("schema", "expected"), COLUMNS, ids=[str(schema) for schema, _ in COLUMNS])
def test_columns(imported: Imported, schema: dict[str, Any], expected: dict[str, Any]) -> None:
    found = imported(table(c=schema))
    assert found.language == "json-schema"
    assert found.columns == {"c": Column(name="c", **expected)}
    assert found.demands == [] and found.omitted == ()


@pytest.mark.parametrize(
    ("schema", "required"),
    [
        ({"type": "string"}, True),
        ({"type": ["string", "null"]}, False),
        ({}, False),
        ({"enum": ["a"]}, True),
        ({"enum": ["a", None]}, False),
        ({"const": 1}, True),
        ({"oneOf": [{"type": "integer"}, {"type": "null"}]}, False),
        ({"allOf": [{"type": ["integer", "null"]}, {"type": "integer"}]}, True),
        ({"type": "string", "nullable": True}, False),
    ],
)
def test_a_key_that_must_be_there_and_may_not_be_null_is_required(
    imported: Imported, schema: dict[str, Any], required: bool
) -> None:
    found = imported({**table(c=schema, d=schema), "required": ["c"]}).columns
    assert (found["c"].required, found["d"].required) == (required, False)


NONE = "no such demand in the standard"
LEFT_OUT: list[tuple[dict[str, Any], str, str, str]] = [
    ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "`anyOf`", "", NONE),
    ({"type": ["integer", "string"]}, "`type`", "", "several types, or one that JSON has not"),
    ({"type": "string", "pattern": "^(?=a)"}, "the pattern `^(?=a)`", "", "looks ahead"),
    ({"type": "string", "format": "iri"}, "`format`", "", NONE),
    ({"minimum": 3}, "`minimum`", "", NONE),
    ({"type": "integer", "maximum": 10**30}, "`maximum`", "", NONE),
    ({"$ref": "https://x.org/y"}, "`$ref` 'https://x.org/y'", "", "leads to nothing in this file"),
    ({"not": {"const": 1}}, "`not`", "", NONE),
    ({"if": {}, "then": {}}, "`if`", "", NONE),
    ({"type": "object", "additionalProperties": False}, "`additionalProperties`", "", NONE),
    (
        {"type": "array", "items": {"type": "string", "minLength": 2}},
        "what is demanded of values within a list",
        ".items",
        "only their type is measured",
    ),
    (
        {"enum": [{"a": 1}]},
        "a list of values",
        "",
        "holds none that a contract can list, or something that is no single value",
    ),
    ({"type": "string", "minLength": 5, "maxLength": 2}, "from 5 to 2 length", "", "no value has so many"),
]


@pytest.mark.parametrize(("schema", "what", "below", "why"), LEFT_OUT, ids=[str(one[0]) for one in LEFT_OUT])
def test_what_cannot_be_carried_is_listed(
    imported: Imported, schema: dict[str, Any], what: str, below: str, why: str
) -> None:
    found, line = imported(table(c=schema)), f"{what} at properties.c{below}: {why}"
    assert line in found.omitted
    assert f"# - {line}\n" in found.text


def test_what_must_not_be_there_is_no_column(imported: Imported) -> None:
    found = imported(table(c=False, d=True))
    assert list(found.columns) == ["d"]
    assert found.omitted == ("`false` at properties.c: a contract does not say that a column must not be there",)


def test_objects_within_have_columns_of_their_own(imported: Imported) -> None:
    inner = {"type": "object", "required": ["x", "y"], "properties": {"x": {"type": "integer", "minimum": 1}, "y": {}}}
    found = imported(table(c=inner, d={"type": "array", "items": inner}))
    assert found.columns["c"].required_properties == ("x",)
    assert found.columns["c.x"] == Column(name="c.x", logical_type="integer", minimum=1, path=("c", "x"))
    assert found.columns["d[].x"].logical_type == "integer"
    assert found.columns["d[].x"].minimum is None


def test_a_schema_that_refers_to_itself_ends(imported: Imported) -> None:
    tree = {"type": "object", "properties": {"left": {"$ref": "#/$defs/t"}, "n": {"type": "integer"}}}
    found = imported({"type": "object", "properties": {"c": {"$ref": "#/$defs/t"}}, "$defs": {"t": tree}})
    assert list(found.columns) == ["c", "c.left", "c.n"]
    assert found.omitted == ("`properties` at #/$defs/t: they refer to themselves",)
    loop = {"$ref": "#/$defs/a"}
    with pytest.raises(ConfigError, match="refers to itself"):
        imported({"properties": {"c": loop}, "$defs": {"a": {"allOf": [loop, loop]}}})
    doubling = {f"d{step}": {"allOf": [{"$ref": f"#/$defs/d{step + 1}"}] * 2} for step in range(60)}
    with pytest.raises(ConfigError, match="too many others"):
        imported({"properties": {"c": {"$ref": "#/$defs/d0"}}, "$defs": doubling})


def test_a_list_of_objects_is_a_table(imported: Imported) -> None:
    row = {"$ref": "#/definitions/row"}
    found = imported(
        {"type": "array", "items": row, "definitions": {"row": {"properties": {"c": {"type": "integer"}}}}}
    )
    assert found.columns == {"c": Column(name="c", logical_type="integer")}


@pytest.mark.parametrize(
    "schema", [{"$schema": "x"}, {"properties": {"a": False}}, {"properties": {}}, {"items": {"type": "string"}}]
)
def test_a_schema_without_columns_is_refused(imported: Imported, schema: object) -> None:
    with pytest.raises(ConfigError, match="describes no properties"):
        imported(schema)
