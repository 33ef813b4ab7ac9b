"""Evaluation metrics, one file each; a new one is a file, a test file and a line here.

Nothing here loads scikit-learn or NumPy before a value is asked for: the gate reads names, ranges and directions only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sluice.domain.config import Evaluation
from sluice.domain.metric import Family, Metric
from sluice.metrics.accuracy import ACCURACY
from sluice.metrics.average_precision import AVERAGE_PRECISION
from sluice.metrics.f1 import F1
from sluice.metrics.log_loss import LOG_LOSS
from sluice.metrics.mae import MAE
from sluice.metrics.precision import PRECISION
from sluice.metrics.r2 import R2
from sluice.metrics.recall import RECALL
from sluice.metrics.rmse import RMSE
from sluice.metrics.roc_auc import ROC_AUC

METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (ROC_AUC, AVERAGE_PRECISION, LOG_LOSS, ACCURACY, PRECISION, RECALL, F1, RMSE, MAE, R2)
}


FAMILIES: Mapping[str, Family] = {}


def metric_named(name: str) -> Metric | None:
    """The metric of a name such as ``roc_auc`` or, with a number, ``fbeta@2``; ``None`` for names of others."""
    family, at, number = name.partition("@")
    if not at:
        return METRICS.get(name)
    return FAMILIES[family].of(number) if family in FAMILIES else None


def available(evaluation: Evaluation) -> tuple[Metric, ...]:
    """The metrics that the columns of a predictions file allow; none where there is no predictions file.

    The usual ones of the task, then those of ``evaluation.report``. A score of two classes gives predictions too, by
    its threshold.
    """
    if evaluation.predictions is None:
        return ()
    given = _given(evaluation)
    asked = (metric for name in evaluation.report if (metric := metric_named(name)) is not None)
    known = {metric.name: metric for metric in (*METRICS.values(), *_usual(), *asked)}
    return tuple(m for m in known.values() if evaluation.task in m.tasks and set(m.needs) <= given)


def _usual() -> Iterator[Metric]:
    return (family.make(family.usual) for family in FAMILIES.values() if family.unasked)


def _given(evaluation: Evaluation) -> set[str]:
    columns = evaluation.columns
    roles = ("score", "prediction", "low", "high", "naive", "query", "time")
    given = {"group", *(role for role in roles if getattr(columns, role) is not None)}
    if columns.probabilities:
        given |= {"probabilities", "prediction"}
    if columns.score is not None and evaluation.task in ("classification", "events"):
        given.add("prediction")
    return given
