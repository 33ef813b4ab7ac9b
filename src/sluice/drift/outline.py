"""The small pictures and names that a report shows of two distributions, bounded in number and length."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np

from sluice.domain.distribution import Aspect, Categorical, Counts, FloatArray, Missing, Numeric
from sluice.domain.drift import Histogram
from sluice.drift.bins import missing_counts

MOST_CELLS = 20
MOST_NAMES = 10
_MOST_LETTERS = 60
_MISSING = ("null", "NaN", "-∞", "+∞")
_TAIL = 0.005
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def outline(aspect: Aspect) -> Histogram | None:
    """At most 20 cells of both sides, with labels to read; the labels of a sensitive column are numbers in order."""
    distribution = aspect.distribution
    if isinstance(distribution, Numeric):
        labels, reference, current = _of_numbers(distribution, times=aspect.kind == "timestamp")
    elif isinstance(distribution, Categorical):
        labels, reference, current = _of_categories(distribution)
    else:
        return None
    if aspect.sensitive or (isinstance(distribution, Categorical) and distribution.hashed):
        labels = [f"{'bucket' if not aspect.sensitive else 'cell'} {index + 1}" for index in range(len(labels))]
    for index, name in enumerate(_MISSING):
        sides = [missing_counts(side)[index] for side in (distribution.reference_missing, distribution.current_missing)]
        if any(sides):
            labels, reference, current = [*labels, name], [*reference, sides[0]], [*current, sides[1]]
    if not labels:
        return None
    return Histogram(labels=tuple(labels), reference=tuple(reference), current=tuple(current))


def names(aspect: Aspect) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """New and vanished categories, the most frequent first, at most ten of each.

    None of a sensitive column, of hashed labels, or where ``rest`` holds rows of the side that seems to lack it.
    """
    found = aspect.distribution
    if aspect.sensitive or not isinstance(found, Categorical) or found.hashed:
        return (), ()
    new = _absent(found.labels, found.current, found.reference) if found.reference_rest == 0 else ()
    vanished = _absent(found.labels, found.reference, found.current) if found.current_rest == 0 else ()
    return new, vanished


def _absent(labels: tuple[str, ...], here: Counts, there: Counts) -> tuple[str, ...]:
    order = np.argsort(-here, kind="stable")
    found: list[int] = order[(here[order] > 0) & (there[order] == 0)][:MOST_NAMES].tolist()
    return tuple(shortened(labels[index]) for index in found)


def shortened(label: str) -> str:
    """A label of bounded length."""
    return label if len(label) <= _MOST_LETTERS else f"{label[: _MOST_LETTERS - 1]}…"


def _of_categories(found: Categorical) -> tuple[list[str], list[int], list[int]]:
    most = MOST_CELLS - len(_MISSING) - 1
    total = found.reference + found.current
    order = np.arange(len(total)) if found.ordered and len(total) <= most + 1 else np.argsort(-total, kind="stable")
    if len(order) > most + 1:
        shown, others = order[:most], order[most:]
    else:
        shown, others = order, order[:0]
    labels = [shortened(found.labels[index]) for index in shown]
    reference, current = found.reference[shown].tolist(), found.current[shown].tolist()
    rest = (
        int(found.reference[others].sum()) + found.reference_rest,
        int(found.current[others].sum()) + found.current_rest,
    )
    if any(rest):
        labels, reference, current = [*labels, "others"], [*reference, rest[0]], [*current, rest[1]]
    return labels, reference, current


def _of_numbers(found: Numeric, *, times: bool) -> tuple[list[str], list[int], list[int]]:
    held = (found.reference > 0) | (found.current > 0)
    centres, reference, current = found.centres[held], found.reference[held], found.current[held]
    most = MOST_CELLS - len(_MISSING)
    if not len(centres):
        return [], [], []
    if found.exact and len(centres) <= most:
        said = _said(centres, times=times)
        return said, reference.tolist(), current.tolist()
    cuts = _cuts(centres, reference, current, most)
    group = np.searchsorted(cuts, centres, side="right")
    ends = _said(cuts, times=times)
    labels = [f"< {ends[0]}", *(f"{low} – {high}" for low, high in pairwise(ends)), f"≥ {ends[-1]}"]
    sides = [np.bincount(group, weights=side, minlength=len(labels)).astype(np.int64) for side in (reference, current)]
    return labels, sides[0].tolist(), sides[1].tolist()


def _cuts(centres: FloatArray, reference: Counts, current: Counts, most: int) -> FloatArray:
    """Equally wide cells between the outer quantiles of both sides; the outermost cells are open."""
    shares = reference / max(int(reference.sum()), 1) + current / max(int(current.sum()), 1)
    below = np.cumsum(shares) / shares.sum()
    low = float(centres[np.searchsorted(below, _TAIL)])
    high = float(centres[min(np.searchsorted(below, 1 - _TAIL), len(centres) - 1)])
    if not high > low:
        return np.array([low])
    # Not low + share * (high - low): the width of numbers near the largest that there are would overflow.
    share = np.arange(most - 1) / (most - 2)
    # For as few, NumPy's own way loads its masked arrays first.
    return np.array(sorted(set((low * (1 - share) + high * share).tolist())))


def _said(values: FloatArray, *, times: bool) -> list[str]:
    if times:
        return [_moment(value, float(np.ptp(values))) for value in values.tolist()]
    listed: list[float] = values.tolist()
    rounded = ([f"{value:.{digits}g}" for value in listed] for digits in range(3, 17))
    return next((said for said in rounded if len(set(said)) == len(said)), [repr(value) for value in listed])


def _moment(seconds: float, width_s: float) -> str:
    """A time in seconds since 1970 (UTC), to the day where the cells span days."""
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return f"{seconds:.4g} s"
    return f"{moment:%Y-%m-%d}" if width_s > 20 * 86_400 else f"{moment:%Y-%m-%d %H:%M}"


def rows_of(missing: Missing, ordinary: int) -> int:
    """Rows of a side, missing ones included."""
    return ordinary + missing.total
