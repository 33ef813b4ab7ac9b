"""The JSON documents that ``--json`` prints; fields may be added to them, and are never renamed."""

from __future__ import annotations

from math import isfinite
from typing import Any

from sluice.domain.confusion import Confusion
from sluice.domain.curves import Curve, Line
from sluice.domain.decision import Decision, GateResult
from sluice.domain.drift import AspectDrift, ClassifierDrift, ColumnDrift, DriftResult
from sluice.domain.evaluation import Comparison, EvaluationResult, MetricValue
from sluice.domain.model import ModelArtifact
from sluice.domain.validation import CheckResult, DatasetResult
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


def drift_shape(result: DriftResult) -> dict[str, Any]:
    """What ``sluice drift --json`` prints; a number that is null has its reason in the message."""
    return {
        "verdict": result.verdict.value,
        "n_reference": result.n_reference,
        "n_current": result.n_current,
        "columns": [_column_drift_shape(column) for column in result.columns],
        "dataset": result.dataset,
        "reference": result.reference,
        "classifier": None if result.classifier is None else _classifier_shape(result.classifier),
        "reference_sha256": result.reference_sha256,
        "current_sha256": result.current_sha256,
        "message": result.message,
    }


def _column_drift_shape(column: ColumnDrift) -> dict[str, Any]:
    return {
        "column": column.column,
        "kind": column.kind,
        "test": column.test,
        "statistic": _finite(column.statistic),
        "p_value": _finite(column.p_value),
        "p_adjusted": _finite(column.p_adjusted),
        "effect_size": _finite(column.effect_size),
        "effect": column.effect,
        "n_reference": column.n_reference,
        "n_current": column.n_current,
        "verdict": column.verdict.value,
        "message": column.message,
        "aspect": column.aspect,
        "limit": _finite(column.limit),
        "detectable": _finite(column.detectable),
        "aspects": [_aspect_shape(aspect) for aspect in column.aspects],
    }


def _aspect_shape(aspect: AspectDrift) -> dict[str, Any]:
    histogram = aspect.histogram
    return {
        "name": aspect.name,
        "test": aspect.test,
        "statistic": _finite(aspect.statistic),
        "p_value": _finite(aspect.p_value),
        "measures": {name: _finite(value) for name, value in aspect.measures.items()},
        "detectable": {name: _finite(value) for name, value in aspect.detectable.items()},
        "error_bound": _finite(aspect.error_bound),
        "n_reference": aspect.n_reference,
        "n_current": aspect.n_current,
        "new": list(aspect.new),
        "vanished": list(aspect.vanished),
        "dimensions": [list(moved) for moved in aspect.dimensions],
        "histogram": histogram
        and {
            "labels": list(histogram.labels),
            "reference": list(histogram.reference),
            "current": list(histogram.current),
        },
        "reason": aspect.reason,
    }


def _classifier_shape(found: ClassifierDrift) -> dict[str, Any]:
    return {
        "auc": _finite(found.auc),
        "ci_low": _finite(found.ci_low),
        "ci_high": _finite(found.ci_high),
        "p_value": _finite(found.p_value),
        "n_reference": found.n_reference,
        "n_current": found.n_current,
        "columns": [{"column": name, "loss": _finite(loss)} for name, loss in found.columns],
        "verdict": found.verdict.value,
        "message": found.message,
    }


def _finite(number: float | None) -> float | None:
    return number if number is not None and isfinite(number) else None


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
        "confusion": _confusion_shape(result.confusion),
        "curves": [_curve_shape(curve) for curve in result.curves.curves] if result.curves else [],
    }


def _curve_shape(curve: Curve) -> dict[str, Any]:
    return {
        "kind": curve.kind,
        "class": curve.of,
        "candidate": _line_shape(curve.candidate),
        "baseline": _line_shape(curve.baseline),
        "candidate_reason": curve.candidate_reason,
        "baseline_reason": curve.baseline_reason,
    }


def _line_shape(line: Line | None) -> dict[str, Any] | None:
    if line is None:
        return None
    columns = {"x": line.x, "y": line.y, "ci_low": line.low, "ci_high": line.high, "n": line.n}
    return {name: list(values) for name, values in columns.items() if values}


def _confusion_shape(confused: Confusion | None) -> dict[str, Any] | None:
    if confused is None:
        return None
    return {
        "classes": list(confused.classes),
        "candidate": [list(row) for row in confused.candidate],
        "baseline": [list(row) for row in confused.baseline],
        "reason": confused.reason,
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
        "p_value": compared.p_value,
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


def model_shape(found: ModelArtifact, path: str) -> dict[str, Any]:
    """What ``sluice model inspect --json`` prints; ``path`` is the model as it was named."""
    return {
        "verdict": found.verdict.value,
        "path": path,
        "format": found.format,
        "sha256": found.sha256,
        "n_bytes": found.n_bytes,
        "n_files": found.n_files,
        "globals": list(found.globals_named),
        "message": found.message,
    }
