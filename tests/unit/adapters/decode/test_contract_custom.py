"""Demands in custom properties: as they are meant, and every way of writing one wrong refused by its name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sluice.adapters.decode.contract import load_contract
from sluice.adapters.decode.contract_custom import LEAST_MAX_GAIN
from sluice.domain.contract import (
    ClassBalance,
    Demand,
    Disjoint,
    GroupNulls,
    LabelLeak,
    Later,
    Monotonic,
    RowChange,
)
from sluice.domain.errors import ConfigError

HEAD = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "x", "version": "1.0.0", "status": "active"}
COLUMNS = ("y", "at", "id", "carrier")


def document(on_table: list[dict[str, Any]], **on_columns: Any) -> bytes:
    """A contract of the columns ``y``, ``at``, ``id`` and ``carrier``, the last ``Carrier`` in the data."""
    properties: list[dict[str, Any]] = [{"name": name} for name in COLUMNS]
    properties[-1]["physicalName"] = "Carrier"
    for column in properties:
        if column["name"] in on_columns:
            column["customProperties"] = on_columns[column["name"]]
    table = {"name": "train", "properties": properties, "customProperties": on_table}
    return yaml.safe_dump(HEAD | {"schema": [table]}, sort_keys=False).encode()


def demands(on_table: list[dict[str, Any]], **on_columns: Any) -> list[Demand]:
    found = load_contract(document(on_table, **on_columns), path="c.yaml", dataset="train").demands
    assert all(demand.line > 0 for demand in found)
    return [replace(demand, line=0) for demand in found]


def one(name: str, value: Any) -> dict[str, Any]:
    return {"property": f"sluice.{name}", "value": value}


def refusal(on_table: list[dict[str, Any]], **on_columns: Any) -> str:
    with pytest.raises(ConfigError) as refused:
        demands(on_table, **on_columns)
    assert refused.value.sentence.startswith("c.yaml:")
    assert refused.value.line > 0
    return refused.value.sentence.partition(": ")[2]


@pytest.mark.parametrize(
    ("name", "value", "demand"),
    [
        ("monotonic", {"column": "at"}, Monotonic(column="at")),
        (
            "monotonic",
            {"column": "at", "strict": True, "decreasing": True, "by": ["carrier"], "order": "id"},
            Monotonic(column="at", strict=True, decreasing=True, by=("Carrier",), order="id"),
        ),
        ("classBalance", {"label": "y", "min": 0.05}, ClassBalance(label="y", min_share=0.05)),
        ("classBalance", {"label": "y", "min": 0, "max": 0.9}, ClassBalance(label="y", max_share=0.9)),
        ("labelLeak", {"label": "y"}, LabelLeak(label="y")),
        (
            "labelLeak",
            {"label": "y", "maxGain": 1, "ignore": ["id", "carrier", "not described"]},
            LabelLeak(label="y", max_gain=1.0, ignore=("id", "Carrier", "not described")),
        ),
        ("disjointFrom", {"table": "test"}, Disjoint(table="test")),
        ("disjointFrom", {"table": "test", "columns": ["id"]}, Disjoint(table="test", columns=("id",))),
        ("laterThan", {"column": "at", "table": "test", "of": "when"}, Later(column="at", table="test", to="when")),
        (
            "groupNulls",
            {"column": "at", "by": ["carrier"], "maxShare": 0.1, "minRows": 30},
            GroupNulls(column="at", by=("Carrier",), max_share=0.1, min_rows=30),
        ),
        ("rowChange", {"maxFall": 0.2, "maxRise": 1}, RowChange(max_fall=0.2, max_rise=1.0)),
        ("rowChange", {"maxRise": 0, "severity": "warn"}, RowChange(max_rise=0.0, severity="warn")),
    ],
)
def test_a_demand_of_the_table(name: str, value: Any, demand: Demand) -> None:
    assert demands([one(name, value)]) == [demand]


@pytest.mark.parametrize(
    ("name", "value", "demand"),
    [
        ("monotonic", True, Monotonic(column="at")),
        ("monotonic", {"strict": True}, Monotonic(column="at", strict=True)),
        ("labelLeak", True, LabelLeak(label="at")),
        ("classBalance", {"max": 0.9}, ClassBalance(label="at", max_share=0.9)),
        ("laterThan", {"table": "test", "of": "at"}, Later(column="at", table="test", to="at")),
        (
            "groupNulls",
            {"by": ["carrier", "y"], "maxShare": 0},
            GroupNulls(column="at", by=("Carrier", "y"), max_share=0.0),
        ),
    ],
)
def test_a_demand_of_a_column(name: str, value: Any, demand: Demand) -> None:
    assert demands([], at=[one(name, value)]) == [demand]


def test_the_label_is_named_once_by_table_or_column() -> None:
    asked = [one("classBalance", {"min": 0.1}), one("labelLeak", True)]
    expected = [ClassBalance(label="y", min_share=0.1), LabelLeak(label="y")]
    assert demands([one("label", "y"), *asked]) == expected
    assert demands(asked, y=[one("label", True)]) == expected
    assert demands([one("label", "carrier"), one("labelLeak", True)]) == [LabelLeak(label="Carrier")]
    assert demands([one("labelLeak", {"label": "at"})], y=[one("label", True)]) == [LabelLeak(label="at")]
    assert "a second label; state one" in refusal([one("label", "y")], y=[one("label", True)])
    assert "names no label; give `label`, or state `sluice.label`" in refusal(asked, y=[one("label", False)])


def test_several_of_a_kind_are_a_list_and_false_is_none() -> None:
    listed = [{"table": "a"}, {"table": "b", "columns": ["id"], "severity": "warn"}]
    assert demands([one("disjointFrom", listed)]) == [
        Disjoint(table="a"),
        Disjoint(table="b", columns=("id",), severity="warn"),
    ]
    assert demands([], at=[one("monotonic", False)]) == []


def test_severity_is_the_demands_own_or_that_of_its_element() -> None:
    weight = one("severity", "warn")
    assert demands([weight, one("disjointFrom", {"table": "a"})])[0].severity == "warn"
    assert demands([weight, one("disjointFrom", {"table": "a", "severity": "fail"})])[0].severity == "fail"
    assert demands([], at=[weight, one("monotonic", True)])[0].severity == "warn"


def test_other_peoples_properties_are_theirs() -> None:
    assert demands([{"property": "team.owner", "value": None, "x": 1}], at=[{"property": "sluices", "value": 1}]) == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("monotonous", True, "there is no property `sluice.monotonous`; did you mean `sluice.monotonic`?"),
        ("zzz", True, "there is no property `sluice.zzz`; known are sluice.classBalance, sluice.disjointFrom"),
        ("label", "Y", "value: `Y` is not a column of this contract; "),
        ("label", 3, "value: must be the name of a column"),
        ("label", True, "value: must be the name of a column"),
        ("classBalance", {"label": "y"}, "value: allows every share; give a `min` over 0, a `max` under 1, or both"),
        ("classBalance", {"label": "y", "min": 0, "max": 1}, "value: allows every share; give a `min` over 0"),
        ("classBalance", {"label": "y", "min": 0.6, "max": 0.5}, "value: no share can fulfil it"),
        ("classBalance", {"label": "y", "min": 5}, "value.min: is 5; state a number of 0 to 1"),
        ("classBalance", {"label": "y", "min": "5%"}, "value.min: must be a number"),
        ("classBalance", {"label": "y", "min": True}, "value.min: must be a number"),
        (
            "classBalance",
            {"label": "y", "minimum": 0},
            "value.minimum: is not a key of this demand; did you mean `min`",
        ),
        ("labelLeak", {"label": "y", "maxGain": 0.2}, "value.maxGain: is 0.2; state a number of 0.8 to 1"),
        (
            "labelLeak",
            {"label": "y", "max_gain": 0.9},
            "value.max_gain: is not a key of this demand; did you mean `max",
        ),
        ("labelLeak", {"label": "y", "ignore": "id"}, "value.ignore: must be a list of columns"),
        ("labelLeak", {"label": "y", "ignore": []}, "value.ignore: must be a list of columns"),
        ("labelLeak", {"label": "y", "ignore": [1]}, "value.ignore[0]: must be the name of a column"),
        ("disjointFrom", {"columns": ["id"]}, "value.table: is missing"),
        (
            "disjointFrom",
            {"table": "a", "columns": ["ids"]},
            "value.columns[0]: `ids` is not a column of this contract",
        ),
        ("disjointFrom", {"table": "a", "columns": ["id", "id"]}, "value.columns[1]: is listed twice"),
        ("disjointFrom", "train", "value: must be a mapping"),
        ("disjointFrom", True, "value: must be a mapping"),
        ("disjointFrom", [], "value: lists nothing"),
        ("disjointFrom", ["train"], "value[0]: must be a mapping"),
        ("disjointFrom", None, "value: is missing"),
        ("disjointFrom", {"table": "a", "severity": "info"}, "value.severity: must be `fail` or `warn`"),
        ("laterThan", {"table": "a", "of": "at"}, "value.column: is missing"),
        ("laterThan", {"column": "at", "table": "a"}, "value.of: is missing"),
        ("groupNulls", {"column": "at", "maxShare": 0.1}, "value.by: is missing"),
        ("groupNulls", {"column": "at", "by": ["y"]}, "value.maxShare: is missing"),
        ("groupNulls", {"column": "at", "by": ["at"], "maxShare": 0}, "value.by: the column groups itself"),
        ("groupNulls", {"column": "at", "by": ["y"], "maxShare": 0, "minRows": 1.5}, "value.minRows: must be a whole"),
        (
            "groupNulls",
            {"column": "at", "by": ["y"], "maxShare": 0, "minRows": 0},
            "value.minRows: is 0; state a number",
        ),
        ("rowChange", {}, "value: states no change; give `maxFall`, `maxRise` or both"),
        ("rowChange", {"maxFall": 20}, "value.maxFall: is 20; state a number of 0 to 1"),
        ("rowChange", {"maxRise": -1}, "value.maxRise: is -1; state a number of at least 0"),
        ("monotonic", True, "value: must be a mapping"),
        ("monotonic", {"column": "at", "order": "at"}, "value: the column orders or groups itself"),
        ("monotonic", {"column": "at", "strict": "yes"}, "value.strict: must be true or false"),
    ],
)
def test_what_is_refused(name: str, value: Any, said: str) -> None:
    assert said in refusal([one(name, value)])


def test_what_is_refused_of_a_column() -> None:
    assert "there is no property `sluice.rowChange` of a column" in refusal([], at=[one("rowChange", {"maxFall": 1})])
    assert "value.column: is the column that this belongs to; leave it out" in refusal(
        [], at=[one("monotonic", {"column": "at"})]
    )
    assert "value: must be true or false" in refusal([], y=[one("label", "y")])
    entry = one("monotonic", True) | {"severty": "warn"}
    assert "severty: is not a key of a custom property" in refusal([], at=[entry])


NAMES = ("monotonic", "classBalance", "labelLeak", "disjointFrom", "laterThan", "groupNulls", "rowChange", "label")
KEYS = (
    *("column", "label", "table", "of", "columns", "by", "order", "strict", "decreasing"),
    *("min", "max", "maxGain", "ignore", "maxShare", "minRows", "maxFall", "maxRise", "severity"),
)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.floats(0, 1), st.sampled_from((*COLUMNS, "", "fail", "warn", "x"))
)
values = st.one_of(
    scalars, st.dictionaries(st.sampled_from(KEYS), st.one_of(scalars, st.lists(scalars, max_size=3)), max_size=5)
)


@given(
    on_table=st.lists(st.builds(one, st.sampled_from(NAMES), st.one_of(values, st.lists(values, max_size=3)))),
    on_column=st.lists(st.builds(one, st.sampled_from(NAMES), values)),
)
def test_every_value_is_a_demand_within_its_range_or_refused(
    on_table: list[dict[str, Any]], on_column: list[dict[str, Any]]
) -> None:
    try:
        found = demands(on_table, at=on_column)
    except ConfigError:
        assert refusal(on_table, at=on_column)
        return
    described = {"y", "at", "id", "Carrier"}
    for demand in found:
        assert demand.severity in ("fail", "warn")
        match demand:
            case ClassBalance():
                assert 0 <= demand.min_share <= demand.max_share <= 1
                assert demand.label in described
            case LabelLeak():
                assert LEAST_MAX_GAIN <= demand.max_gain <= 1
                assert demand.label in described
            case GroupNulls():
                assert demand.by
                assert {demand.column, *demand.by} <= described
                assert 0 <= demand.max_share <= 1 <= demand.min_rows
            case RowChange():
                assert demand.max_fall is not None or demand.max_rise is not None
            case Monotonic():
                assert demand.column in described
                assert demand.column not in (*demand.by, demand.order)
            case Disjoint() | Later():
                assert demand.table
            case _:
                raise AssertionError(demand)
