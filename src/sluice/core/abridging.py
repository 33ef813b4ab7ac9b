"""Drift results short enough for evidence, whatever the number of columns: pictures go first, numbers never.

What a verdict is made of stays for every column: each aspect's p-value, effects and counts. What can be worked out
from these again, and what only people look at, is kept for the columns that moved most.
"""

from __future__ import annotations

from dataclasses import replace

from sluice.domain.drift import AspectDrift, ColumnDrift, DriftResult, Histogram
from sluice.domain.verdict import Verdict

MOST_PICTURES = 50
MOST_WHOLE = 1_000
MOST_LABELS = 20
MOST_LABEL_CHARS = 80
# Names alone could be gigabytes; a result that does not fit is not cut, since then a column would look untested.
MOST_NAME_CHARS = 2_000_000


def abridged(result: DriftResult) -> DriftResult:
    """The same result in at most some megabytes: histograms of 50 columns, all numbers of 1,000, of the rest the least.

    A result whose columns' names alone are over two million characters becomes inconclusive, without columns.
    """
    if sum(len(column.column) for column in result.columns) > MOST_NAME_CHARS:
        said = f"the names of its {len(result.columns):,} columns are too long for evidence; leave some out by `ignore`"
        return replace(result, verdict=Verdict.INCONCLUSIVE, columns=(), classifier=None, message=said)
    order = {column.column: place for place, column in enumerate(most_moved(result))}
    return replace(result, columns=tuple(_column(column, order[column.column]) for column in result.columns))


def most_moved(result: DriftResult) -> tuple[ColumnDrift, ...]:
    """The columns, the worst verdict first, then by how far the effect is beyond its limit, then as they came."""
    return tuple(sorted(result.columns, key=lambda column: (-column.verdict.rank, -moved(column))))


def moved(column: ColumnDrift) -> float:
    """The effect in multiples of its limit; below everything where there is none."""
    if column.effect_size is None:
        return float("-inf")
    return column.effect_size / column.limit if column.limit else column.effect_size


def _column(column: ColumnDrift, place: int) -> ColumnDrift:
    if place < MOST_PICTURES:
        return replace(column, aspects=tuple(_bounded(aspect) for aspect in column.aspects))
    plain = tuple(replace(aspect, histogram=None, new=(), vanished=()) for aspect in column.aspects)
    if place < MOST_WHOLE:
        return replace(column, aspects=plain)
    least = tuple(replace(aspect, statistic=None, detectable={}, error_bound=0.0) for aspect in plain)
    return ColumnDrift(column=column.column, kind=column.kind, verdict=column.verdict, aspects=least)


def _bounded(aspect: AspectDrift) -> AspectDrift:
    histogram = aspect.histogram
    if histogram is not None:
        histogram = Histogram(
            labels=tuple(_short(label) for label in histogram.labels[:MOST_LABELS]),
            reference=histogram.reference[:MOST_LABELS],
            current=histogram.current[:MOST_LABELS],
        )
    new, vanished = (tuple(_short(one) for one in names[:MOST_LABELS]) for names in (aspect.new, aspect.vanished))
    return replace(aspect, histogram=histogram, new=new, vanished=vanished)


def _short(label: str) -> str:
    return label if len(label) <= MOST_LABEL_CHARS else label[: MOST_LABEL_CHARS - 1] + "…"
