"""Values that must not come twice."""

from __future__ import annotations

from sluice.domain.contract import Column
from sluice.domain.verdict import Verdict

COLUMN = Column(name="c", unique=True)


def test_different_values_pass(measure) -> None:
    assert measure("unique", {"c": [3, 1, 2]}, COLUMN).verdict is Verdict.PASS


def test_repetitions_are_counted_and_shown_in_order(measure) -> None:
    result = measure("unique", {"c": ["b", "a", "b", "b", "a", "c"]}, COLUMN)
    assert (result.verdict, result.n_failed, result.examples) == (Verdict.FAIL, 3, ("a", "b"))
    assert result.message == "3 of 6 rows repeat a value"


def test_missing_values_are_not_compared(measure) -> None:
    assert measure("unique", {"c": [None, None, 1]}, COLUMN).verdict is Verdict.PASS
    assert measure("unique", {"c": [float("nan"), float("nan"), 1.0, None]}, COLUMN).verdict is Verdict.PASS


def test_floats_are_compared_exactly(measure) -> None:
    result = measure("unique", {"c": [0.1, 0.1 + 1e-18, 0.30000000000000004, 0.3]}, COLUMN)
    assert (result.n_failed, result.examples) == (1, ("0.1",))


def test_sensitive_values_are_not_shown(measure) -> None:
    result = measure("unique", {"c": ["secret", "secret"]}, Column(name="c", unique=True, sensitive=True))
    assert (result.n_failed, result.examples) == (1, ())


def test_many_rows_are_counted_exactly(measure) -> None:
    import numpy as np

    values = np.random.default_rng(7).permutation(np.concatenate([np.arange(100_000), [5, 5, 17]]))
    result = measure("unique", {"c": values}, COLUMN)
    assert (result.n_failed, result.examples) == (3, ("5", "17"))


def test_nested_columns_can_be_unique(measure) -> None:
    assert measure("unique", {"c": [[1], [1], [2]]}, COLUMN).n_failed == 1


def test_a_column_of_nulls_has_nothing_twice(measure) -> None:
    import pyarrow as pa

    assert measure("unique", {"c": pa.nulls(3)}, COLUMN).verdict is Verdict.PASS
