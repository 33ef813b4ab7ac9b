"""What people may do about a gate: another thing for what serving costs than for what rows of a file tell."""

from __future__ import annotations

import pytest

from sluice.core.remedies import remedy
from sluice.domain.decision import GateResult
from sluice.domain.verdict import Verdict


def gate(name: str, code: str) -> GateResult:
    return GateResult(
        gate=name,
        stage="evaluation",
        verdict=Verdict.INCONCLUSIVE,
        severity="fail",
        observed=None,
        baseline=None,
        limit=None,
        reason_code=code,
        message="",
    )


@pytest.mark.parametrize(
    ("code", "served", "otherwise"),
    [
        ("not-enough-evidence", "requests", "rows"),
        ("no-baseline", "the base can be served", "results to compare with"),
        ("missing-evidence", "counters of energy", "Run it again"),
        ("metric", "write this metric", "write this metric"),
    ],
)
def test_what_serving_costs_has_remedies_of_its_own(code: str, served: str, otherwise: str) -> None:
    assert served in remedy(gate("latency_p99_ms.max_rise", code), None)
    assert otherwise in remedy(gate("roc_auc.max_drop", code), None)
