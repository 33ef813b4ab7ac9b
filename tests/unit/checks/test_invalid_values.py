"""Values that are not valid."""

from __future__ import annotations

import pytest

from sluice.domain.contract import Bound, Column, ValueCount
from sluice.domain.verdict import Verdict

C = Column(name="c")


def rule(maximum: float = 0, **fields: object) -> ValueCount:
    return ValueCount(metric="invalidValues", columns=("c",), bound=Bound(maximum=maximum), **fields)  # pyright: ignore[reportArgumentType]


def test_counts_are_exact(measure) -> None:
    data = {"c": ["kg", "g", "stone", "kgs", None]}
    counts = {
        "list": (rule(valid=("kg", "g")), 2),
        "pattern": (rule(pattern="^k"), 2),
        "short": (rule(min_length=2), 1),
        "long": (rule(max_length=2), 2),
        "both": (rule(valid=("kg", "g", "stone"), pattern="g$"), 2),
    }
    for name, (demand, count) in counts.items():
        assert measure("invalid_values", data, C, demands=(demand,)).observed == count, name


def test_examples_are_the_invalid_values(measure) -> None:
    result = measure("invalid_values", {"c": ["kg", "stone"]}, C, demands=(rule(valid=("kg",)),))
    assert result.examples == ("stone",)


@pytest.mark.parametrize("demand", [rule(valid=("a",)), rule(pattern="a"), rule(min_length=1)])
def test_numbers_are_no_texts(measure, demand: ValueCount) -> None:
    assert measure("invalid_values", {"c": [1]}, C, demands=(demand,)).verdict is Verdict.ERROR
