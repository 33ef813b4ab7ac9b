"""The JSON documents that ``--json`` prints; fields may be added to them, and are never renamed."""

from __future__ import annotations

from typing import Any

from sluice.domain.records import (
    CheckResult,
    Comparison,
    DatasetResult,
    Decision,
    EvaluationResult,
    GateResult,
    MetricValue,
)
from sluice.domain.verdict import Verdict


def validation_shape(result: DatasetResult) -> dict[str, Any]:
    """What ``sluice validate --json`` prints."""
    return {
        "verdict": result.verdict.value,
        "dataset": result.dataset,
        "n_rows": result.n_rows,
        "n_columns": result.n_columns,
        "results": [_check_shape(check) for check in result.results],
        "source": result.source,
        "data_sha256": result.data_sha256,
        "contract": result.contract_path,
        "contract_sha256": result.contract_sha256,
        "message": result.message,
    }


def _check_shape(result: CheckResult) -> dict[str, Any]:
    return {
        "check": result.check,
        "column": result.column,
        "verdict": result.verdict.value,
        "observed": result.observed,
        "limit": result.limit,
        "n_rows": result.n_rows,
        "n_failed": result.n_failed,
        "examples": list(result.examples),
        "message": result.message,
        "severity": result.severity,
        "line": result.line,
    }


def evaluation_shape(result: EvaluationResult, verdict: Verdict) -> dict[str, Any]:
    """What ``sluice evaluate --json`` prints."""
    return {
        "verdict": verdict.value,
        "n": result.n,
        "metrics": [_metric_shape(value) for value in result.metrics],
        "comparisons": [_comparison_shape(compared) for compared in result.comparisons],
        "baseline": result.baseline,
        "predictions_sha256": result.predictions_sha256,
        "baseline_sha256": result.baseline_sha256,
        "message": result.message,
    }


def _metric_shape(value: MetricValue) -> dict[str, Any]:
    return {
        "metric": value.metric,
        "slice": value.slice,
        "value": value.value,
        "ci_low": value.ci_low,
        "ci_high": value.ci_high,
        "ci_level": value.ci_level,
        "n": value.n,
        "unit": value.unit,
        "direction": value.direction,
        "source": value.source,
        "reason": value.reason,
    }


def _comparison_shape(compared: Comparison) -> dict[str, Any]:
    return {
        "metric": compared.metric,
        "slice": compared.slice,
        "candidate": compared.candidate,
        "baseline": compared.baseline,
        "difference": compared.difference,
        "ci_low": compared.ci_low,
        "ci_high": compared.ci_high,
        "ci_level": compared.ci_level,
        "n": compared.n,
        "method": compared.method,
        "direction": compared.direction,
        "reason": compared.reason,
    }


def gate_shape(decision: Decision) -> dict[str, Any]:
    """What ``sluice gate --json`` prints."""
    return {
        "verdict": decision.verdict.value,
        "open": decision.open,
        "head_sha": decision.head_sha,
        "base_sha": decision.base_sha,
        "policy_sha256": decision.policy_sha256,
        "evidence_sha256": decision.evidence_sha256,
        "results": [_gate_result_shape(result) for result in decision.results],
        "overridden_by": decision.overridden_by,
        "enforced": decision.enforced,
        "skipped": list(decision.skipped),
    }


def _gate_result_shape(result: GateResult) -> dict[str, Any]:
    return {
        "gate": result.gate,
        "verdict": result.verdict.value,
        "severity": result.severity,
        "observed": result.observed,
        "baseline": result.baseline,
        "limit": result.limit,
        "reason_code": result.reason_code,
        "message": result.message,
        "stage": result.stage,
        "line": result.line,
    }
