"""The shares of a label's classes."""

from __future__ import annotations

import math
from typing import Any

import pytest

from sluice.checks import class_balance
from sluice.domain.contract import ClassBalance, Column, Contract
from sluice.domain.verdict import Verdict

LEAST = ClassBalance(label="y", min_share=0.05)
MOST = ClassBalance(label="y", max_share=0.9)


def balance(measure, values: Any, demand: ClassBalance, column: Column | None = None):
    return measure("class_balance", {"y": values}, column or Column(name="y"), demands=(demand,))


def test_the_least_share_is_allowed_itself(measure) -> None:
    result = balance(measure, [1] * 5 + [0] * 95, LEAST)
    assert (result.verdict, result.observed, result.n_failed) == (Verdict.PASS, 0.05, 0)
    assert result.limit == "each class at least 5 % of the rows"
    result = balance(measure, [1] * 4 + [2] * 3 + [0] * 93, LEAST)
    assert (result.verdict, result.observed, result.n_failed) == (Verdict.FAIL, 0.03, 7)
    assert result.examples == ("1", "2")
    assert result.message == "the smallest class has 3 % of the rows"


def test_the_greatest_share_is_allowed_itself(measure) -> None:
    assert balance(measure, ["a"] * 90 + ["b"] * 10, MOST).verdict is Verdict.PASS
    result = balance(measure, ["a"] * 91 + ["b"] * 9, MOST)
    assert (result.verdict, result.observed, result.n_failed, result.examples) == (Verdict.FAIL, 0.91, 91, ("a",))


def test_a_single_class_is_not_balanced(measure) -> None:
    assert balance(measure, [True] * 50, LEAST).verdict is Verdict.FAIL
    result = balance(measure, [True] * 50, LEAST)
    assert (result.observed, result.message) == (0.0, "a class has 0 % of the rows")
    assert balance(measure, [True] * 50, MOST).verdict is Verdict.FAIL


def test_a_class_that_the_contract_lists_must_be_there(measure) -> None:
    listed = Column(name="y", allowed=("a", "b", "c"))
    assert balance(measure, ["a", "b", "c"] * 10, LEAST, listed).verdict is Verdict.PASS
    result = balance(measure, ["a", "b"] * 10, LEAST, listed)
    assert (result.verdict, result.observed) == (Verdict.FAIL, 0.0)
    assert result.limit == 'each class at least 5 % of the rows: "a", "b", "c"'
    assert balance(measure, [1, 2] * 10, LEAST, listed).verdict is Verdict.FAIL


def test_shares_are_of_rows_with_a_label(measure) -> None:
    assert balance(measure, [1.0, 1.0, 0.0, 0.0] + [None] * 96, LEAST).observed == 0.5
    assert balance(measure, [1.0, 1.0, 0.0, 0.0] + [math.nan] * 96, MOST).observed == 0.5


def test_no_label_at_all_says_nothing(measure) -> None:
    import pyarrow as pa

    assert balance(measure, pa.array([None, None], pa.int64()), LEAST).verdict is Verdict.INCONCLUSIVE
    assert balance(measure, pa.array([], pa.int64()), MOST).verdict is Verdict.INCONCLUSIVE
    assert balance(measure, pa.array([[1], [2]]), LEAST).verdict is Verdict.ERROR
    assert measure("class_balance", {"x": [1]}, demands=(LEAST,)).verdict is Verdict.ERROR


def test_classified_labels_are_not_shown(measure) -> None:
    result = balance(measure, ["a"] * 99 + ["b"], LEAST, Column(name="y", sensitive=True))
    assert (result.verdict, result.examples) == (Verdict.FAIL, ())


@pytest.mark.parametrize(
    ("demand", "limits"),
    [
        (ClassBalance(label="y", min_share=0.1, max_share=0.6), ["each class at least 10 %", "no class over 60 %"]),
        (ClassBalance(label="y", min_share=0.1), ["each class at least 10 %"]),
        (ClassBalance(label="y", max_share=0.123456), ["no class over 12.3456 %"]),
    ],
)
def test_each_end_is_a_demand_of_its_own(demand: ClassBalance, limits: list[str]) -> None:
    found = class_balance.specs(Contract(name="x", version="1", columns=(), demands=(demand,)))
    assert [spec.limit.removesuffix(" of the rows") for spec in found] == limits
