"""Expressions that give each row's cell or label, and what an engine counted of them as distributions."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sluice.core.drift import readings
from sluice.core.drift.aspects import Planned
from sluice.core.drift.grids import BELOW, FIRST, NAN, NEGATIVE_INFINITE, POSITIVE_INFINITE, Grid
from sluice.domain.distribution import Aspect, Categorical, FloatArray, Missing, Numeric
from sluice.domain.kinds import is_float

Tally = Mapping[Any, int]

BUCKETS = 256
_EXACT = 2.0**53


# -- what an engine is asked ----------------------------------------------------------------------


def expression(planned: Planned, column: Any, side: int) -> Any:
    """The cell or label of every row of one side (0 the reference, 1 the current data)."""
    kind = planned.kinds[side]
    if planned.how == "grid" and planned.grid is not None:
        number = readings.number_expr(column, kind, planned.reading)
        return _cell(number, planned.grid, special=planned.reading == "number" and is_float(kind))
    label = readings.label_expr(column, kind, planned.reading)
    if planned.how != "buckets":
        return label
    # Some engines have a hash for null, too.
    return label.notnull().ifelse((label.hash() % BUCKETS + BUCKETS) % BUCKETS, None).cast("int16")


def _cell(number: Any, grid: Grid, *, special: bool) -> Any:
    """See ``Grid.codes``: most rows are told by the first two comparisons, the rarer ones by those that follow.

    NaN is taken for greater than all numbers by some engines, and for no number by others; ``special``: there may be.
    """
    codes: list[tuple[Any, Any]] = []
    first = FIRST
    for one in grid.stretches:
        within = (number >= _end(number, one.low)) & (number < _end(number, one.high))
        codes.append((within, _arithmetic(number, one.base, one.exponent, first)))
        first += one.cells
    lowest = _end(number, grid.stretches[0].low) if grid.stretches else None
    if lowest is not None:
        below = number < lowest
        codes.append((below & (number > float("-inf")) if special else below, BELOW))
    if special:
        ends = {NEGATIVE_INFINITE: float("-inf"), POSITIVE_INFINITE: float("inf")}
        codes += [(number.isnan(), NAN), *((number == end, code) for code, end in ends.items())]
    # Null is neither, and stays null.
    found = number.notnull().ifelse(first if grid.stretches else BELOW, None)
    for condition, code in reversed(codes):
        found = condition.ifelse(code, found)
    return found.cast("int16")


def _end(number: Any, end: float) -> float:
    """An end of cells, whole for whole numbers: beside a fraction, DuckDB would make decimals of them."""
    # What has no sign is compared with nothing below zero.
    return int(end) if number.type().is_signed_integer() and end.is_integer() and abs(end) < _EXACT else end


def _arithmetic(number: Any, base: int, exponent: int, first: int) -> Any:
    """The whole number of widths within the number, as the code of its cell."""
    if number.type().is_integer() and exponent == 0:
        return number.cast("int64") - (base - first)
    scaled = number.cast("float64") * 2.0**-exponent if exponent else number.cast("float64")
    return scaled.floor().cast("int64") - (base - first)


# -- what it answers ------------------------------------------------------------------------------


def counted(planned: Planned, tallies: tuple[Tally, Tally], n_rows: tuple[int, int]) -> Aspect | None:
    """The aspect that two tallies give; ``None`` where labels are so many that an engine left some out."""
    if planned.how == "grid" and planned.grid is not None:
        return _aspect(planned, _gridded(planned.grid, tallies))
    if any(sum(tally.values()) < n for tally, n in zip(tallies, n_rows, strict=True)):
        return None
    return categories(planned, tallies)


def categories(planned: Planned, tallies: tuple[Tally, Tally]) -> Aspect:
    """The aspect whose labels both tallies hold whole."""
    return _aspect(planned, _categorical(planned, tallies))


def numbers(planned: Planned, reference: tuple[FloatArray, int], current: tuple[FloatArray, int]) -> Aspect:
    """The aspect of all numbers of both sides (and how many are missing beside them)."""
    return _aspect(planned, exact(reference, current))


def _gridded(grid: Grid, tallies: tuple[Tally, Tally]) -> Numeric:
    (reference, reference_missing), (current, current_missing) = (grid.counts(tally) for tally in tallies)
    open_ends = int(reference[0] + reference[-1] + current[0] + current[-1])
    return Numeric(
        edges=grid.edges(),
        centres=grid.centres(),
        reference=reference,
        current=current,
        reference_missing=reference_missing,
        current_missing=current_missing,
        exact=grid.single and open_ends == 0,
    )


def _categorical(planned: Planned, tallies: tuple[Tally, Tally]) -> Categorical:
    reference, current = tallies
    values = {value: reference.get(value, 0) + current.get(value, 0) for value in (*reference, *current)}
    present = [value for value in values if value is not None]
    ordered = planned.reading in ("hour", "weekday")
    # The most frequent first; equal ones by name, so that the order is no accident.
    present.sort(key=lambda value: value if ordered else (-values[value], str(value)))
    return Categorical(
        labels=tuple(_label(planned, value) for value in present),
        reference=np.array([reference.get(value, 0) for value in present], dtype=np.int64),
        current=np.array([current.get(value, 0) for value in present], dtype=np.int64),
        reference_missing=Missing(null=reference.get(None, 0)),
        current_missing=Missing(null=current.get(None, 0)),
        hashed=planned.how == "buckets",
        ordered=ordered,
    )


def _label(planned: Planned, value: Any) -> str:
    if planned.reading == "hour":
        return readings.HOURS[int(value)]
    if planned.reading == "weekday":
        return readings.WEEKDAYS[int(value)]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _aspect(planned: Planned, found: Numeric | Categorical) -> Aspect:
    return Aspect(
        column=planned.column, kind=planned.kind, name=planned.name, distribution=found, sensitive=planned.sensitive
    )


# -- small tables, whole --------------------------------------------------------------------------


def measured(planned: Planned, sides: tuple[Any, Any]) -> Aspect:
    """The aspect that all values of both sides (Arrow arrays) give: its cells are the values themselves."""
    if planned.how == "grid":
        return numbers(planned, *(readings.numbers(side, planned.reading) for side in sides))
    tallies = tuple(_tally(planned, *readings.labels(side, planned.reading)) for side in sides)
    return categories(planned, (tallies[0], tallies[1]))


def _tally(planned: Planned, values: list[Any], n_missing: int) -> Tally:
    if planned.how == "buckets":
        values = [zlib.crc32(text.encode("utf-8", "replace")) % BUCKETS for text in values]
    return {**Counter(values), **({None: n_missing} if n_missing else {})}


def exact(reference: tuple[FloatArray, int], current: tuple[FloatArray, int]) -> Numeric:
    """Two samples of numbers (and how many are missing beside them) with a cell for every different one."""
    ours, theirs = (values[np.isfinite(values)] for values, _ in (reference, current))
    distinct = np.unique(np.concatenate((ours, theirs)))
    counts = [_counts(distinct, side) for side in (ours, theirs)]
    return Numeric(
        edges=distinct[1:],
        centres=distinct if len(distinct) else np.zeros(1),
        reference=counts[0],
        current=counts[1],
        reference_missing=_missing(*reference),
        current_missing=_missing(*current),
        # Beyond this, whole numbers of 64 bits fall together when they become floating ones.
        exact=not len(distinct) or bool(np.abs(distinct[[0, -1]]).max() < _EXACT),
    )


def _counts(distinct: FloatArray, values: FloatArray) -> NDArray[np.int64]:
    return np.bincount(np.searchsorted(distinct, values), minlength=max(len(distinct), 1)).astype(np.int64)


def _missing(values: FloatArray, n_null: int) -> Missing:
    return Missing(
        null=n_null,
        nan=int(np.isnan(values).sum()),
        negative_infinite=int(np.isneginf(values).sum()),
        positive_infinite=int(np.isposinf(values).sum()),
    )
