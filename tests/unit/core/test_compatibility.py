"""Changes of contracts, and whom each breaks: as schema registries define backward, forward and full."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.core.compatibility import breaks, changes
from sluice.core.compatibility.relation import Span, bounds
from sluice.domain.contract import (
    Bound,
    ClassBalance,
    Column,
    Contract,
    Demand,
    Disjoint,
    Freshness,
    Key,
    Query,
    Relation,
    RowChange,
    RowCount,
    Rule,
    Unsupported,
    ValueCount,
)
from sluice.domain.evolution import ContractChange

A, B = Column(name="a", line=3), Column(name="b", line=4)


def contract(*columns: Column, demands: tuple[Demand, ...] = ()) -> Contract:
    return Contract(name="t", version="1", columns=columns, demands=demands)


def told(old: Contract, new: Contract) -> list[tuple[str, str | None, str]]:
    return [(one.code, one.column, "+".join(one.breaks)) for one in changes(old, new)]


def column(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str]]:
    found = told(contract(Column(name="a", **old)), contract(Column(name="a", **new)))
    assert {name for _, name, _ in found} <= {"a"}
    return [(code, broken) for code, _, broken in found]


def demand(old: Demand | None, new: Demand | None) -> list[tuple[str, str]]:
    before, after = (contract(A, B, demands=(one,) if one else ()) for one in (old, new))
    return [(code, broken) for code, _, broken in told(before, after)]


COLUMNS = [
    ({}, {}, []),
    ({"logical_type": "integer"}, {"logical_type": "number"}, [("type-widened", "forward")]),
    ({"logical_type": "number"}, {"logical_type": "integer"}, [("type-narrowed", "backward")]),
    ({"logical_type": "string"}, {"logical_type": "integer"}, [("type-changed", "backward+forward")]),
    ({"logical_type": "date"}, {"logical_type": "timestamp"}, [("type-changed", "backward+forward")]),
    ({}, {"logical_type": "string"}, [("type-added", "backward")]),
    ({"logical_type": "string"}, {}, [("type-removed", "forward")]),
    ({"physical_type": "int"}, {"physical_type": "BIGINT"}, [("physical-type-widened", "forward")]),
    ({"physical_type": "long"}, {"physical_type": "float"}, [("physical-type-widened", "forward")]),
    ({"physical_type": "float"}, {"physical_type": "double precision"}, [("physical-type-widened", "forward")]),
    ({"physical_type": "double"}, {"physical_type": "float"}, [("physical-type-narrowed", "backward")]),
    ({"physical_type": "integer"}, {"physical_type": "INT"}, []),
    ({"physical_type": "uint8"}, {"physical_type": "int16"}, [("physical-type-widened", "forward")]),
    ({"physical_type": "uint8"}, {"physical_type": "int8"}, [("physical-type-changed", "backward+forward")]),
    (
        {"physical_type": "decimal(10, 2)"},
        {"physical_type": "decimal(12,2)"},
        [("physical-type-widened", "forward")],
    ),
    (
        {"physical_type": "decimal(10,2)"},
        {"physical_type": "decimal(10,4)"},
        [("physical-type-changed", "backward+forward")],
    ),
    ({"physical_type": "varchar(20)"}, {"physical_type": "varchar(10)"}, [("physical-type-narrowed", "backward")]),
    ({"physical_type": "varchar(20)"}, {"physical_type": "text"}, [("physical-type-widened", "forward")]),
    ({"physical_type": "geometry"}, {"physical_type": "blob"}, [("physical-type-changed", "backward+forward")]),
    ({}, {"required": True}, [("required-added", "backward")]),
    ({"required": True}, {}, [("required-removed", "forward")]),
    ({}, {"unique": True}, [("unique-added", "backward")]),
    ({"unique": True}, {}, [("unique-removed", "forward")]),
    ({"minimum": 0, "maximum": 10}, {"minimum": 1, "maximum": 10}, [("range-narrowed", "backward")]),
    ({"minimum": 0, "maximum": 10}, {"minimum": 0, "maximum": 11}, [("range-widened", "forward")]),
    ({"minimum": 0, "maximum": 10}, {"minimum": 0}, [("range-widened", "forward")]),
    ({"minimum": 0, "maximum": 10}, {"minimum": 1, "maximum": 11}, [("range-changed", "backward+forward")]),
    ({"minimum": 0}, {"minimum": 0, "exclusive_minimum": True}, [("range-narrowed", "backward")]),
    ({"minimum": 0}, {"minimum": 0.0}, []),
    ({}, {"minimum": 0}, [("range-added", "backward")]),
    ({"minimum": 0}, {}, [("range-removed", "forward")]),
    ({"minimum": "2020-01-01"}, {"minimum": "2020-01-01T00:00:00Z"}, []),
    ({"minimum": "2020-01-01"}, {"minimum": "2019-12-31"}, [("range-widened", "forward")]),
    ({"minimum": "soon"}, {"minimum": "later"}, [("range-changed", "backward+forward")]),
    ({"min_length": 1, "max_length": 5}, {"min_length": 1, "max_length": 4}, [("length-narrowed", "backward")]),
    ({"max_length": 5}, {"max_length": 9}, [("length-widened", "forward")]),
    ({"min_length": 0}, {}, []),
    ({"multiple_of": 0.5}, {"multiple_of": 0.1}, [("multiple-widened", "forward")]),
    ({"multiple_of": 2.0}, {"multiple_of": 6.0}, [("multiple-narrowed", "backward")]),
    ({"multiple_of": 2.0}, {"multiple_of": 3.0}, [("multiple-changed", "backward+forward")]),
    ({"max_items": 3}, {"max_items": 2}, [("item-count-narrowed", "backward")]),
    ({"min_properties": 1}, {"min_properties": 0}, [("property-count-removed", "forward")]),
    ({"unique_items": True}, {}, [("distinct-items-removed", "forward")]),
    (
        {"required_properties": ("x",)},
        {"required_properties": ("x", "y")},
        [("required-properties-narrowed", "backward")],
    ),
    ({"pattern": "^a"}, {"pattern": "^ab"}, [("pattern-changed", "backward+forward")]),
    ({"format": "uuid"}, {}, [("format-removed", "forward")]),
    ({"allowed": ("x", "y")}, {"allowed": ("y", "x")}, []),
    ({"allowed": ("x", "y")}, {"allowed": ("x",)}, [("enum-value-removed", "backward")]),
    ({"allowed": ("x",)}, {"allowed": ("x", "y")}, [("enum-value-added", "forward")]),
    (
        {"allowed": ("x",)},
        {"allowed": ("y",)},
        [("enum-value-removed", "backward"), ("enum-value-added", "forward")],
    ),
    ({"allowed": (1,)}, {"allowed": (True,)}, [("enum-value-removed", "backward"), ("enum-value-added", "forward")]),
    ({}, {"allowed": ("x",)}, [("enum-added", "backward")]),
    ({"allowed": ("x",)}, {}, [("enum-removed", "forward")]),
    ({"required": True}, {"required": True, "severity": "warn"}, [("severity-lowered", "forward")]),
    ({"minimum": 0, "severity": "warn"}, {"minimum": 0}, [("severity-raised", "backward")]),
    ({"minimum": 0, "severity": "warn"}, {"minimum": 1, "severity": "warn"}, [("range-narrowed", "")]),
    ({"severity": "warn"}, {"minimum": 1, "severity": "warn"}, [("range-added", "")]),
]


@pytest.mark.parametrize(("old", "new", "expected"), COLUMNS, ids=[f"{o} -> {n}" for o, n, _ in COLUMNS])
def test_columns(old: dict[str, Any], new: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert column(old, new) == expected


@pytest.mark.parametrize(("old", "new", "expected"), COLUMNS, ids=[f"{o} -> {n}" for o, n, _ in COLUMNS])
def test_what_breaks_one_way_breaks_the_other_way_back(
    old: dict[str, Any], new: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    turned = {"backward": "forward", "forward": "backward"}
    there = sorted(sorted(turned[one] for one in broken.split("+") if one) for _, broken in expected)
    back = sorted(sorted(broken.split("+")) if broken else [] for _, broken in column(new, old))
    assert there == back


def test_an_added_column_breaks_whoever_needs_its_values_and_a_removed_one_whoever_reads_it() -> None:
    assert told(contract(A), contract(A, B)) == [("column-added", "b", "")]
    needed = replace(B, required=True)
    assert told(contract(A), contract(A, needed)) == [("column-added-required", "b", "backward")]
    assert told(contract(A), contract(A, replace(needed, severity="warn"))) == [("column-added-required", "b", "")]
    by_rule = ValueCount(metric="nullValues", columns=("b",), bound=Bound(maximum=0))
    assert told(contract(A), contract(A, B, demands=(by_rule,))) == [("column-added-required", "b", "backward")]
    assert told(contract(A, B), contract(A)) == [("column-removed", "b", "forward")]
    assert told(contract(A, replace(B, unique=True, required=True)), contract(A)) == [
        ("column-removed", "b", "forward")
    ]


def test_a_renamed_column_is_one_gone_and_one_new() -> None:
    assert told(contract(A), contract(B)) == [("column-added", "b", ""), ("column-removed", "a", "forward")]


def test_lines_are_those_of_the_new_file_and_of_the_rule_where_it_has_one() -> None:
    rules = {"value_range": Rule(severity="fail", line=9)}
    (change,) = changes(contract(A), contract(replace(A, minimum=1, line=7, rules=rules)))
    assert (change.line, change.sentence) == (9, "`a`: range >= 1 is demanded now")
    (change,) = changes(contract(A, B), contract(replace(A, line=12)))
    assert (change.line, change.sentence) == (12, "column `b` is no longer promised")


# -- keys -------------------------------------------------------------------------------------------


KEYS = [
    (Key(columns=("a",)), Key(columns=("a", "b")), [("key-added", ""), ("unique-removed", "forward")]),
    (Key(columns=("a", "b")), Key(columns=("b", "a")), []),
    (None, Key(columns=("a", "b")), [("key-added", "backward")]),
    (Key(columns=("a", "b")), None, [("key-removed", "forward")]),
    (Key(columns=("a", "b")), Key(columns=("a", "b"), severity="warn"), [("severity-lowered", "forward")]),
    (
        None,
        Key(columns=("a",), primary=True),
        [("required-added", "backward"), ("unique-added", "backward")],
    ),
    (
        Key(columns=("a",), primary=True),
        Key(columns=("b",), primary=True),
        [("required-removed", "forward"), ("required-added", "backward"), ("key-changed", "backward+forward")],
    ),
    (
        Key(columns=("a",), primary=True),
        Key(columns=("a", "b"), primary=True),
        [("required-added", "backward"), ("key-changed", "forward")],
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), KEYS)
def test_keys(old: Demand | None, new: Demand | None, expected: list[tuple[str, str]]) -> None:
    assert sorted(demand(old, new)) == sorted(expected)


def test_the_same_demand_in_other_words_is_no_change() -> None:
    said = contract(replace(A, required=True, unique=True))
    by_key = contract(A, demands=(Key(columns=("a",), primary=True),))
    by_rules = contract(
        A,
        demands=(
            ValueCount(metric="nullValues", columns=("a",), bound=Bound(maximum=1, exclusive_maximum=True)),
            ValueCount(metric="duplicateValues", columns=("a",), bound=Bound(minimum=0, maximum=0)),
        ),
    )
    for old in (said, by_key, by_rules):
        for new in (said, by_key, by_rules):
            assert changes(old, new) == ()


# -- demands on the table ---------------------------------------------------------------------------


def rows(**bound: Any) -> RowCount:
    return RowCount(bound=Bound(**bound))


def share(maximum: float, metric: Any = "nullValues", **more: Any) -> ValueCount:
    return ValueCount(metric=metric, columns=("a",), bound=Bound(maximum=maximum, unit="percent"), **more)


DEMANDS = [
    (rows(minimum=10), rows(minimum=20), [("row-count-narrowed", "backward")]),
    (rows(minimum=10), rows(minimum=9, exclusive_minimum=True), []),
    (rows(minimum=10), rows(minimum=5, maximum=50), [("row-count-changed", "backward+forward")]),
    (None, rows(minimum=1), [("row-count-added", "backward")]),
    (rows(minimum=1), None, [("row-count-removed", "forward")]),
    (share(5), share(1), [("value-count-narrowed", "backward")]),
    (share(5), share(5, missing=("n/a",)), [("value-count-changed", "backward+forward")]),
    (share(0), share(5), [("required-removed", "forward"), ("value-count-added", "backward")]),
    (Freshness(column="a", max_age_s=60), Freshness(column="a", max_age_s=3600), [("freshness-widened", "forward")]),
    (
        Freshness(column="a", max_age_s=60),
        Freshness(column="b", max_age_s=60),
        [("freshness-removed", "forward"), ("freshness-added", "backward")],
    ),
    (RowChange(max_fall=0.2), RowChange(max_fall=0.1), [("row-change-narrowed", "backward")]),
    (RowChange(max_fall=0.2), RowChange(max_rise=0.2), [("row-change-changed", "backward+forward")]),
    (
        ClassBalance(label="a", min_share=0.1),
        ClassBalance(label="a", min_share=0.05),
        [("class-balance-widened", "forward")],
    ),
    (
        Query(name="q", sql="SELECT 1", bound=Bound(maximum=1)),
        Query(name="q", sql="SELECT 2", bound=Bound(maximum=1)),
        [("query-changed", "backward+forward")],
    ),
    (
        Query(name="q", sql="SELECT 1", bound=Bound(maximum=1)),
        Query(name="q", sql="SELECT 1", bound=Bound(maximum=0.5)),
        [("query-narrowed", "backward")],
    ),
    (
        Relation(columns=("a",), table="t", to=("id",)),
        Relation(columns=("a",), table="t", to=("key",)),
        [("relation-changed", "backward+forward")],
    ),
    (Disjoint(table="train"), None, [("disjointness-removed", "forward")]),
    (Unsupported(what="x"), None, [("demand-removed", "forward")]),
    (rows(minimum=1), replace(rows(minimum=1), severity="warn"), [("severity-lowered", "forward")]),
]


@pytest.mark.parametrize(("old", "new", "expected"), DEMANDS)
def test_demands(old: Demand | None, new: Demand | None, expected: list[tuple[str, str]]) -> None:
    assert sorted(demand(old, new)) == sorted(expected)


CLASSIFIED = [
    (
        {},
        {"classification": "PII", "sensitive": True},
        "added",
        "`PII` is stated now; its values are not shown any more",
    ),
    (
        {"classification": "PII", "sensitive": True},
        {},
        "removed",
        "`PII` is no longer stated; its values may be shown now",
    ),
    (
        {"classification": "restricted", "sensitive": True},
        {"classification": "public"},
        "changed",
        "`restricted` became `public`; its values may be shown now",
    ),
    (
        {"classification": "restricted", "sensitive": True},
        {"classification": "secret", "sensitive": True},
        "changed",
        "`restricted` became `secret`",
    ),
    ({"sensitive": True}, {}, "changed", "or that of what it lies in or holds, changed; its values may be shown now"),
]


@pytest.mark.parametrize(("old", "new", "became", "said"), CLASSIFIED)
def test_classification_is_named_and_breaks_nobody(
    old: dict[str, Any], new: dict[str, Any], became: str, said: str
) -> None:
    (found,) = changes(contract(Column(name="a", **old)), contract(B, Column(name="a", line=7, **new)))[1:]
    assert (found.code, found.column, found.line, found.breaks) == (f"classification-{became}", "a", 7, ())
    assert found.sentence.startswith("`a`: ") and found.sentence.endswith(said)


def test_the_same_classification_is_no_change() -> None:
    spelt = [contract(Column(name="a", classification=word, sensitive=True)) for word in ("PII", "pii ")]
    assert changes(*spelt) == ()


def test_a_demand_that_stands_beside_another_of_its_kind_is_not_taken_for_it() -> None:
    low, high = share(5, "missingValues", missing=("n/a",)), share(1, "missingValues", missing=("?",))
    before, after = contract(A, demands=(low, high)), contract(A, demands=(high,))
    assert told(before, after) == [("value-count-removed", "a", "forward")]


def test_the_modes() -> None:
    tighter, looser = (ContractChange(code=way, sentence="", breaks=(way,)) for way in ("backward", "forward"))
    harmless = ContractChange(code="x", sentence="")
    found = (tighter, looser, harmless)
    assert breaks(found, "none") == ()
    assert breaks(found, "backward") == (tighter,)
    assert breaks(found, "forward") == (looser,)
    assert breaks(found, "full") == (tighter, looser)


# -- bounds as sets of numbers ----------------------------------------------------------------------

ends = st.one_of(st.none(), st.integers(-3, 6).map(float), st.sampled_from([0.5, 2.5]))
any_bound = st.builds(
    Bound,
    minimum=ends,
    maximum=ends,
    exclusive_minimum=st.booleans(),
    exclusive_maximum=st.booleans(),
    negated=st.booleans(),
)
GRID = [step / 4 for step in range(-60, 81)]


def allows(bound: Bound, value: float) -> bool:
    low, high = bound.minimum, bound.maximum
    inside = (low is None or value > low or (value == low and not bound.exclusive_minimum)) and (
        high is None or value < high or (value == high and not bound.exclusive_maximum)
    )
    return inside != bound.negated


@pytest.mark.parametrize("counts", [False, True])
@settings(max_examples=300, deadline=None)
@given(old=any_bound, new=any_bound)
def test_bounds_are_sets(old: Bound, new: Bound, counts: bool) -> None:
    values = [value for value in GRID if not counts or (value >= 0 and value.is_integer())]
    tighter = any(allows(old, value) and not allows(new, value) for value in values)
    looser = any(allows(new, value) and not allows(old, value) for value in values)
    became = bounds(old, new, counts=counts)
    # Whatever is called harmless is harmless; odd bounds that allow nothing may be called worse than they are.
    if tighter:
        assert became in ("narrowed", "changed")
    if looser:
        assert became in ("widened", "changed")
    if old == new:
        assert became == "same"


def test_spans_of_nothing_are_within_all() -> None:
    assert Span(low=0, high=1).holds(Span(low=3, high=2))
    assert not Span(low=0, high=1, low_open=True).meets(Span(low=-1, high=0))
