"""Evaluation metrics, one file each; a new one is a file, a test file, a line here and its name for policies.

The names stand in ``sluice.domain.metric_names``, where what reads a policy finds them; a test holds the two together.

Nothing here loads scikit-learn or NumPy before a value is asked for: the gate reads names, ranges and directions only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sluice.domain.config import Evaluation
from sluice.domain.metric import Family, Metric
from sluice.metrics.accuracy import ACCURACY
from sluice.metrics.average_precision import AVERAGE_PRECISION
from sluice.metrics.balanced_accuracy import BALANCED_ACCURACY
from sluice.metrics.brier import BRIER
from sluice.metrics.ece import ECE
from sluice.metrics.event_precision import EVENT_PRECISION
from sluice.metrics.event_recall import EVENT_RECALL
from sluice.metrics.f1 import F1
from sluice.metrics.f1_macro import F1_MACRO
from sluice.metrics.false_positive_rate import FALSE_POSITIVE_RATE
from sluice.metrics.fbeta import FBETA
from sluice.metrics.interval_coverage import INTERVAL_COVERAGE
from sluice.metrics.interval_width import INTERVAL_WIDTH
from sluice.metrics.lead_time import LEAD_TIME
from sluice.metrics.log_loss import LOG_LOSS
from sluice.metrics.log_loss_multiclass import LOG_LOSS_MULTICLASS
from sluice.metrics.mae import MAE
from sluice.metrics.mape import MAPE
from sluice.metrics.mase import MASE
from sluice.metrics.matthews import MATTHEWS
from sluice.metrics.mrr import MRR
from sluice.metrics.ndcg import NDCG
from sluice.metrics.own import directed_metric, own_metric
from sluice.metrics.pinball import PINBALL
from sluice.metrics.precision import PRECISION
from sluice.metrics.precision_at_recall import PRECISION_AT_RECALL
from sluice.metrics.r2 import R2
from sluice.metrics.recall import RECALL
from sluice.metrics.recall_at import RECALL_AT
from sluice.metrics.recall_at_precision import RECALL_AT_PRECISION
from sluice.metrics.rmse import RMSE
from sluice.metrics.roc_auc import ROC_AUC
from sluice.metrics.roc_auc_ovr import ROC_AUC_OVR
from sluice.metrics.selection_rate import SELECTION_RATE
from sluice.metrics.serving import SERVING
from sluice.metrics.specificity import SPECIFICITY

METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        *(ROC_AUC, AVERAGE_PRECISION, LOG_LOSS, BRIER, ECE),
        *(ACCURACY, BALANCED_ACCURACY, PRECISION, RECALL, SPECIFICITY, F1, F1_MACRO, MATTHEWS),
        *(SELECTION_RATE, FALSE_POSITIVE_RATE),
        *(ROC_AUC_OVR, LOG_LOSS_MULTICLASS),
        *(RMSE, MAE, R2, MAPE, MASE, INTERVAL_COVERAGE, INTERVAL_WIDTH),
        MRR,
    )
}

FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        *(FBETA, RECALL_AT_PRECISION, PRECISION_AT_RECALL),
        PINBALL,
        *(NDCG, RECALL_AT),
        *(EVENT_RECALL, EVENT_PRECISION, LEAD_TIME),
    )
}


def metric_named(name: str) -> Metric | None:
    """The metric of a name such as ``roc_auc`` or, with a number, ``fbeta@2``; ``None`` for names of others."""
    family, at, number = name.partition("@")
    if not at:
        return METRICS.get(name)
    return FAMILIES[family].of(number) if family in FAMILIES else None


def metric_of(name: str, evaluation: Evaluation | None) -> Metric | None:
    """What a policy means by a metric's name: one of Sluice's own, a function or a number that it names, or ``None``.

    What serving costs is Sluice's own where the policy has it measured.
    """
    known = metric_named(name)
    if known is not None or evaluation is None:
        return known
    if evaluation.serving is not None and name in SERVING:
        return SERVING[name]
    if name in evaluation.functions:
        return own_metric(name, evaluation.functions[name], evaluation)
    direction = evaluation.directions.get(name)
    return None if direction is None else directed_metric(name, direction, evaluation)


def available(evaluation: Evaluation) -> tuple[Metric, ...]:
    """The metrics that the columns of a predictions file allow; none where there is no predictions file.

    The usual ones of the task, then those of ``evaluation.report``. A score of two classes gives predictions too, by
    its threshold. Where classes have probabilities, the usual ones are those of many classes.
    """
    asked = (metric for name in evaluation.report if (metric := metric_named(name)) is not None)
    known = {metric.name: metric for metric in (*_usual(evaluation), *asked)}
    return tuple(metric for metric in known.values() if allowed(metric, evaluation))


def allowed(metric: Metric, evaluation: Evaluation) -> bool:
    """Whether there is a predictions file, of the metric's task, with every column that it needs."""
    return not lacking(metric, evaluation)


def lacking(metric: Metric, evaluation: Evaluation) -> str:
    """Why a metric cannot be measured from the predictions, in words that follow its name; empty where it can."""
    if evaluation.predictions is None:
        return "is measured from predictions, and `evaluation.predictions` names none"
    if evaluation.task not in metric.tasks:
        return f"is a metric of {' and '.join(metric.tasks)}, and the task is {evaluation.task}"
    given = _given(evaluation)
    absent = [f"`{need}`" for need in metric.needs if need not in given]
    return f"needs a column of {' and '.join(absent)}, and none is named" if absent else ""


def _usual(evaluation: Evaluation) -> Iterator[Metric]:
    many_classes = evaluation.task == "classification" and bool(evaluation.columns.probabilities)
    for metric in METRICS.values():
        if not metric.binary if many_classes else metric.unasked:
            yield metric
    yield from (family.make(family.usual) for family in FAMILIES.values() if family.unasked)


def _given(evaluation: Evaluation) -> set[str]:
    columns = evaluation.columns
    roles = ("score", "prediction", "low", "high", "naive", "query", "time")
    given = {"group", *(role for role in roles if getattr(columns, role) is not None)}
    if columns.probabilities:
        given |= {"probabilities", "prediction"}
    if columns.score is not None and evaluation.task in ("classification", "events"):
        given.add("prediction")
    return given
