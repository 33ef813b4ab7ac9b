"""How many rows a table has."""

from __future__ import annotations

import pytest

from sluice.checks import row_count
from sluice.domain.contract import Bound, Contract, RowCount
from sluice.domain.verdict import Verdict


@pytest.mark.parametrize(
    ("demand", "verdict"),
    [
        (RowCount(bound=Bound(minimum=3)), Verdict.PASS),
        (RowCount(bound=Bound(minimum=1, maximum=3)), Verdict.PASS),
        (RowCount(bound=Bound(minimum=3, maximum=3)), Verdict.PASS),
        (RowCount(bound=Bound(minimum=4)), Verdict.FAIL),
        (RowCount(bound=Bound(minimum=1, maximum=2)), Verdict.FAIL),
    ],
)
def test_both_ends_belong_to_the_range(measure, demand: RowCount, verdict: Verdict) -> None:
    result = measure("row_count", {"c": [1, 2, 3]}, demands=(demand,))
    assert (result.verdict, result.observed) == (verdict, 3)


def test_an_empty_table_fails_without_being_asked(measure) -> None:
    import pyarrow as pa

    result = measure("row_count", {"c": pa.array([], pa.int64())})
    assert (result.verdict, result.limit, result.message) == (Verdict.FAIL, "at least 1 row", "the table has no rows")


def _specs(demand: RowCount | None) -> list[tuple[str, str]]:
    contract = Contract(name="x", version="1", columns=(), demands=() if demand is None else (demand,))
    return [(spec.limit, spec.severity) for spec in row_count.specs(contract)]


def test_a_contract_cannot_allow_an_empty_table() -> None:
    assert _specs(None) == [("at least 1 row", "fail")]
    assert _specs(RowCount(bound=Bound(minimum=5))) == [("at least 5 rows", "fail")]
    assert _specs(RowCount(bound=Bound(maximum=5))) == [("at least 1 row", "fail"), ("at most 5 rows", "fail")]
    assert _specs(RowCount(bound=Bound(minimum=1), severity="warn")) == [("at least 1 row", "fail")]
    assert _specs(RowCount(bound=Bound(minimum=5), severity="warn")) == [
        ("at least 1 row", "fail"),
        ("at least 5 rows", "warn"),
    ]
