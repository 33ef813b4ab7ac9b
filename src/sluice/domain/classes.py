"""Classes of a target, whether numbers or names: their positions, and the values that stand for them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sluice.domain.predictions import Column, Index
from sluice.domain.stats import FloatArray


def coded(y: Column, p: Column) -> tuple[Index, Index, Column]:
    """Positions of true and predicted values among all classes that occur in either, and these, in order."""
    classes, codes = np.unique(np.concatenate([y, p]), return_inverse=True)
    return codes[: len(y)], codes[len(y) :], classes


def shares(codes: Index, weights: FloatArray, n_classes: int) -> FloatArray:
    """The share of the total weight that lies on each class."""
    return np.bincount(codes, weights=weights, minlength=n_classes) / weights.sum()


def values(classes: tuple[str, ...], like: Column) -> Column:
    """The classes as values of the type that a column has; NaN for one that is no number among numbers."""
    return np.array([_number(name) for name in classes]) if like.dtype.kind == "f" else np.array(classes)


def positions(y: Column, classes: tuple[str, ...]) -> NDArray[np.intp]:
    """The position in ``classes`` of every value; -1 for a value that is none of them."""
    known = values(classes, y)
    order = np.argsort(known, kind="stable")
    at = np.searchsorted(known[order], y).clip(0, len(known) - 1)
    return np.where(known[order][at] == y, order[at], -1)


def _number(name: str) -> float:
    try:
        number = float(name)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan
