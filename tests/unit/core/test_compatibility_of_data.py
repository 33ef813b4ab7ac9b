"""What is called harmless is harmless: data that keeps one contract keeps the other as well."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sluice.adapters.tables import open_table
from sluice.core.compatibility import breaks, changes
from sluice.core.validation import run_checks
from sluice.domain.contract import Bound, Column, Contract, Demand, Key, RowCount, ValueCount
from sluice.domain.evolution import Compatibility
from sluice.domain.verdict import Verdict

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SEVERITIES: st.SearchStrategy[Any] = st.sampled_from(["fail", "fail", "fail", "warn"])


NUMBER: dict[str, st.SearchStrategy[Any]] = {
    "logical_type": st.sampled_from(["integer", "number"]),
    "physical_type": st.sampled_from(["tinyint", "bigint", "double"]),
    "required": st.booleans(),
    "unique": st.booleans(),
    "minimum": st.integers(-1, 3),
    "maximum": st.integers(1, 4),
    "exclusive_minimum": st.booleans(),
    "exclusive_maximum": st.booleans(),
    "multiple_of": st.sampled_from([1, 2, 4, 0.5]),
    "allowed": st.lists(st.integers(0, 4), min_size=3, unique=True).map(tuple),
}
TEXT: dict[str, st.SearchStrategy[Any]] = {
    "logical_type": st.just("string"),
    "required": st.booleans(),
    "unique": st.booleans(),
    "min_length": st.integers(0, 2),
    "max_length": st.integers(1, 3),
    "pattern": st.sampled_from(["a", "^b"]),
}


@st.composite
def columns(draw: st.DrawFn, name: str, aspects: dict[str, st.SearchStrategy[Any]]) -> Column:
    """A column of which few things are demanded, so that some data keeps them."""
    chosen = draw(st.lists(st.sampled_from(sorted(aspects)), max_size=3, unique=True))
    return Column(name=name, severity=draw(SEVERITIES), **{aspect: draw(aspects[aspect]) for aspect in chosen})


numbers, texts = columns("n", NUMBER), columns("t", TEXT)


@st.composite
def bounds(draw: st.DrawFn, unit: Any) -> Bound:
    low, high = sorted(draw(st.tuples(st.integers(0, 4), st.integers(0, 4))))
    scale = 20 if unit == "percent" else 1
    return Bound(
        minimum=draw(st.none() | st.just(low * scale)),
        maximum=draw(st.none() | st.just(high * scale)),
        exclusive_maximum=draw(st.booleans()),
        negated=draw(st.booleans()),
        unit=unit,
    )


@st.composite
def demands(draw: st.DrawFn) -> Demand:
    """One demand on the whole table."""
    weight = draw(SEVERITIES)
    metric: Any = draw(st.sampled_from(["nullValues", "duplicateValues"]))
    counted = draw(bounds(draw(st.sampled_from(["rows", "percent"]))))
    return draw(
        st.sampled_from(
            [
                RowCount(bound=draw(bounds("rows")), severity=weight),
                ValueCount(metric=metric, columns=("n",), bound=counted, severity=weight),
                Key(columns=("n", "t"), severity=weight),
                Key(columns=("n", "t"), primary=True, severity=weight),
                Key(columns=("t",), severity=weight),
            ]
        )
    )


contracts = st.builds(
    lambda columns, found: Contract(name="t", version="1", columns=columns, demands=tuple(found)),
    st.tuples(numbers, texts),
    st.lists(demands(), max_size=1),
)
row = st.tuples(st.none() | st.integers(0, 4), st.none() | st.sampled_from(["", "a", "ba", "bab"]))
rows = st.lists(row, min_size=1, max_size=5)


def kept(folder: Path, contract: Contract) -> bool:
    """Whether the data lets the gate open; nothing measured keeps nothing."""
    with open_table(folder, "data.parquet") as table:
        result = run_checks(table, contract, dataset="t", source="data.parquet", now=NOW)
    return result.verdict in (Verdict.PASS, Verdict.WARN)


@pytest.mark.parametrize("mode", ["backward", "forward"])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(old=contracts, changed=st.data(), data=rows)
def test_harmless_changes_are_harmless(
    tmp_path: Path, mode: Compatibility, old: Contract, changed: st.DataObject, data: list[tuple[Any, Any]]
) -> None:
    # One part of the contract anew, so that many changes are small enough to be harmless.
    number, text = old.columns
    new = changed.draw(
        st.one_of(
            st.builds(lambda one: Contract(name="t", version="2", columns=(one, text), demands=old.demands), numbers),
            st.builds(lambda one: Contract(name="t", version="2", columns=(number, one), demands=old.demands), texts),
            st.builds(
                lambda found: Contract(name="t", version="2", columns=old.columns, demands=tuple(found)),
                st.lists(demands(), max_size=2),
            ),
        )
    )
    if breaks(changes(old, new), mode):
        return
    columns = {
        "n": pa.array([row[0] for row in data], pa.int64()),
        "t": pa.array([row[1] for row in data], pa.string()),
    }
    pq.write_table(pa.table(columns), tmp_path / "data.parquet")
    written, read = (old, new) if mode == "backward" else (new, old)
    assert kept(tmp_path, read) or not kept(tmp_path, written)
