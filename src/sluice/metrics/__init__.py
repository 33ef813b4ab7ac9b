"""Evaluation metrics, one file each; a new one is a file, a test file and a line here.

Nothing here loads scikit-learn or NumPy before a value is asked for: the gate reads names, ranges and directions only.
"""

from __future__ import annotations

from collections.abc import Mapping

from sluice.domain.config import Evaluation
from sluice.domain.metric import Metric
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


def available(evaluation: Evaluation) -> tuple[Metric, ...]:
    """The metrics that the columns of a predictions file allow; none where there is no predictions file.

    A classification score gives predictions too, by its threshold.
    """
    columns, given = evaluation.columns, set[str]()
    if evaluation.predictions is None:
        return ()
    if columns.score is not None and evaluation.task == "classification":
        given |= {"score", "prediction"}
    if columns.prediction is not None:
        given.add("prediction")
    return tuple(metric for metric in METRICS.values() if evaluation.task in metric.tasks and metric.needs in given)
