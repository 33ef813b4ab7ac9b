"""Keys of several columns."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sluice.domain.contract import Column, Key
from sluice.domain.verdict import Verdict

A, B = Column(name="a"), Column(name="b")
DATA = {"a": [1, 1, 2, None], "b": ["x", "x", "x", "y"]}


def test_a_primary_key_is_whole_and_comes_once(measure) -> None:
    result = measure("key", DATA, A, B, demands=(Key(columns=("a", "b"), primary=True, line=4),))
    assert (result.n_failed, result.limit, result.examples) == (2, "primary key a, b", ("a=1, b=x",))
    assert (result.verdict, result.line) == (Verdict.FAIL, 4)


def test_another_key_may_lack_a_part(measure) -> None:
    result = measure("key", DATA, A, B, demands=(Key(columns=("a", "b")),))
    assert (result.n_failed, result.limit) == (1, "unique together: a, b")


def test_a_key_of_one_column(measure) -> None:
    result = measure("key", {"a": [1, 1]}, A, demands=(Key(columns=("a",)),))
    assert (result.n_failed, result.examples) == (1, ("1",))


def test_an_absent_column_is_an_error(measure) -> None:
    result = measure("key", {"a": [1]}, A, B, demands=(Key(columns=("a", "b"), primary=True),))
    assert (result.verdict, result.message) == (Verdict.ERROR, "column is missing")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.none() | st.integers(0, 3), st.none() | st.integers(0, 3)), min_size=1, max_size=20))
def test_the_count_is_that_of_plain_sets(measure, rows: list[tuple[int | None, int | None]]) -> None:
    import pyarrow as pa

    data = {"a": pa.array([row[0] for row in rows], pa.int64()), "b": pa.array([row[1] for row in rows], pa.int64())}
    whole = [row for row in rows if None not in row]
    result = measure("key", data, A, B, demands=(Key(columns=("a", "b"), primary=True),))
    assert result.n_failed == len(whole) - len(set(whole)) + len(rows) - len(whole)
