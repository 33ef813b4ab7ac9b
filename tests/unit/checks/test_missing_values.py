"""Values that stand for missing ones."""

from __future__ import annotations

import pytest

from sluice.domain.contract import Bound, Column, ValueCount
from sluice.domain.verdict import Verdict

C = Column(name="c")


def rule(*missing: object, **bound: object) -> ValueCount:
    return ValueCount(metric="missingValues", columns=("c",), bound=Bound(**bound), missing=missing)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("missing", "count"), [((None, "", "N/A"), 3), (("",), 1), ((None,), 1), ((5, "N/A"), 1), ((5,), 0)]
)
def test_the_listed_values_are_counted(measure, missing: tuple[object, ...], count: int) -> None:
    result = measure("missing_values", {"c": ["", None, "N/A", "x"]}, C, demands=(rule(*missing, maximum=2),))
    assert (result.observed, result.verdict) == (count, Verdict.FAIL if count > 2 else Verdict.PASS)


def test_numbers(measure) -> None:
    data = {"c": [-999.0, float("nan"), None, 1.0]}
    assert measure("missing_values", data, C, demands=(rule(None, -999, maximum=0),)).observed == 3
    assert measure("missing_values", data, C, demands=(rule(-999, maximum=0),)).observed == 1


def test_two_rules_with_different_lists_are_two_demands(measure) -> None:
    first, second = rule("", maximum=0), rule("N/A", maximum=0)
    assert measure("missing_values", {"c": ["N/A"]}, C, demands=(first,)).verdict is Verdict.PASS
    assert measure("missing_values", {"c": ["N/A"]}, C, demands=(second,)).verdict is Verdict.FAIL
