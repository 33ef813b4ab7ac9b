"""Pandera schemas: two as Pandera itself wrote them, and the shapes that checks may have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from sluice.domain.contract import Bound, Column, Key, Query, ValueCount
from sluice.domain.errors import ConfigError

Imported = Callable[..., Any]
NONE = Bound(minimum=0, maximum=0)


def schema(settings: dict[str, Any], **more: Any) -> bytes:
    return yaml.safe_dump({"schema_type": "dataframe", "columns": {"c": settings}, **more}).encode()


def column(imported: Imported, settings: dict[str, Any]) -> Any:
    return imported(schema({"nullable": True} | settings)).columns["c"]


@pytest.mark.parametrize("name", ["orders.pandera-0.35.yaml", "orders.pandera-0.20.yaml"])
def test_what_pandera_writes(sample: Callable[[str], Any], name: str) -> None:
    found = sample(name)
    assert found.language == "pandera"
    columns = found.columns
    assert columns["id"] == Column(
        name="id", logical_type="integer", physical_type="int64", required=True, unique=True, minimum=0
    )
    amount = columns["amount"]
    assert (amount.minimum, amount.maximum, amount.required) == (0, 1e6, False)
    assert amount.exclusive_minimum and amount.exclusive_maximum
    share = columns["share"]
    assert (share.minimum, share.maximum, share.exclusive_minimum, share.exclusive_maximum) == (0, 1, False, True)
    assert columns["status"].allowed == ("open", "closed")
    assert columns["code"].pattern == "^(?:[A-Z]{3})"
    assert (columns["code"].min_length, columns["code"].max_length) == (3, 5)
    assert (columns["day"].logical_type, columns["day"].minimum) == ("timestamp", "2024-01-01T00:00:00")
    assert columns["flag"].allowed == (True,)
    assert columns["ne"].logical_type == "integer" and not columns["ne"].required
    assert columns["cat"].logical_type is None and columns["tz"].logical_type == "timestamp"
    assert "^re_.*$" not in columns
    assert Key(columns=("id", "status")) in found.demands
    assert ValueCount(metric="invalidValues", columns=("name",), bound=NONE, pattern="^M\\.") in found.demands
    assert ValueCount(metric="invalidValues", columns=("name",), bound=NONE, pattern="z$") in found.demands
    expected = {
        "`coerce` at columns.amount: nothing is converted before it is checked",
        "the check `notin` at columns.other: no such demand in the standard",
        "`required: false` at columns.code: a column of a contract is always there",
        '`regex` at columns["^re_.*$"]: a contract names every column',
        "`index` at the schema: a table in a file has no index; describe it as a column",
        "`strict` at the schema: columns beyond those listed are not refused",
        "`ordered` at the schema: the order of columns is not measured",
    }
    assert expected <= set(found.omitted)


def test_a_check_that_warns_is_a_rule_that_warns(sample: Callable[[str], Any]) -> None:
    (query,) = [one for one in sample("orders.pandera-0.35.yaml").demands if isinstance(one, Query)]
    sql = 'SELECT COUNT(CASE WHEN NOT ("warned" > 0) THEN 1 END) FROM data'
    assert query == Query(name="values not > 0", sql=sql, bound=NONE, column="warned", severity="warn")


@pytest.mark.parametrize(
    "settings",
    [
        {"greater_than": 1},
        {"checks": {"greater_than": 1}},
        {"checks": {"greater_than": {"min_value": 1}}},
        {"checks": {"greater_than": {"value": 1, "options": {"ignore_na": True}}}},
        {"checks": [{"min_value": 1, "options": {"check_name": "greater_than"}}]},
    ],
)
def test_checks_are_written_in_several_ways(imported: Imported, settings: dict[str, Any]) -> None:
    found = column(imported, {"dtype": "int64"} | settings)
    assert (found.minimum, found.exclusive_minimum) == (1, True)


@pytest.mark.parametrize(
    ("dtype", "logical"),
    [
        ("int64", "integer"), ("Int64", "integer"), ("uint8", "integer"), ("int64[pyarrow]", "integer"),
        ("float32", "number"), ("Float64", "number"), ("decimal(10,2)", "number"), ("bool", "boolean"),
        ("str", "string"), ("string[python]", "string"), ("date", "date"), ("datetime64[ns, UTC]", "timestamp"),
        ("timestamp[us]", "timestamp"), ("category", None), ("object", None),
    ],
)  # fmt: skip
def test_types(imported: Imported, dtype: str, logical: str | None) -> None:
    assert column(imported, {"dtype": dtype}).logical_type == logical


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ({"str_length": {"min_value": None, "max_value": 4}}, (None, 4)),
        ({"str_length": {"exact_value": 4, "min_value": None, "max_value": None}}, (4, 4)),
    ],
)
def test_lengths(imported: Imported, check: dict[str, Any], expected: tuple[Any, Any]) -> None:
    found = column(imported, {"dtype": "str"} | check)
    assert (found.min_length, found.max_length) == expected


@pytest.mark.parametrize(
    "text",
    [
        schema({}, schema_type="series"),
        yaml.safe_dump({"schema_type": "dataframe", "columns": {}}).encode(),
        b"schema_type: dataframe\ncolumns: [a]\n",
        b"schema_type: dataframe\ncolumns:\n  x.*: {regex: true}\n",
    ],
)
def test_what_has_no_columns_is_refused(imported: Imported, text: bytes) -> None:
    with pytest.raises(ConfigError, match=r"no Pandera schema with columns|is a schema of a series"):
        imported(text)
