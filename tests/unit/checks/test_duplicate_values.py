"""Values that come again."""

from __future__ import annotations

from sluice.domain.contract import Bound, Column, ValueCount
from sluice.domain.verdict import Verdict

A, B = Column(name="a"), Column(name="b")


def rule(*columns: str, maximum: float = 1) -> ValueCount:
    return ValueCount(metric="duplicateValues", columns=columns, bound=Bound(maximum=maximum))


def test_rows_that_repeat_a_value_are_counted(measure) -> None:
    data = {"a": [1.0, 1.0, 1.0, None, None, float("nan"), float("nan")]}
    result = measure("duplicate_values", data, A, demands=(rule("a"),))
    assert (result.observed, result.verdict, result.examples) == (2, Verdict.FAIL, ("1.0",))
    assert measure("duplicate_values", data, A, demands=(rule("a", maximum=2),)).verdict is Verdict.PASS


def test_combinations_are_compared_where_all_of_it_is_there(measure) -> None:
    data = {"a": [1, 1, 1, 2, None, None], "b": ["x", "x", "y", "x", "z", "z"]}
    result = measure("duplicate_values", data, A, B, demands=(rule("a", "b", maximum=0),))
    assert (result.observed, result.column, result.examples) == (1, None, ("a=1, b=x",))
    assert result.limit == "duplicate (a, b): at most 0 rows"


def test_a_classified_column_hides_the_combination(measure) -> None:
    hidden = Column(name="b", sensitive=True)
    result = measure("duplicate_values", {"a": [1, 1], "b": [2, 2]}, A, hidden, demands=(rule("a", "b", maximum=0),))
    assert (result.verdict, result.examples) == (Verdict.FAIL, ())
