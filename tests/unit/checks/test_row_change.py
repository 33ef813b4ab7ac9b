"""The number of rows against the reference's."""

from __future__ import annotations

import pytest

from sluice.checks import row_change
from sluice.domain.check import Observation
from sluice.domain.contract import Contract, RowChange
from sluice.domain.verdict import Verdict

BOTH = RowChange(max_fall=0.3, max_rise=0.5)


def change(measure, rows: int, reference: int | None, demand: RowChange = BOTH):
    return measure("row_change", {"c": list(range(rows))}, demands=(demand,), reference_rows=reference)


@pytest.mark.parametrize(
    ("rows", "reference", "verdict", "observed"),
    [
        (70, 100, Verdict.PASS, -0.3),
        (69, 100, Verdict.FAIL, -0.31),
        (150, 100, Verdict.PASS, 0.5),
        (151, 100, Verdict.FAIL, 0.51),
        (100, 100, Verdict.PASS, 0.0),
    ],
)
def test_both_ends_are_allowed(measure, rows: int, reference: int, verdict: Verdict, observed: float) -> None:
    result = change(measure, rows, reference)
    assert (result.verdict, result.observed) == (verdict, observed)
    assert result.limit == "at most 30 % fewer and at most 50 % more rows than the reference"


def test_a_side_without_a_limit_is_free(measure) -> None:
    assert change(measure, 1, 1000, RowChange(max_rise=0.0)).verdict is Verdict.PASS
    assert change(measure, 1000, 1, RowChange(max_fall=0.0)).verdict is Verdict.PASS


def test_the_sentence(measure) -> None:
    assert change(measure, 20, 100).message == "20 rows: 80.0% fewer than the reference"
    result = change(measure, 300, 100, RowChange(max_rise=0.5, severity="warn"))
    assert (result.verdict, result.message) == (Verdict.WARN, "300 rows: 200.0% more than the reference")


def test_without_a_reference_nothing_is_measured(measure) -> None:
    result = change(measure, 20, None)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "state `reference` for this source in sluice.yaml" in result.message
    assert change(measure, 20, 0).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("observed", [None, True, -1.5, "anything"])
def test_numbers_that_cannot_be_are_never_a_pass(observed: object) -> None:
    (spec,) = row_change.specs(Contract(name="x", version="1", columns=(), demands=(BOTH,)))
    judged = row_change.judge(spec, Observation(observed=observed, n_rows=5))  # pyright: ignore[reportArgumentType]
    assert not judged.verdict.opens
