"""Functions of the user's own, called on the predictions of both models."""

from __future__ import annotations

from collections.abc import Iterator

from sluice.core.own_metrics import evaluate_own
from sluice.domain.config import Evaluation
from sluice.domain.evaluation import EvaluationResult
from sluice.domain.functions import Answer, Ask
from sluice.domain.metric import Metric
from sluice.domain.ports import PredictionsFile
from sluice.domain.predictions import Predictions
from sluice.pipeline.order import Workshop


def own_results(
    evaluation: Evaluation,
    candidate: Predictions | PredictionsFile,
    baseline: Predictions | PredictionsFile | None,
    shop: Workshop,
    mark: str,
) -> EvaluationResult:
    """What every function of ``evaluation.functions`` makes of the predictions; the code called is the work tree's."""

    def call(metric: Metric, asks: Iterator[Ask]) -> tuple[Answer, ...]:
        function = evaluation.functions[metric.name]
        shop.say(f"evaluation: {metric.name} by {function.call}")
        return shop.function(function.call, asks, fingerprint=mark, timeout_s=function.timeout_s)

    return evaluate_own(candidate, evaluation, baseline, call)
