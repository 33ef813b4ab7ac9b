"""Classes of a target, whether numbers or names: their positions, and the values that stand for them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sluice.domain.predictions import Column, Index
from sluice.domain.stats import FloatArray

_MAX_SPAN = 10_000
"""Whole numbers that lie closer together are counted in place, without a sort."""


def coded(y: Column, p: Column) -> tuple[Index, Index, Column]:
    """Positions of true and predicted values among all classes that occur in either, and these, in order."""
    both = np.concatenate([y, p])
    codes, classes = _names(both) if both.dtype.kind == "U" else _numbers(both)
    return codes[: len(y)], codes[len(y) :], classes


def _names(both: Column) -> tuple[Index, Column]:
    # Few different names in many rows: to look each up takes a tenth of the time of sorting them.
    listed: list[str] = both.tolist()
    place = {name: position for position, name in enumerate(sorted(set(listed)))}
    codes = np.fromiter((place[name] for name in listed), dtype=np.intp, count=len(listed))
    return codes, np.array(list(place))


def _numbers(both: Column) -> tuple[Index, Column]:
    low, high = both.min(), both.max()
    # Not true of NaN, which stands for a class that has a name among numbers.
    if not (high - low < _MAX_SPAN and (both == np.floor(both)).all()):
        classes, codes = np.unique(both, return_inverse=True)
        return codes, classes
    codes = (both - low).astype(np.intp)
    there = np.bincount(codes) > 0
    return (np.cumsum(there) - 1)[codes], (low + np.flatnonzero(there)).astype(both.dtype)


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
