"""Open Data Contract Standard documents, as people write them and as nobody should."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, cast

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.adapters.decode import odcs
from sluice.adapters.decode.contract import load_contract
from sluice.core.validation import specs
from sluice.domain.bounds import inside
from sluice.domain.contract import (
    Bound,
    Column,
    Contract,
    Freshness,
    Key,
    Query,
    Relation,
    Retention,
    RowCount,
    Rule,
    Unsupported,
    ValueCount,
)
from sluice.domain.errors import ConfigError

HEAD: dict[str, Any] = {
    "apiVersion": "v3.1.0",
    "kind": "DataContract",
    "id": "x",
    "version": "1.0.0",
    "status": "active",
}


def load(document: object, dataset: str = "train") -> Contract:
    text = document if isinstance(document, bytes) else yaml.safe_dump(document, sort_keys=False).encode()
    return load_contract(text, path="c.odcs.yaml", dataset=dataset)


def table(*properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return HEAD | {"schema": [{"name": "train", "properties": list(properties), **more}]}


def column(**keys: Any) -> Column:
    return replace(load(table({"name": "c"} | keys)).columns[0], line=0)


def unsupported(contract: Contract) -> list[tuple[str | None, str, str]]:
    return [(one.column, one.what, one.severity) for one in contract.all(Unsupported)]


def refusal(document: object, dataset: str = "train") -> str:
    with pytest.raises(ConfigError) as refused:
        load(document, dataset)
    assert refused.value.exit_code == 2
    return refused.value.sentence


# -- columns --------------------------------------------------------------------------------------


def test_a_column() -> None:
    found = column(logicalType="integer", required=True, unique=True, description="x", tags=["a"], examples=[1])
    assert found == Column(name="c", logical_type="integer", required=True, unique=True)


def test_physical_types_are_demands_where_some_dialect_has_them_and_physical_names_are_names() -> None:
    assert column(physicalType="VARCHAR(3)", physicalName="C_1") == Column(name="C_1", physical_type="VARCHAR(3)")
    assert column(physicalType="dbo.Name") == Column(name="c")


def test_a_primary_key_is_required_and_alone_unique() -> None:
    assert column(primaryKey=True) == Column(name="c", required=True, unique=True)
    keys = [{"name": "a", "primaryKey": True, "primaryKeyPosition": 2}, {"name": "b", "primaryKey": True}]
    both = load(table(keys[0], keys[1] | {"primaryKeyPosition": 1}))
    assert [(one.required, one.unique) for one in both.columns] == [(True, False), (True, False)]
    assert both.demands == (Key(columns=("b", "a"), primary=True, line=9),)


@pytest.mark.parametrize(
    ("options", "bounds"),
    [
        ({"minimum": 1, "maximum": 2.5}, (1, False, 2.5, False)),
        ({"exclusiveMinimum": 1, "exclusiveMaximum": 2}, (1, True, 2, True)),
        ({"minimum": 1, "exclusiveMinimum": True, "maximum": 2, "exclusiveMaximum": False}, (1, True, 2, False)),
        ({"minimum": 1, "exclusiveMinimum": 0, "maximum": 2, "exclusiveMaximum": 3}, (1, False, 2, False)),
        ({"minimum": 1, "exclusiveMinimum": 1, "maximum": 2, "exclusiveMaximum": 2}, (1, True, 2, True)),
        ({"minimum": 0}, (0, False, None, False)),
    ],
)
def test_ranges(options: dict[str, Any], bounds: tuple[Any, ...]) -> None:
    found = column(logicalType="number", logicalTypeOptions=options)
    assert (found.minimum, found.exclusive_minimum, found.maximum, found.exclusive_maximum) == bounds


def test_ranges_of_times_are_iso_text() -> None:
    found = column(logicalType="date", logicalTypeOptions={"minimum": "2024-01-01", "format": "yyyy-MM-dd"})
    assert (found.minimum, found.maximum) == ("2024-01-01", None)
    options = {"minimum": "2024-01-01T00:00:00Z", "exclusiveMinimum": "2024-01-01T02:00:00+01:00"}
    found = column(logicalType="timestamp", logicalTypeOptions=options)
    assert (found.minimum, found.exclusive_minimum) == ("2024-01-01T02:00:00+01:00", True)


@pytest.mark.parametrize(
    ("logical", "options", "fields"),
    [
        ("string", {"minLength": 1, "maxLength": 5}, {"min_length": 1, "max_length": 5}),
        ("string", {"pattern": "^a$"}, {"pattern": "^a$"}),
        ("string", {"format": "email"}, {"format": "email"}),
        ("string", {"format": "yyyy-MM-dd HH:mm"}, {"format": "yyyy-MM-dd HH:mm"}),
        ("string", {"format": "password"}, {}),
        ("integer", {"multipleOf": 5, "format": "i32"}, {"multiple_of": 5, "format": "i32"}),
        ("number", {"format": "f32"}, {"format": "f32"}),
        ("timestamp", {"timezone": True}, {"physical_type": "timestamp with time zone"}),
        ("timestamp", {"timezone": False, "defaultTimezone": "UTC"}, {"physical_type": "timestamp without time zone"}),
        ("time", {"minimum": "08:00:00", "timezone": False}, {"minimum": "08:00:00"}),
        ("array", {"minItems": 1, "uniqueItems": True}, {"min_items": 1, "unique_items": True}),
        ("object", {"maxProperties": 2, "required": ["a"]}, {"max_properties": 2, "required_properties": ("a",)}),
    ],
)
def test_other_options(logical: str, options: dict[str, Any], fields: dict[str, Any]) -> None:
    contract = load(table({"name": "c", "logicalType": logical, "logicalTypeOptions": options}))
    assert contract.demands == ()
    assert replace(contract.columns[0], line=0) == Column(name="c", logical_type=cast("Any", logical), **fields)


@pytest.mark.parametrize(
    ("logical", "options"),
    [
        ("string", {"minLength": "1"}),
        ("string", {"format": "phone"}),
        ("string", {"minimum": "a"}),
        ("string", {"multipleOf": 5}),
        ("integer", {"multipleOf": 0}),
        ("integer", {"format": "i7"}),
        ("integer", {"minimum": "5"}),
        ("integer", {"exclusiveMinimum": True}),
        ("date", {"minimum": "01.02.2024"}),
        ("date", {"minimum": "2024-01-01T10:00:00"}),
        ("time", {"timezone": True}),
        ("array", {"minItems": -1}),
        ("number", {"invented": 1}),
        ("vector", {"normalized": True}),
    ],
)
def test_every_other_option_is_a_demand_that_cannot_be_measured(logical: str, options: dict[str, Any]) -> None:
    contract = load(table({"name": "c", "logicalType": logical, "logicalTypeOptions": options}))
    assert contract.columns[0].minimum is None
    (key, value), *_ = options.items()
    assert unsupported(contract) == [("c", f"logicalTypeOptions.{key}: {value!r}", "fail")]


@pytest.mark.parametrize("pattern", ["(?=a)b", "(a)\\1", "a++", "(a", "[z-a]", "a{2000}", "\\p{Klingon}", "x" * 3000])
def test_patterns_that_cannot_be_matched_in_bounded_time_are_refused(pattern: str) -> None:
    said = refusal(table({"name": "c", "logicalTypeOptions": {"pattern": pattern}}))
    assert "logicalTypeOptions.pattern: the pattern " in said and said.endswith("write it in the syntax of RE2")


def test_columns_within_columns() -> None:
    inner = {"name": "city", "physicalName": "CITY", "logicalType": "string", "required": True}
    lines = {"logicalType": "object", "properties": [{"name": "price", "logicalType": "number", "required": True}]}
    contract = load(
        table(
            {"name": "address", "logicalType": "object", "classification": "secret", "properties": [inner]},
            {"name": "lines", "logicalType": "array", "items": lines},
            {"name": "m", "logicalType": "map", "map": {"key": {"logicalType": "string"}, "value": {}}},
            {"name": "v", "logicalType": "vector", "logicalTypeOptions": {"dimensions": 3}},
        )
    )
    assert [(one.name, one.path, one.logical_type) for one in contract.columns] == [
        ("address", (), "object"),
        ("address.CITY", ("address", "CITY"), "string"),
        ("lines", (), "array"),
        ("lines[]", ("lines", "[]"), "object"),
        ("lines[].price", ("lines", "[]", "price"), "number"),
        ("m", (), "object"),
        ("m{key}", ("m", "{key}"), "string"),
        ("m{value}", ("m", "{value}"), None),
        ("v", (), "array"),
        ("v[]", ("v", "[]"), "number"),
    ]
    assert contract.columns[1].required and contract.columns[1].sensitive
    assert (contract.columns[8].min_items, contract.columns[8].max_items) == (3, 3)
    assert unsupported(contract) == [("lines[].price", "required of values within a list", "fail")]


def test_measures_are_no_columns() -> None:
    contract = load(table({"name": "total", "semanticType": "measure", "transformLogic": "SUM(x)"}))
    assert contract.columns == ()
    assert unsupported(contract) == [("total", "semanticType measure: an aggregate, no column", "fail")]


def test_enumerations() -> None:
    assert column(enum=[{"value": "a", "label": "A"}, {"value": 1}, {"value": True}, {"value": 1.0}]).allowed == (
        "a",
        1,
        True,
    )


def test_severity_of_a_column() -> None:
    warn = [{"property": "sluice.severity", "value": "warn"}, {"property": "other", "value": 3}]
    assert column(required=True, customProperties=warn).severity == "warn"
    said = refusal(table({"name": "c", "customProperties": [{"property": "sluice.severity", "value": "warning"}]}))
    assert said.endswith("schema[0].properties[0].customProperties[0].value: must be `fail` or `warn`")


@pytest.mark.parametrize(
    ("stated", "hidden"),
    [
        (None, False),
        ("public", False),
        ("Internal", False),
        ("restricted", True),
        ("CONFIDENTIAL", True),
        ("pii", True),
        ("whatever", True),
        (4, True),
    ],
)
def test_classified_columns_are_sensitive(stated: Any, hidden: bool) -> None:
    assert column(classification=stated).sensitive is hidden


@pytest.mark.parametrize(
    "inner",
    [
        {"logicalType": "array", "items": {"logicalType": "string", "classification": "secret"}},
        {"logicalType": "object", "properties": [{"name": "open"}, {"name": "c", "classification": "secret"}]},
    ],
)
def test_what_holds_something_classified_is_not_shown_either(inner: dict[str, Any]) -> None:
    contract = load(table({"name": "outer", **inner}, {"name": "other"}))
    hidden = {column.name: column.sensitive for column in contract.columns}
    assert (hidden["outer"], hidden["other"], hidden.get("outer.open", False)) == (True, False, False)


# -- quality --------------------------------------------------------------------------------------


def test_library_rules_of_a_column() -> None:
    rules = [
        {"metric": "nullValues", "mustBe": 0, "severity": "warning"},
        {"type": "library", "metric": "duplicateValues", "mustBeLessThan": 1, "unit": "rows"},
        {"metric": "invalidValues", "mustBeLessOrEqualTo": 0, "arguments": {"validValues": ["a", "b", None]}},
    ]
    contract = load(table({"name": "c", "quality": rules}))
    (found,) = contract.columns
    assert (found.required, found.unique, found.allowed) == (True, True, ("a", "b"))
    assert contract.all(Unsupported) == ()
    severities = {
        check: found.rule(check).severity for check in ("required", "unique", "allowed_values", "column_type")
    }
    assert severities == {"required": "warn", "unique": "fail", "allowed_values": "fail", "column_type": "fail"}
    assert found.rule("required").line == 11 and found.rule("unique").line == 14


def test_the_heavier_of_two_severities_holds() -> None:
    both = column(required=True, quality=[{"metric": "nullValues", "mustBe": 0, "severity": "warning"}])
    assert both.rule("required").severity == "fail"
    light = [{"property": "sluice.severity", "value": "warn"}]
    heavy = [{"metric": "nullValues", "mustBe": 0, "severity": "error"}]
    assert column(required=True, customProperties=light, quality=heavy).rule("required").severity == "fail"
    assert (
        column(customProperties=light, quality=[{"metric": "nullValues", "mustBe": 0}]).rule("required").severity
        == "warn"
    )


@pytest.mark.parametrize(
    "rule",
    [
        {"rule": "nullCheck"},
        {"rule": "nullValues", "mustBe": 0},
        {"metric": "missingValues", "mustBe": 0, "arguments": {"missingValues": [None]}},
        {"metric": "nullValues", "mustBe": 0, "unit": "percent"},
    ],
)
def test_other_ways_to_require(rule: dict[str, Any]) -> None:
    assert column(quality=[rule]).required


def test_allowed_values_of_the_first_version_and_their_intersection() -> None:
    assert column(quality=[{"rule": "validValues", "validValues": ["a", "b"]}]).allowed == ("a", "b")
    rule = {"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": ["b", "c"]}}
    assert column(enum=[{"value": "a"}, {"value": "b"}], quality=[rule]).allowed == ("b",)


def test_texts_are_documentation() -> None:
    rule = {"type": "text", "description": "it is nice"}
    contract = load(table({"name": "c", "quality": [rule]}, quality=[rule]))
    assert contract.demands == () and contract.columns[0].rules == {}


@pytest.mark.parametrize(
    ("rule", "demand"),
    [
        (
            {"metric": "nullValues", "mustBeLessThan": 1, "unit": "percent"},
            {"metric": "nullValues", "bound": Bound(maximum=1, exclusive_maximum=True, unit="percent")},
        ),
        (
            {"metric": "nullValues", "mustNotBe": 0},
            {"metric": "nullValues", "bound": Bound(minimum=0, maximum=0, negated=True)},
        ),
        (
            {"metric": "nullValues", "mustBeGreaterThan": 2, "mustBeLessThan": 5},
            {
                "metric": "nullValues",
                "bound": Bound(minimum=2, maximum=5, exclusive_minimum=True, exclusive_maximum=True),
            },
        ),
        (
            {"metric": "missingValues", "mustBe": 0, "arguments": {"missingValues": [None, ""]}},
            {"metric": "missingValues", "bound": Bound(minimum=0, maximum=0), "missing": (None, "")},
        ),
        (
            {"metric": "invalidValues", "mustBe": 0, "arguments": {"pattern": "^a", "validValues": ["a"]}},
            {"metric": "invalidValues", "bound": Bound(minimum=0, maximum=0), "valid": ("a",), "pattern": "^a"},
        ),
        (
            {"metric": "invalidValues", "mustBe": 0, "arguments": None, "pattern": "^a"},
            {"metric": "invalidValues", "bound": Bound(minimum=0, maximum=0), "pattern": "^a"},
        ),
        (
            {"rule": "duplicateCount", "mustBeBetween": [0, 10]},
            {"metric": "duplicateValues", "bound": Bound(minimum=0, maximum=10)},
        ),
        (
            {"metric": "duplicateValues", "mustNotBeBetween": [5, 10]},
            {"metric": "duplicateValues", "bound": Bound(minimum=5, maximum=10, negated=True)},
        ),
    ],
)
def test_rules_that_allow_some(rule: dict[str, Any], demand: dict[str, Any]) -> None:
    contract = load(table({"name": "c", "quality": [rule | {"severity": "info"}]}))
    assert [replace(one, line=0) for one in contract.demands] == [ValueCount(columns=("c",), severity="warn", **demand)]
    found = contract.columns[0]
    assert not (found.required or found.unique or found.allowed)


@pytest.mark.parametrize(
    "rule",
    [
        {"type": "sql", "query": "SELECT 1"},
        {"type": "custom", "engine": "soda", "implementation": "x"},
        {"metric": "nullValues"},
        {"metric": "nullValues", "mustBe": 0, "unit": "bananas"},
        {"metric": "nullValues", "mustBe": 0, "arguments": {"where": "x"}},
        {"metric": "missingValues", "mustBe": 0},
        {"metric": "invalidValues", "mustBe": 0},
        {"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": ["a"], "minLength": "x"}},
        {"metric": "rowCount", "mustBe": 5, "unit": "percent"},
        {"metric": "invented", "mustBe": 0},
    ],
)
def test_every_other_rule_is_a_demand_that_cannot_be_measured(rule: dict[str, Any]) -> None:
    contract = load(table({"name": "c", "quality": [rule | {"severity": "info"}]}))
    assert [(one.column, one.severity) for one in contract.all(Unsupported)] == [("c", "warn")]
    found = contract.columns[0]
    assert not (found.required or found.unique or found.allowed)


def test_statements() -> None:
    rule = {
        "query": "SELECT COUNT(*) FROM ${table} t, {object} WHERE {property} > 0 AND $column ~ 'a{3}'",
        "mustBe": True,
    }
    below = load(table({"name": 'a"b', "quality": [rule | {"type": "sql", "name": "few"}]}, physicalName="T"))
    (query,) = below.all(Query)
    assert query.sql == """SELECT COUNT(*) FROM data t, data WHERE "a""b" > 0 AND "a""b" ~ 'a{3}'"""
    assert (query.name, query.column, query.tables) == ("few", 'a"b', ("train", "T"))
    assert query.bound == Bound(minimum=1, maximum=1)
    (beside,) = load(table({"name": "c"}, quality=[{"query": "SELECT 1", "mustBeLessThan": -1}])).all(Query)
    assert (beside.column, beside.bound) == (None, Bound(maximum=-1, exclusive_maximum=True))
    assert "names no column here" in refusal(table({"name": "c"}, quality=[rule | {"type": "sql"}]))


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        ({"mustBe": 5}, (5, 5)),
        ({"mustBeBetween": [10, 20]}, (10, 20)),
        ({"mustBeGreaterThan": 10}, (11, None)),
        ({"mustBeGreaterOrEqualTo": 10.5}, (11, None)),
        ({"mustBeGreaterThanOrEqualTo": 10}, (10, None)),
        ({"mustBeLessThan": 10}, (None, 9)),
        ({"mustBeLessOrEqualTo": 10}, (None, 10)),
        ({"mustBeGreaterThan": 1, "mustBeLessThan": 9, "unit": "rows"}, (2, 8)),
    ],
)
def test_numbers_of_rows(rule: dict[str, Any], rows: tuple[int | None, int | None]) -> None:
    contract = load(table({"name": "c"}, quality=[{"metric": "rowCount"} | rule]))
    (found,) = contract.all(RowCount)
    assert (found.bound.minimum, found.bound.maximum) == rows


def test_every_number_of_rows_is_a_demand_of_its_own() -> None:
    rules = [
        {"metric": "rowCount", "mustBeGreaterThan": 10, "severity": "warning"},
        {"metric": "rowCount", "mustBeLessThan": 100},
    ]
    contract = load(table({"name": "c"}, quality=rules))
    assert contract.all(RowCount) == (
        RowCount(bound=Bound(minimum=11), severity="warn", line=11),
        RowCount(bound=Bound(maximum=99), line=14),
    )


def test_other_numbers_of_rows() -> None:
    rule = {"metric": "rowCount", "mustNotBeBetween": [1, 2], "mustBeGreaterThan": 0}
    assert [one.bound for one in load(table({"name": "c"}, quality=[rule])).all(RowCount)] == [
        Bound(minimum=1),
        Bound(minimum=1, maximum=2, negated=True),
    ]
    nothing = load(table({"name": "c"}, quality=[{"metric": "rowCount"}]))
    assert not nothing.all(RowCount) and len(nothing.all(Unsupported)) == 1


def test_duplicates_over_columns() -> None:
    rule = {"metric": "duplicateValues", "mustBe": 0}
    one = load(table({"name": "a", "physicalName": "A"}, quality=[rule | {"arguments": {"properties": ["a"]}}]))
    assert one.columns[0].unique and one.demands == ()
    both = {"arguments": {"properties": ["a", "b"]}}
    two = load(table({"name": "a"}, {"name": "b"}, quality=[rule | both]))
    assert [one.columns for one in two.all(Key)] == [("a", "b")] and not two.columns[0].unique
    some = load(table({"name": "a"}, {"name": "b"}, quality=[rule | both | {"mustBe": 3}]))
    assert [one.columns for one in some.all(ValueCount)] == [("a", "b")]
    strange = load(table({"name": "a"}, quality=[rule | {"arguments": {"properties": ["a", "z"]}}]))
    assert len(strange.all(Unsupported)) == 1


# -- relationships --------------------------------------------------------------------------------

OTHER = {"name": "orders", "id": "o", "properties": [{"name": "id", "physicalName": "ID", "id": "k"}, {"name": "at"}]}


def related(*relationships: dict[str, Any], **more: Any) -> Contract:
    document = table({"name": "c", "relationships": list(relationships)}, {"name": "d"}, id="t", **more)
    document["schema"].append(OTHER)
    return load(document)


@pytest.mark.parametrize(
    ("to", "table", "column"),
    [
        ("orders.id", "orders", "ID"),
        ("schema/o/properties/k", "orders", "ID"),
        ("elsewhere.key", "elsewhere", "key"),
        ("orders.unlisted", "orders", "unlisted"),
    ],
)
def test_a_column_that_names_rows_of_another_table(to: str, table: str, column: str) -> None:
    contract = related({"to": to, "type": "foreignKey"})
    assert contract.all(Unsupported) == ()
    (found,) = contract.all(Relation)
    assert (found.columns, found.table, found.to) == (("c",), table, (column,))


def test_relationships_of_several_columns() -> None:
    pair = {"from": ["train.c", "d"], "to": ["orders.id", "orders.at"]}
    (found,) = related(relationships=[pair]).all(Relation)
    assert (found.columns, found.to) == (("c", "d"), ("ID", "at"))


@pytest.mark.parametrize(
    "relationship",
    [
        {"to": "other.yaml#/schema/o/properties/k"},
        {"to": "schema/unknown/properties/k"},
        {"to": "orders.id", "type": "inheritance"},
        {"to": "nothing"},
    ],
)
def test_relationships_that_cannot_be_followed(relationship: dict[str, Any]) -> None:
    contract = related(relationship)
    assert contract.all(Relation) == () and len(contract.all(Unsupported)) == 1


# -- service levels -------------------------------------------------------------------------------


def fresh(*levels: dict[str, Any], **more: Any) -> Contract:
    return load(table({"name": "t", "physicalName": "T"}, {"name": "a.b"}) | {"slaProperties": list(levels)} | more)


@pytest.mark.parametrize(
    ("level", "column", "age_s"),
    [
        ({"property": "freshness", "value": 2, "unit": "h", "element": "train.t"}, "T", 7200.0),
        ({"property": "latency", "value": 4, "unit": "d", "element": "t"}, "T", 345_600.0),
        ({"property": "ly", "value": 0.5, "unit": "Minutes", "element": "train.a.b"}, "a.b", 30.0),
        ({"property": "Freshness", "value": 1, "unit": "week", "element": "a.b"}, "a.b", 604_800.0),
    ],
)
def test_freshness(level: dict[str, Any], column: str, age_s: float) -> None:
    contract = fresh(level)
    (found,) = contract.all(Freshness)
    assert (found.column, found.max_age_s, contract.all(Unsupported)) == (column, age_s, ())


def test_freshness_of_several_columns_with_a_severity() -> None:
    light = [{"property": "sluice.severity", "value": "warn"}]
    level = {"property": "latency", "value": 1, "unit": "s", "element": "train.t, a.b", "customProperties": light}
    found = fresh(level).all(Freshness)
    line = found[0].line
    assert found == tuple(Freshness(column=name, max_age_s=1.0, severity="warn", line=line) for name in ("T", "a.b"))


@pytest.mark.parametrize(
    "level",
    [
        {"property": "freshness", "value": 4, "unit": "m", "element": "t"},
        {"property": "freshness", "value": 4, "element": "t"},
        {"property": "freshness", "value": "4", "unit": "d", "element": "t"},
        {"property": "freshness", "value": -4, "unit": "d", "element": "t"},
        {"property": "freshness", "value": True, "unit": "d", "element": "t"},
        {"property": "freshness", "value": 4, "unit": "d", "element": "train.absent"},
        {"property": "freshness", "value": 4, "unit": "d"},
        {"property": "completeness", "value": 99, "unit": "percent", "element": "t"},
    ],
)
def test_other_service_levels_of_data_cannot_be_measured(level: dict[str, Any]) -> None:
    contract = fresh(level)
    assert contract.all(Freshness) == () and len(contract.all(Unsupported)) == 1


def test_service_levels_of_the_service_are_no_demands_on_data() -> None:
    contract = fresh(
        {"property": "retention", "value": 3, "unit": "y"},
        {"property": "generalAvailability", "value": "2022-05-12T09:30:10-08:00"},
        {"property": "timeOfAvailability", "value": "09:00-08:00"},
    )
    assert contract.all(Freshness) == contract.all(Unsupported) == ()


def test_how_long_data_may_be_kept() -> None:
    (found,) = fresh({"property": "retention", "value": 3, "unit": "y", "element": "train.t"}).all(Retention)
    assert (found.column, found.max_age_s) == ("T", 3 * 31_557_600.0)


def test_the_default_element_is_used() -> None:
    level = {"property": "freshness", "value": 1, "unit": "d"}
    assert fresh(level, slaDefaultElement="train.t").all(Freshness)[0].column == "T"


def test_another_tables_freshness_is_not_ours() -> None:
    document = table({"name": "t"})
    document["schema"].append({"name": "other", "properties": [{"name": "u"}]})
    document["slaProperties"] = [{"property": "freshness", "value": 1, "unit": "d", "element": "other.u"}]
    contract = load(document)
    assert contract.all(Freshness) == contract.all(Unsupported) == ()


# -- documents ------------------------------------------------------------------------------------


def test_one_table_of_several_is_chosen_by_name() -> None:
    document = HEAD | {
        "schema": [
            {"name": "train", "properties": [{"name": "a"}]},
            {"name": "x", "physicalName": "valid", "properties": [{"name": "b"}]},
        ]
    }
    assert load(document, "train").columns[0].name == "a"
    assert load(document, "valid").columns[0].name == "b"
    said = refusal(document, "test")
    assert said == "c.odcs.yaml:6: schema: has several tables (`train`, `x`), and not one of the name `test`"


def test_the_only_table_needs_no_name_in_common() -> None:
    contract = load(table({"name": "a"}), "anything")
    assert (contract.name, contract.version, contract.path) == ("train", "1.0.0", "c.odcs.yaml")
    assert len(contract.sha256) == 64


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"", "c.odcs.yaml:1: is not an Open Data Contract Standard document; begin it with `kind: DataContract`"),
        (b"- a\n", "c.odcs.yaml:1: is not an Open Data Contract Standard document; begin it with `kind: DataContract`"),
        (HEAD, "c.odcs.yaml:1: schema: names no table"),
        (HEAD | {"kind": "Other"}, "c.odcs.yaml:2: kind: is 'Other', not `DataContract`"),
        (
            HEAD | {"apiVersion": "v2.2.2"},
            "c.odcs.yaml:1: apiVersion: is 'v2.2.2'; write the contract in version v3.0 to v3.2",
        ),
        (
            HEAD | {"apiVersion": "v3.9.0"},
            "c.odcs.yaml:1: apiVersion: is 'v3.9.0'; write the contract in version v3.0 to v3.2",
        ),
        (HEAD | {"schema": {}}, "c.odcs.yaml:6: schema: must be a list"),
        (HEAD | {"schema": ["a"]}, "c.odcs.yaml:7: schema[0]: must be a mapping"),
        (HEAD | {"schema": [{"properties": []}]}, "c.odcs.yaml:7: schema[0].name: is missing"),
        (table(), "c.odcs.yaml:7: schema[0]: demands nothing of the data; list its columns under `properties`"),
        (table({"name": 5}), "c.odcs.yaml:9: schema[0].properties[0].name: must be a text"),
        (
            table({"name": "c", "requird": True}),
            "c.odcs.yaml:10: schema[0].properties[0].requird: is not a key of the standard; did you mean `required`?",
        ),
        (
            table({"name": "c", "required": "yes"}),
            "c.odcs.yaml:10: schema[0].properties[0].required: must be true or false",
        ),
        (
            table({"name": "c"}, {"name": "c"}),
            "c.odcs.yaml:10: schema[0].properties[1]: the column `c` is described twice",
        ),
        (
            table({"name": "c", "quality": [{"metric": "nullValues", "mustbe": 0}]}),
            "c.odcs.yaml:12: schema[0].properties[0].quality[0].mustbe: is not a key of the standard; "
            "did you mean `mustBe`?",
        ),
        (table({"name": "c", "enum": []}), "c.odcs.yaml:10: schema[0].properties[0].enum: allows no value"),
        (
            table({"name": "c"}, quality=[{"metric": "rowCount", "mustBeBetween": [5, 1]}]),
            "c.odcs.yaml:11: schema[0].quality[0]: no number can fulfil it",
        ),
        (
            table({"name": "c"}, quality=[{"metric": "rowCount", "mustBe": "5"}]),
            "c.odcs.yaml:12: schema[0].quality[0].mustBe: must be a number",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(document: object, said: str) -> None:
    assert refusal(document) == said


def test_unknown_logical_types_are_refused() -> None:
    assert "`int` is not a logical type" in refusal(table({"name": "c", "logicalType": "int"}))


def test_the_vocabulary_is_that_of_the_standard() -> None:
    from open_data_contract_standard.model import OpenDataContractStandard

    defs = json.loads(OpenDataContractStandard.json_schema())["$defs"]
    element = set(defs["SchemaElement"]["properties"])
    assert element | set(defs["SchemaObject"]["properties"]) <= odcs.TABLE_KEYS
    columns = (
        element | set(defs["SchemaBaseProperty"]["properties"]) | set(defs["SchemaProperty"].get("properties", {}))
    )
    assert columns <= odcs.COLUMN_KEYS
    rules: set[str] = set(defs["DataQuality"]["properties"])
    for name in ("DataQualityLibrary", "DataQualitySql", "DataQualityCustom"):
        rules |= set(defs[name]["properties"])
    operators = {key for one in defs["DataQualityOperators"]["oneOf"] for key in one["properties"]}
    assert rules <= odcs.RULE_KEYS and operators <= odcs.OPERATORS


KEYS = st.sampled_from(sorted(odcs.TABLE_KEYS | odcs.COLUMN_KEYS | odcs.RULE_KEYS | {"property", "value", "element"}))
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64)
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["integer", "date", "2024-01-01", "rowCount", "nullValues", "library", "warn", "freshness", "d"])
)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=12
)


@settings(max_examples=400, deadline=None)
@given(column=st.dictionaries(KEYS, TREES, max_size=8), rule=st.dictionaries(KEYS, TREES, max_size=6), level=TREES)
def test_documents_of_the_right_words_load_or_are_refused(column: Any, rule: Any, level: Any) -> None:
    document = table({"name": "c"} | column, {"name": "d", "quality": [rule]}, quality=[rule])
    document["slaProperties"] = [{"property": "freshness", "value": 1} | level] if isinstance(level, dict) else level
    try:
        contract = load(json.dumps(document).encode())
    except ConfigError as problem:
        said = problem.sentence
    else:
        said = ""
        assert contract.columns or contract.demands
    assert "\n" not in said and len(said) < 1000


METRICS = ("nullValues", "missingValues", "invalidValues", "duplicateValues")
OPTIONS = st.dictionaries(
    st.sampled_from(
        "minLength maxLength pattern format multipleOf minimum maximum exclusiveMinimum exclusiveMaximum minItems "
        "maxItems uniqueItems required minProperties maxProperties timezone dimensions elementType normalized".split()
    ),
    LEAVES | st.sampled_from(["^a", "(?=a)", "email", "i8", "yyyy-MM-dd", "08:00:00", ["a"], [1]]),
    max_size=5,
)
TYPES = st.sampled_from(
    ["string", "integer", "number", "date", "timestamp", "time", "array", "object", "vector", "map"]
)
RULES = st.fixed_dictionaries(
    {"metric": st.sampled_from([*METRICS, "rowCount", "other"])},
    optional={
        **{key: st.integers(-1, 5) | st.floats(0, 100) | st.just([1, 2]) for key in sorted(odcs.OPERATORS)},
        "unit": st.sampled_from(["rows", "percent", "x"]),
        "arguments": st.dictionaries(
            st.sampled_from(["missingValues", "validValues", "pattern", "properties", "minLength"]),
            st.just(["c"]) | st.just("^a") | LEAVES,
            max_size=3,
        ),
    },
)


@settings(max_examples=400, deadline=None)
@given(logical=TYPES, options=OPTIONS, rules=st.lists(RULES, max_size=3), physical=st.text(max_size=12))
def test_whatever_is_not_refused_is_a_demand_or_said_not_to_be_measured(
    logical: str, options: dict[str, Any], rules: list[dict[str, Any]], physical: str
) -> None:
    one = {"name": "c", "logicalType": logical, "logicalTypeOptions": options, "physicalType": physical}
    document = table(one | {"quality": rules}, quality=rules)
    try:
        contract = load(json.dumps(document).encode())
    except ConfigError:
        return
    # Every demand has a place in the file, and every specification a name of its own or the very same meaning.
    assert all(demand.line > 0 for demand in contract.demands)
    assert all(spec.limit and spec.line >= 0 for spec in specs(contract))


@settings(max_examples=200, deadline=None)
@given(
    st.integers(-5, 5),
    st.integers(-5, 5),
    st.sampled_from(sorted(odcs.OPERATORS - {"mustBeBetween", "mustNotBeBetween"})),
)
def test_operators_mean_what_they_say(limit: int, value: int, operator: str) -> None:
    rule = {"type": "sql", "query": "SELECT 1", operator: limit}
    (query,) = load(table({"name": "c", "quality": [rule]})).all(Query)
    meaning = {
        "mustBe": value == limit,
        "mustNotBe": value != limit,
        "mustBeGreaterThan": value > limit,
        "mustBeLessThan": value < limit,
    }
    expected = meaning.get(operator, value >= limit if "Greater" in operator else value <= limit)
    assert inside(query.bound, value) is expected


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | TREES.map(lambda tree: json.dumps(tree).encode()))
def test_garbage_is_refused_and_nothing_else_happens(text: bytes) -> None:
    with pytest.raises(ConfigError):
        load(text)


def test_wide_documents_take_no_long_time() -> None:
    many = [{"name": f"c{index}", "primaryKey": True} for index in range(15_000)]
    levels = [{"property": "freshness", "value": 1, "unit": "d", "element": "c1"}] * 5
    text = json.dumps(table(*many) | {"slaProperties": levels}).encode()
    contract = load(text)
    assert len(contract.columns) == 15_000 and len(contract.all(Freshness)) == 5


def test_a_rule_keeps_its_line() -> None:
    found = column(quality=[{"metric": "nullValues", "mustBe": 0}])
    assert found.rules == {"required": Rule(severity="fail", line=11)}
