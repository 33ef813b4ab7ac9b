"""The JSON documents of `evaluate` and `gate`: the fields that people rely on, and no number that JSON lacks."""

from __future__ import annotations

import json

from sluice.core.gate import decide_error
from sluice.core.shapes import evaluation_shape, gate_shape
from sluice.domain.evaluation import Comparison, EvaluationResult, MetricValue
from sluice.domain.verdict import Verdict

RESULT = EvaluationResult(
    n=100,
    metrics=(
        MetricValue(metric="roc_auc", value=0.9, ci_low=0.8, ci_high=0.95, ci_level=0.95, n=100, direction="higher"),
        MetricValue(metric="recall", slice="region=a", value=None, n=3, reason="only 3 rows, at least 30 are needed"),
    ),
    comparisons=(Comparison(metric="roc_auc", candidate=0.9, baseline=0.8, difference=0.1, method="point"),),
)


def test_evaluation() -> None:
    shape = json.loads(json.dumps(evaluation_shape(RESULT, Verdict.PASS), allow_nan=False))
    assert (shape["verdict"], shape["n"]) == ("pass", 100)
    assert set(shape["metrics"][0]) >= set("metric slice value ci_low ci_high ci_level n unit direction".split())
    assert (shape["metrics"][1]["value"], shape["metrics"][1]["reason"]) == (
        None,
        "only 3 rows, at least 30 are needed",
    )
    fields = "metric slice candidate baseline difference ci_low ci_high method".split()
    assert set(shape["comparisons"][0]) >= set(fields)


def test_gate() -> None:
    decision = decide_error("config", "no metric", head_sha="a" * 40, base_sha="b" * 40, policy_sha256="c" * 64)
    shape = json.loads(json.dumps(gate_shape(decision), allow_nan=False))
    asked = "verdict open head_sha base_sha policy_sha256 evidence_sha256 results overridden_by".split()
    assert set(shape) >= set(asked)
    assert (shape["verdict"], shape["open"], shape["overridden_by"]) == ("error", False, None)
    result = "gate verdict severity observed baseline limit reason_code message".split()
    assert set(shape["results"][0]) >= set(result)
