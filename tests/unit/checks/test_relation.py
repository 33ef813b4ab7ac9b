"""Foreign keys."""

from __future__ import annotations

from sluice.domain.contract import Column, Relation
from sluice.domain.verdict import Verdict

A, B = Column(name="a"), Column(name="b")
ONE = Relation(columns=("a",), table="other", to=("id",))


def test_values_that_are_not_there_are_counted_and_shown(measure) -> None:
    result = measure("relation", {"a": [1, 2, 3, 3, None]}, A, demands=(ONE,), related={"other": {"id": [1, 2, None]}})
    assert (result.n_failed, result.column, result.limit) == (2, "a", "a in other (id)")
    assert (result.verdict, result.examples) == (Verdict.FAIL, ("3",))
    assert result.message == "2 of 5 rows name something that is not in `other`"


def test_combinations(measure) -> None:
    demand = Relation(columns=("a", "b"), table="other", to=("x", "y"))
    data = {"a": [1, 1, 2, None], "b": ["p", "q", "p", "p"]}
    other = {"x": [1, 2], "y": ["p", "p"]}
    result = measure("relation", data, A, B, demands=(demand,), related={"other": other})
    assert (result.n_failed, result.column, result.examples) == (1, None, ("a=1, b=q",))


def test_a_text_names_a_number(measure) -> None:
    result = measure("relation", {"a": ["1", "x"]}, A, demands=(ONE,), related={"other": {"id": [1]}})
    assert result.n_failed == 1


def test_without_the_other_table_nothing_is_known(measure) -> None:
    result = measure("relation", {"a": [1]}, A, demands=(ONE,))
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.message.endswith("list it under `data` in sluice.yaml, or use `--table other=PATH`")


def test_an_absent_column_of_the_other_table_is_an_error(measure) -> None:
    result = measure("relation", {"a": [1]}, A, demands=(ONE,), related={"other": {"key": [1]}})
    assert (result.verdict, result.observed) == (Verdict.ERROR, "refused")


def test_classified_values_are_not_shown(measure) -> None:
    hidden = Column(name="a", sensitive=True)
    result = measure("relation", {"a": [7]}, hidden, demands=(ONE,), related={"other": {"id": [1]}})
    assert (result.verdict, result.examples) == (Verdict.FAIL, ())
