"""Every metric's value against its own definition, written out in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from support.metric_samples import EVERY, sample
from support.oracles import ORACLES as OTHERS

Array = NDArray[np.float64]

theirs: Any = import_module("sklearn.metrics")


def confusion(y: Array, p: Array, w: Array) -> tuple[float, float, float, float]:
    tp, fp, fn, tn = (float(w[(y == a) & (p == b)].sum()) for a, b in ((1, 1), (0, 1), (1, 0), (0, 0)))
    return tp, fp, fn, tn


def accuracy(y: Array, p: Array, w: Array) -> float:
    return float(w[y == p].sum() / w.sum())


def precision(y: Array, p: Array, w: Array) -> float:
    tp, fp, _, _ = confusion(y, p, w)
    return tp / (tp + fp)


def recall(y: Array, p: Array, w: Array) -> float:
    tp, _, fn, _ = confusion(y, p, w)
    return tp / (tp + fn)


def f1(y: Array, p: Array, w: Array) -> float:
    return 2 / (1 / precision(y, p, w) + 1 / recall(y, p, w))


def roc_auc(y: Array, p: Array, w: Array) -> float:
    pairs = [
        (w[i] * w[j], (p[i] > p[j]) + 0.5 * (p[i] == p[j]))
        for i in np.flatnonzero(y == 1)
        for j in np.flatnonzero(y == 0)
    ]
    return float(sum(weight * won for weight, won in pairs) / sum(weight for weight, _ in pairs))


def average_precision(y: Array, p: Array, w: Array) -> float:
    at = [precision(y, (p >= level).astype(float), w) for level in p[y == 1]]
    return float(np.average(at, weights=w[y == 1]))


def log_loss(y: Array, p: Array, w: Array) -> float:
    return float(np.average(-np.log(np.where(y == 1, p, 1 - p)), weights=w))


def rmse(y: Array, p: Array, w: Array) -> float:
    return float(np.sqrt(np.average((y - p) ** 2, weights=w)))


def mae(y: Array, p: Array, w: Array) -> float:
    return float(np.average(np.abs(y - p), weights=w))


def r2(y: Array, p: Array, w: Array) -> float:
    middle = np.average(y, weights=w)
    return float(1 - (w * (y - p) ** 2).sum() / (w * (y - middle) ** 2).sum())


def brier(y: Array, p: Array, w: Array) -> float:
    return float(theirs.brier_score_loss(y, p, sample_weight=w))


def ece(y: Array, p: Array, w: Array) -> float:
    """Guo et al. 2017, equation 3, with bins (m - 1) / 15 < p <= m / 15."""
    total = 0.0
    for m in range(1, 16):
        there = (p > (m - 1) / 15) & (p <= m / 15)
        if there.any():
            total += w[there].sum() * abs(
                np.average(y[there], weights=w[there]) - np.average(p[there], weights=w[there])
            )
    return float(total / w.sum())


def balanced_accuracy(y: Array, p: Array, w: Array) -> float:
    return float(theirs.balanced_accuracy_score(y, p, sample_weight=w))


def specificity(y: Array, p: Array, w: Array) -> float:
    _, fp, _, tn = confusion(y, p, w)
    return tn / (tn + fp)


def selection_rate(y: Array, p: Array, w: Array) -> float:
    """As fairlearn 0.12 defines it: the weighted fraction of predictions that match the positive label."""
    return float(w[p == 1].sum() / w.sum())


def false_positive_rate(y: Array, p: Array, w: Array) -> float:
    """As fairlearn 0.12 defines it: an entry of the confusion matrix that is normalised over the true classes."""
    return float(theirs.confusion_matrix(y, p, sample_weight=w, normalize="true")[0, 1])


def f1_macro(y: Array, p: Array, w: Array) -> float:
    return float(theirs.f1_score(y, p, sample_weight=w, average="macro"))


def matthews(y: Array, p: Array, w: Array) -> float:
    return float(theirs.matthews_corrcoef(y, p, sample_weight=w))


def fbeta(y: Array, p: Array, w: Array) -> float:
    return float(theirs.fbeta_score(y, p, beta=2, sample_weight=w))


def recall_at_precision(y: Array, p: Array, w: Array) -> float:
    precisions, recalls, _ = theirs.precision_recall_curve(y, p, sample_weight=w)
    return float(recalls[precisions >= 0.9].max())


def precision_at_recall(y: Array, p: Array, w: Array) -> float:
    precisions, recalls, _ = theirs.precision_recall_curve(y, p, sample_weight=w)
    return float(precisions[recalls >= 0.9].max())


def log_loss_multiclass(y: Array, p: Array, w: Array) -> float:
    return float(theirs.log_loss(y, p, sample_weight=w, labels=np.arange(p.shape[1])))


def roc_auc_ovr(y: Array, p: Array, w: Array) -> float:
    return float(np.mean([roc_auc((y == k).astype(float), p[:, k], w) for k in range(p.shape[1])]))


ORACLES: dict[str, Callable[[Array, Array, Array], float]] = {
    oracle.__name__: oracle
    for oracle in (
        *(accuracy, precision, recall, f1, roc_auc, average_precision, log_loss, rmse, mae, r2),
        *(brier, ece, balanced_accuracy, specificity, f1_macro, matthews, log_loss_multiclass, roc_auc_ovr),
        *(fbeta, recall_at_precision, precision_at_recall, selection_rate, false_positive_rate),
    )
}


def test_every_metric_has_an_oracle() -> None:
    assert set(ORACLES) | set(OTHERS) == {name if name in OTHERS else name.partition("@")[0] for name in EVERY}


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("name", list(EVERY))
def test_value_is_the_definition(name: str, weighted: bool) -> None:
    metric = EVERY[name]
    y, p, w = sample(metric, 70, 17, weighted)
    family, weights = name.partition("@")[0], np.ones(70) if w is None else w
    oracle = (OTHERS.get(name) or OTHERS.get(family) or ORACLES[family])(y, p, weights)
    assert metric.value(y, p, w) == pytest.approx(oracle, rel=1e-12)
    assert metric.low <= oracle <= metric.high


@pytest.mark.parametrize("name", [name for name, metric in EVERY.items() if metric.many is not None])
def test_many_values_are_each_ones_own(name: str) -> None:
    metric = EVERY[name]
    y, p, weight = sample(metric, 200, 6, weighted=True)
    assert metric.many is not None and weight is not None
    draws = np.random.default_rng(2).poisson(1.0, size=(40, 200)).astype(float) * weight
    one_by_one = [metric.value(y, p, drawn) for drawn in draws]
    np.testing.assert_allclose(metric.many(y, p, draws), one_by_one, rtol=1e-12)


@pytest.mark.parametrize("name", ["recall_at_precision@0.9", "precision_at_recall@0.9"])
def test_weights_without_a_positive_row_have_no_value(name: str) -> None:
    metric = EVERY[name]
    y, p, _ = sample(metric, 60, 6)
    assert metric.many is not None
    found = metric.many(y, p, np.stack([1 - y, np.ones(60), np.zeros(60)]))
    assert np.isnan(found).tolist() == [True, False, True]


def test_with_two_classes_matthews_is_the_correlation() -> None:
    rng = np.random.default_rng(8)
    y, p = ((rng.random(90) < 0.4).astype(float) for _ in range(2))
    assert EVERY["matthews"].value(y, p, None) == pytest.approx(float(np.corrcoef(y, p)[0, 1]), rel=1e-12)


def test_one_versus_rest_is_scikit_learns() -> None:
    y, p, _ = sample(EVERY["roc_auc_ovr"], 90, 8)
    p = p / p.sum(axis=1, keepdims=True)
    expected = float(theirs.roc_auc_score(y, p, multi_class="ovr", average="macro"))
    assert EVERY["roc_auc_ovr"].value(y, p, None) == pytest.approx(expected, rel=1e-12)
