"""The curves of an evaluation, one kind a file; a new one is a file, a test, a line here and its name in the domain."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sluice.core.curves.calibration import CALIBRATION
from sluice.core.curves.precision_recall import PRECISION_RECALL
from sluice.core.curves.residuals import RESIDUALS
from sluice.core.curves.residuals_by_prediction import RESIDUALS_BY_PREDICTION
from sluice.core.curves.roc import ROC
from sluice.core.curves.shape import Drawn, Rows, Sides
from sluice.core.needed import needed
from sluice.domain.config import Evaluation
from sluice.domain.curves import MAX_CLASSES, Curve, CurveKind, Curves, Line
from sluice.domain.metric import Metric, Undefined
from sluice.domain.predictions import Predictions
from sluice.metrics.rmse import RMSE
from sluice.metrics.roc_auc import ROC_AUC
from sluice.metrics.roc_auc_ovr import ROC_AUC_OVR

CURVES: Mapping[CurveKind, Drawn] = {
    drawn.kind: drawn for drawn in (CALIBRATION, ROC, PRECISION_RECALL, RESIDUALS, RESIDUALS_BY_PREDICTION)
}


def curves(candidate: Predictions, baseline: Predictions | None, spec: Evaluation) -> Curves | None:
    """The curves of both models; ``None`` where the task has none, or the predictions say nothing to draw.

    Each side is of all its own rows. Rows that are in the order of their scores are not sorted again.
    """
    drawn = [one for one in CURVES.values() if spec.task in one.tasks]
    sides = (candidate, baseline)
    if spec.task == "classification" and spec.columns.probabilities:
        return _by_class(drawn, sides, spec)
    metric = ROC_AUC if spec.task == "classification" else RMSE
    if not drawn or any(getattr(candidate, need) is None for need in metric.needs):
        return None
    ours, theirs = (_rows(rows, metric, spec) for rows in sides)
    return Curves(curves=tuple(_curve(one, ours, theirs) for one in drawn))


def _by_class(drawn: list[Drawn], sides: tuple[Predictions, Predictions | None], spec: Evaluation) -> Curves:
    """The curves of every class against the rest, of those with the most rows."""
    ours, theirs = (_rows(rows, ROC_AUC_OVR, spec) for rows in sides)
    classes = sides[0].classes
    there = range(len(classes))
    if isinstance(ours, Rows):
        n = np.bincount(ours.y.astype(np.intp), minlength=len(classes))
        there = sorted(np.argsort(-n, kind="stable")[:MAX_CLASSES].tolist())
    found = [
        _curve(one, _against_rest(ours, classes, name), _against_rest(theirs, _classes(sides[1]), name), name)
        for name in (classes[position] for position in list(there)[:MAX_CLASSES])
        for one in drawn
    ]
    return Curves(curves=tuple(found), n_left_out=max(len(classes) - MAX_CLASSES, 0))


def _classes(rows: Predictions | None) -> tuple[str, ...]:
    return () if rows is None else rows.classes


def _rows(rows: Predictions | None, metric: Metric, spec: Evaluation) -> Rows | str | None:
    """What is drawn of one side, or why nothing is; ``None`` where there is no such side."""
    if rows is None:
        return None
    found = needed(metric, rows, spec.threshold)
    return found if isinstance(found, str) else Rows(y=found[0], p=found[1], weight=rows.weight)


def _against_rest(side: Rows | str | None, classes: tuple[str, ...], name: str) -> Rows | str | None:
    if not isinstance(side, Rows):
        return side
    if name not in classes:
        return "has no probability of this class"
    at = classes.index(name)
    return Rows(y=(side.y == at).astype(np.float64), p=side.p[:, at], weight=side.weight)


def _curve(drawn: Drawn, ours: Rows | str | None, theirs: Rows | str | None, of: str = "") -> Curve:
    there = [side for side in (ours, theirs) if isinstance(side, Rows)]
    sides: Sides | None = (there[0], there[1] if len(there) > 1 else None) if there else None
    (candidate, why), (baseline, why_not) = (_line(drawn, side, sides) for side in (ours, theirs))
    return Curve(
        kind=drawn.kind, of=of, candidate=candidate, candidate_reason=why, baseline=baseline, baseline_reason=why_not
    )


def _line(drawn: Drawn, side: Rows | str | None, sides: Sides | None) -> tuple[Line | None, str]:
    if not isinstance(side, Rows) or sides is None:
        return None, side if isinstance(side, str) else ""
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            return drawn.line(side, sides), ""
    except Undefined as undefined:
        return None, str(undefined)
