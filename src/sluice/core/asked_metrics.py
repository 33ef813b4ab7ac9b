"""The metrics that somebody asks for by name: measured, or with the reason why they are not."""

from __future__ import annotations

from dataclasses import replace

from sluice.domain.config import Config, Evaluation
from sluice.domain.evaluation import EvaluationResult, MetricValue
from sluice.domain.gates import gated
from sluice.metrics import lacking, metric_named


def asked(evaluation: Evaluation, *configs: Config | None) -> Evaluation:
    """``evaluation`` with a report of every metric that the gates and reports of ``configs`` name.

    What Sluice does not know is left out: gates may name any number of a metric file.
    """
    names = [name for config in configs if config is not None for name in _named(config)]
    known = (name for name in dict.fromkeys((*evaluation.report, *names)) if metric_named(name) is not None)
    return replace(evaluation, report=tuple(known))


def _named(config: Config) -> tuple[str, ...]:
    return (*gated(config.gates), *(config.evaluation.report if config.evaluation is not None else ()))


def with_reasons(result: EvaluationResult, evaluation: Evaluation) -> EvaluationResult:
    """The result with why those of ``evaluation.report`` have no value that neither predictions nor files have."""
    there = {value.metric for value in result.metrics}
    absent = [metric for name in evaluation.report if name not in there and (metric := metric_named(name)) is not None]
    told = (
        MetricValue(
            metric=metric.name,
            value=None,
            unit=metric.unit,
            direction=metric.direction,
            reason=lacking(metric, evaluation),
            reason_code="metric",
        )
        for metric in absent
    )
    return replace(result, metrics=(*result.metrics, *told))
