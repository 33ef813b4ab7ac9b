"""The columns that a metric takes, as its functions take them."""

from __future__ import annotations

import numpy as np

from sluice.domain.classes import positions, values
from sluice.domain.metric import Metric, Need
from sluice.domain.predictions import Column, Predictions, named


def needed(metric: Metric, predictions: Predictions, threshold: float) -> tuple[Column, Column] | str:
    """True values, and what ``metric.needs`` names as one array; or why there is none, in words.

    For ``probabilities`` the true value is the position of its class. Where only these are given, the predicted class
    is the most probable one, and where only a score is, class 1 from ``threshold`` on.
    """
    columns = [_column(need, predictions, threshold) for need in metric.needs]
    found = [column for column in columns if column is not None]
    if len(found) < len(columns):
        return f"the predictions lack a column of {' or '.join(metric.needs)}"
    if metric.binary and "classification" in metric.tasks and not predictions.binary:
        return f"needs the classes 0 and 1; the target holds {named(predictions.y)}"
    y = predictions.y
    if _by_class(metric, predictions):
        at = positions(y, predictions.classes)
        if (at < 0).any():
            return f"the target holds {named(y[at < 0])}, and no column has the probability of that"
        y = at if "probabilities" in metric.needs else y
    return y, found[0] if len(found) == 1 else np.column_stack(found)


def _by_class(metric: Metric, predictions: Predictions) -> bool:
    """Whether the metric's columns are the classes' probabilities, or made of them."""
    if predictions.probabilities is None:
        return False
    return "probabilities" in metric.needs or ("prediction" in metric.needs and predictions.prediction is None)


def _column(need: Need, predictions: Predictions, threshold: float) -> Column | None:
    if need == "prediction" and predictions.prediction is None:
        if predictions.probabilities is not None:
            return values(predictions.classes, predictions.y)[predictions.probabilities.argmax(axis=1)]
        return None if predictions.score is None else (predictions.score >= threshold).astype(np.float64)
    found: Column | None = getattr(predictions, need)
    return np.zeros(predictions.n) if need == "group" and found is None else found
