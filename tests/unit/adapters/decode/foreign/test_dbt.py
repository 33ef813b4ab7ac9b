"""dbt property files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from sluice.domain.contract import Bound, Column, Freshness, Key, Query, Relation, RowCount, ValueCount
from sluice.domain.errors import ConfigError

Imported = Callable[..., Any]
NONE = Bound(minimum=0, maximum=0)


def model(*columns: dict[str, Any], **more: Any) -> bytes:
    return yaml.safe_dump({"version": 2, "models": [{"name": "orders", "columns": list(columns), **more}]}).encode()


def with_tests(*tests: Any, section: str = "tests", **more: Any) -> bytes:
    return model({"name": "c", section: list(tests), **more})


COLUMNS: list[tuple[Any, dict[str, Any]]] = [
    ("not_null", {"required": True}),
    ("unique", {"unique": True}),
    ({"unique": {"config": {"severity": "error"}}}, {"unique": True}),
    ({"accepted_values": {"values": ["a", "b"]}}, {"allowed": ("a", "b")}),
    ({"accepted_values": {"arguments": {"values": [1, 2]}, "config": {"tags": ["x"]}}}, {"allowed": (1, 2)}),
    ({"name": "mine", "test_name": "accepted_values", "values": ["a"]}, {"allowed": ("a",)}),
    (
        {"dbt_utils.accepted_range": {"min_value": 0, "max_value": 9}},
        {"logical_type": "number", "minimum": 0, "maximum": 9},
    ),
    (
        {"dbt_utils.accepted_range": {"min_value": 0, "inclusive": False}},
        {"logical_type": "number", "minimum": 0, "exclusive_minimum": True},
    ),
    (
        {"dbt_expectations.expect_column_values_to_be_between": {"max_value": 3}},
        {"logical_type": "number", "maximum": 3},
    ),
    (
        {"dbt_expectations.expect_column_values_to_be_of_type": {"column_type": "date"}},
        {"logical_type": "date", "physical_type": "date"},
    ),
    (
        {"dbt_expectations.expect_column_value_lengths_to_equal": {"value": 2}},
        {"logical_type": "string", "min_length": 2, "max_length": 2},
    ),
]


@pytest.mark.parametrize("section", ["tests", "data_tests"])
@pytest.mark.parametrize(("test", "expected"), COLUMNS, ids=[str(test) for test, _ in COLUMNS])
def test_tests_of_a_column(imported: Imported, test: Any, expected: dict[str, Any], section: str) -> None:
    found = imported(with_tests(test, section=section))
    assert found.language == "dbt"
    assert found.columns == {"c": Column(name="c", **expected)}
    assert found.demands == [] and found.omitted == ()


def count(metric: Any, bound: Bound, **more: Any) -> ValueCount:
    return ValueCount(metric=metric, columns=("c",), bound=bound, **more)


RULES: list[tuple[Any, Any]] = [
    ({"not_null": {"config": {"error_if": ">10"}}}, count("nullValues", Bound(maximum=10))),
    ({"unique": {"error_if": ">= 5"}}, count("duplicateValues", Bound(maximum=4))),
    ({"not_null": {"severity": "warn", "warn_if": ">3"}}, count("nullValues", Bound(maximum=3), severity="warn")),
    ({"accepted_values": {"values": ["a"], "severity": "warn"}}, None),
    (
        {"dbt_utils.not_null_proportion": {"at_least": 0.95}},
        count("nullValues", Bound(maximum=5, unit="percent")),
    ),
    (
        {"dbt_utils.accepted_range": {"min_value": 0, "max_value": 9, "severity": "warn"}},
        Query(
            name="values not >= 0 and <= 9",
            sql='SELECT COUNT(CASE WHEN NOT ("c" >= 0 AND "c" <= 9) THEN 1 END) FROM data',
            bound=NONE,
            column="c",
            severity="warn",
        ),
    ),
    ({"relationships": {"to": "ref('people')", "field": "id"}}, Relation(columns=("c",), table="people", to=("id",))),
    (
        {"relationships": {"to": "source('raw', 'people')", "field": "id", "severity": "warn"}},
        Relation(columns=("c",), table="people", to=("id",), severity="warn"),
    ),
]


@pytest.mark.parametrize(("test", "expected"), RULES, ids=[str(test) for test, _ in RULES])
def test_tests_that_become_rules(imported: Imported, test: Any, expected: Any) -> None:
    found = imported(with_tests(test))
    if expected is None:
        (column,) = found.contract.columns
        assert column.allowed == ("a",) and column.rule("allowed_values").severity == "warn"
    else:
        assert found.demands == [expected]
    assert found.omitted == ()


def test_data_types_and_constraints(imported: Imported) -> None:
    found = imported(
        model(
            {"name": "id", "data_type": "bigint", "constraints": [{"type": "primary_key"}]},
            {
                "name": "amount",
                "data_type": "numeric(10,2)",
                "constraints": [{"type": "not_null"}],
                "description": "EUR",
            },
            {"name": "who", "constraints": [{"type": "foreign_key", "to": "ref('people')", "to_columns": ["id"]}]},
            constraints=[{"type": "unique", "columns": ["id", "who"]}],
            description="All orders",
        )
    )
    assert found.columns == {
        one.name: one
        for one in (
            Column(name="id", logical_type="integer", physical_type="bigint", required=True, unique=True),
            Column(name="amount", logical_type="number", physical_type="numeric(10,2)", required=True),
            Column(name="who"),
        )
    }
    expected = [Key(columns=("id", "who")), Relation(columns=("who",), table="people", to=("id",))]
    assert sorted(map(repr, found.demands)) == sorted(map(repr, expected))
    assert 'description: "EUR"' in found.text and 'description: "All orders"' in found.text


def test_tests_of_a_table(imported: Imported) -> None:
    found = imported(
        model(
            {"name": "a"},
            {"name": "b"},
            constraints=[{"type": "primary_key", "columns": ["b", "a"]}],
            tests=[
                {"dbt_utils.unique_combination_of_columns": {"combination_of_columns": ["a", "b"]}},
                {"dbt_expectations.expect_table_row_count_to_be_between": {"min_value": 10}},
                {"dbt_utils.recency": {"datepart": "day", "field": "at", "interval": 3}},
            ],
        )
    )
    assert list(found.columns) == ["a", "b", "at"]
    assert found.columns["a"].required and found.columns["b"].required
    expected = [
        Key(columns=("b", "a"), primary=True),
        Key(columns=("a", "b")),
        RowCount(bound=Bound(minimum=10)),
        Freshness(column="at", max_age_s=259_200.0),
    ]
    assert sorted(map(repr, found.demands)) == sorted(map(repr, expected))


def test_several_tables_and_the_one_that_is_wanted(imported: Imported) -> None:
    source = {
        "name": "raw",
        "loaded_at_field": "at",
        "freshness": {"error_after": {"count": 1, "period": "day"}, "warn_after": {"count": 12, "period": "hour"}},
        "tables": [{"name": "events", "columns": [{"name": "id", "tests": ["unique"]}]}],
    }
    models = [{"name": "a", "columns": [{"name": "x"}]}, {"name": "b", "columns": [{"name": "y"}]}, {"name": "c"}]
    text = yaml.safe_dump({"models": models, "sources": [source]}).encode()
    found = imported(text)
    assert list(found.tables) == ["a", "b", "events"]
    assert found.omitted == ("a table at models[2] (c): it says nothing of columns or rows",)
    ages = [(one.column, one.max_age_s, one.severity) for one in found.tables["events"].all(Freshness)]
    assert ages == [("at", 86_400, "fail"), ("at", 43_200, "warn")]
    assert list(imported(text, model="b").tables) == ["b"]
    with pytest.raises(ConfigError, match="describes no columns of `z`; it names `a`, `b`, `c`, `events`"):
        imported(text, model="z")
    twice = yaml.safe_dump({"models": [models[0], models[0]]}).encode()
    with pytest.raises(ConfigError, match="describes `a` twice"):
        imported(twice)


LEFT_OUT: list[tuple[Any, str]] = [
    ("my_test", "the test `my_test`"),
    ({"not_null": {"where": "x = 1"}}, "it is of some rows alone (`where`)"),
    ({"not_null": {"config": {"enabled": False}}}, "it is switched off"),
    ({"unique": {"error_if": "between 1 and 2"}}, "is no bound on the rows that fail"),
    ({"unique": {"fail_calc": "sum(n)"}}, "it counts in a way of its own"),
    ({"accepted_values": {"values": "a"}}, "the test `accepted_values`"),
    ({"relationships": {"to": "{{ x }}", "field": "id"}}, "does not name a table and a column"),
    ({"dbt_utils.expression_is_true": {"expression": "> 1"}}, "the test `dbt_utils.expression_is_true`"),
    ({"dbt_expectations.expect_column_values_to_not_be_null": {"row_condition": "x"}}, "of some rows alone"),
    ({"not_null": {}, "unique": {}}, "it has no name"),
    (3, "it has no name"),
]


@pytest.mark.parametrize(("test", "said"), LEFT_OUT, ids=[str(test) for test, _ in LEFT_OUT])
def test_what_cannot_be_carried_is_listed(imported: Imported, test: Any, said: str) -> None:
    found = imported(with_tests(test))
    assert found.columns == {"c": Column(name="c")} and found.demands == []
    assert len(found.omitted) == 1 and said in found.omitted[0] and "models[0].columns[0].tests[0]" in found.omitted[0]


@pytest.mark.parametrize("text", [b"models: []", b"models: [{name: a}]", b"sources: [{tables: [3]}]"])
def test_a_file_without_columns_is_refused(imported: Imported, text: bytes) -> None:
    with pytest.raises(ConfigError, match="describes no columns"):
        imported(text)
