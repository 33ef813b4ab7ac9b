"""Demands that cannot be measured."""

from __future__ import annotations

from sluice.core.validation import dataset_verdict
from sluice.domain.contract import Unsupported
from sluice.domain.verdict import Verdict


def test_such_a_demand_is_inconclusive_and_says_what_it_is(measure) -> None:
    demand = Unsupported(what="logicalTypeOptions.pattern: '^a'", column="c", line=9)
    result = measure("unsupported", {"c": ["a"]}, demands=(demand,))
    assert (result.verdict, result.limit, result.line) == (Verdict.INCONCLUSIVE, demand.what, 9)
    assert dataset_verdict((result,)) is Verdict.INCONCLUSIVE


def test_a_lighter_severity_does_not_make_it_measured(measure) -> None:
    result = measure("unsupported", {"c": ["a"]}, demands=(Unsupported(what="x", severity="warn"),))
    assert (result.verdict, result.severity) == (Verdict.INCONCLUSIVE, "warn")
    assert dataset_verdict((result,)) is Verdict.INCONCLUSIVE


def test_it_needs_no_column(measure) -> None:
    result = measure("unsupported", {"c": ["a"]}, demands=(Unsupported(what="x", column="absent"),))
    assert result.verdict is Verdict.INCONCLUSIVE
