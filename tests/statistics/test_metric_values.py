"""Every metric's value against its own definition, written out in NumPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from sluice.metrics import METRICS

Array = NDArray[np.float64]


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


ORACLES: dict[str, Callable[[Array, Array, Array], float]] = {
    oracle.__name__: oracle
    for oracle in (accuracy, precision, recall, f1, roc_auc, average_precision, log_loss, rmse, mae, r2)
}


def test_every_metric_has_an_oracle() -> None:
    assert set(ORACLES) == set(METRICS)


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("name", list(ORACLES))
def test_value_is_the_definition(name: str, weighted: bool) -> None:
    metric = METRICS[name]
    rng = np.random.default_rng(17)
    n = 70
    w = rng.gamma(2.0, size=n) if weighted else None
    y = (rng.random(n) < 0.4).astype(float)
    p = np.round(rng.random(n), 1) * 0.8 + 0.1
    if metric.needs == ("prediction",) and "classification" in metric.tasks:
        p = (p > 0.5).astype(float)
    if "regression" in metric.tasks:
        y = rng.normal(size=n)
    oracle = ORACLES[name](y, p, np.ones(n) if w is None else w)
    assert metric.value(y, p, w) == pytest.approx(oracle, rel=1e-12)
    assert metric.low <= oracle <= metric.high
