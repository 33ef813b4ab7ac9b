"""Great Expectations suites: one as Great Expectations itself wrote it, and the shapes of before 1.0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sluice.domain.contract import Bound, Column, Key, Query, RowCount, ValueCount
from sluice.domain.errors import ConfigError

Imported = Callable[..., Any]
NONE = Bound(minimum=0, maximum=0)


def suite(*expectations: tuple[str, dict[str, Any]], old: bool = True) -> dict[str, Any]:
    key = "expectation_type" if old else "type"
    return {
        "expectations": [{key: f"expect_{name}", "kwargs": arguments, "meta": {}} for name, arguments in expectations]
    }


def percent(maximum: float) -> Bound:
    return Bound(maximum=maximum, unit="percent")


def test_what_great_expectations_writes(sample: Callable[[str], Any]) -> None:
    found = sample("orders.gx-1.24.json")
    assert found.language == "great-expectations"
    assert found.columns == {
        one.name: one
        for one in (
            Column(name="id", logical_type="integer", physical_type="integer", required=True, unique=True),
            Column(name="amount", logical_type="number", minimum=0, maximum=1000, exclusive_minimum=True),
            Column(name="dead"),
            Column(name="share"),
            Column(name="status", allowed=("open",)),
            Column(name="code", logical_type="string", pattern="^[A-Z]{3}$", min_length=3, max_length=5),
            Column(name="iso", logical_type="string", min_length=2, max_length=2),
        )
    }
    sql = (
        'SELECT 100.0 * COUNT(CASE WHEN NOT ("share" >= 0.0 AND "share" <= 1.0) THEN 1 END) / NULLIF(COUNT("share"), 0)'
    )
    mean, most = 'SELECT AVG("amount") FROM data', 'SELECT MAX("amount") FROM data'
    between = Bound(minimum=1, maximum=9)
    expected = [
        ValueCount(metric="nullValues", columns=("amount",), bound=percent(5)),
        ValueCount(metric="nullValues", columns=("dead",), bound=Bound(minimum=100, unit="percent")),
        ValueCount(metric="invalidValues", columns=("code",), bound=percent(1), pattern="^[A-Z]+$"),
        Query(name="mean", sql=mean, bound=between, column="amount"),
        Query(name="max", sql=most, bound=between, column="amount", severity="warn"),
        Query(
            name="percent of values not >= 0.0 and <= 1.0",
            sql=f"{sql} FROM data",
            bound=Bound(maximum=10),
            column="share",
        ),
        RowCount(bound=Bound(minimum=10, maximum=1000)),
        RowCount(bound=Bound(minimum=5, maximum=5)),
        Key(columns=("id", "status")),
    ]
    assert sorted(map(repr, found.demands)) == sorted(map(repr, expected))
    assert set(found.omitted) == {
        "`expect_column_values_to_not_be_null` at expectations[24]: it is of some rows alone (`row_condition`)",
        "`expect_column_values_to_not_be_in_set` at expectations[8]: no such demand in the standard",
        "`mostly` at expectations[10]: percent are of all rows, those without a value too",
        "`expect_table_column_count_to_equal` at expectations[18]: no such demand in the standard",
        "`expect_column_pair_values_to_be_equal` at expectations[21]: no such demand in the standard",
        "`expect_table_columns_to_match_set` at expectations[23]: "
        "columns beyond those listed, and their order, are not refused",
    }


@pytest.mark.parametrize("old", [True, False])
def test_both_shapes(imported: Imported, old: bool) -> None:
    named = {"expectation_suite_name": "s"} if old else {"name": "s"}
    found = imported(suite(("column_values_to_not_be_null", {"column": "c"}), old=old) | named)
    assert found.columns == {"c": Column(name="c", required=True)}
    assert list(found.tables) == ["s"]


EXPECTATIONS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("column_to_exist", {}, {}),
    ("column_values_to_be_unique", {}, {"unique": True}),
    ("column_values_to_be_between", {"min_value": 1}, {"logical_type": "number", "minimum": 1}),
    ("column_values_to_be_in_set", {"value_set": [1, 2, None]}, {"allowed": (1, 2)}),
    ("column_distinct_values_to_be_in_set", {"value_set": ["a"]}, {"allowed": ("a",)}),
    (
        "column_values_to_match_regex_list",
        {"regex_list": ["^a", "b$"]},
        {"logical_type": "string", "pattern": "(?:^a)|(?:b$)"},
    ),
    ("column_values_to_be_of_type", {"type_": "IntegerType"}, {"logical_type": "integer", "physical_type": "integer"}),
    ("column_values_to_be_of_type", {"type_": "CHAR(20)"}, {"logical_type": "string", "physical_type": "char(20)"}),
    ("column_values_to_be_of_type", {"type_": "float64"}, {"logical_type": "number", "physical_type": "float64"}),
    ("column_values_to_be_in_type_list", {"type_list": ["int32", "DOUBLE"]}, {"logical_type": "number"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "expected"), EXPECTATIONS)
def test_expectations_of_a_column(
    imported: Imported, name: str, arguments: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = imported(suite((name, {"column": "c", **arguments})))
    assert found.columns == {"c": Column(name="c", **expected)}
    assert found.demands == [] and found.omitted == ()


def test_bounds_of_times_need_the_type_wherever_it_is_stated(imported: Imported) -> None:
    between = ("column_values_to_be_between", {"column": "c", "min_value": "2024-01-01"})
    kind = ("column_values_to_be_of_type", {"column": "c", "type_": "DateType"})
    assert imported(suite(between, kind)).columns["c"].minimum == "2024-01-01"
    found = imported(suite(between))
    assert found.columns["c"].minimum is None
    assert found.omitted == ("the minimum '2024-01-01' at expectations[0]: does not compare with values",)


LEFT_OUT: list[tuple[str, dict[str, Any]]] = [
    ("column_values_to_match_strftime_format", {"column": "c"}),
    ("column_values_to_be_between", {"column": "c"}),
    ("column_values_to_be_between", {"column": "c", "min_value": {"$PARAMETER": "x"}}),
    ("column_values_to_not_be_null", {"column": "c", "mostly": 7}),
    ("column_mean_to_be_between", {"column": "c", "min_value": "x"}),
    ("column_values_to_be_in_set", {"column": "c", "value_set": None}),
    ("column_values_to_be_of_type", {"column": "c", "type_": "object"}),
    ("table_row_count_to_equal_other_table", {"other_table_name": "x"}),
    ("table_row_count_to_be_between", {"min_value": 1.5}),
    ("compound_columns_to_be_unique", {"column_list": [1]}),
]


@pytest.mark.parametrize(("name", "arguments"), LEFT_OUT)
def test_what_cannot_be_carried_is_listed(imported: Imported, name: str, arguments: dict[str, Any]) -> None:
    found = imported(suite(("column_to_exist", {"column": "d"}), (name, arguments)))
    assert len(found.omitted) == 1 and "expectations[1]" in found.omitted[0]
    assert found.columns["d"] == Column(name="d") and found.demands == []


def test_a_suite_that_expects_nothing_is_refused(imported: Imported) -> None:
    with pytest.raises(ConfigError, match="expects nothing that a contract can say"):
        imported(suite())
    with pytest.raises(ConfigError, match="expects nothing that a contract can say"):
        imported({"expectations": [None, {"type": 3}, {"type": "x", "kwargs": []}]})
