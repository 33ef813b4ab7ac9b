"""How often drift is reported where there is none, and missed where there is some: whole datasets, simulated and real.

Samples are drawn as counts per cell, so that a million rows cost what a hundred do; the real datasets are those of
``drift_flights.py``. With ``--json`` and ``--quick`` as every benchmark; ``drift_pictures.py`` draws the same
simulations for the documentation.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np

import drift_flights
from drift_cases import Case, all_cases, normal
from measuring import Row, present
from sluice.core.drift import testing
from sluice.core.drift.verdict import Measured, judge, level
from sluice.domain.distribution import Aspect, FloatArray, Missing, Vectors
from sluice.domain.drift import AspectDrift
from sluice.domain.drift_limits import Drift
from sluice.domain.verdict import Verdict

SIZES = ((100, 100), (100, 1_000_000), (1_000, 1_000), (20_000, 300), (100_000, 100_000), (1_000_000, 1_000_000))
WIDTHS = (1, 19, 100, 1_000)
LIMIT_PCT = 2.0
MISSED_LIMIT_PCT = 5.0
COLUMNS, QUICK_COLUMNS = 2_000, 200
SPEC = Drift()


def tried(aspect: Aspect, columns: int = 1) -> AspectDrift:
    """One aspect, tested as one of so many; without its picture."""
    found = testing.test_aspect(aspect, level(SPEC, columns))
    return replace(found, histogram=None, new=(), vanished=(), detectable={})


def without_drift(sizes: tuple[int, int], columns: int, seed: int) -> list[AspectDrift]:
    """So many columns of every kind, none of which drifts, in random order."""
    rng = np.random.default_rng((seed, *sizes))
    found = [tried(aspect) for case in all_cases() for aspect in case.draw(rng, sizes, columns)]
    return [found[index] for index in rng.permutation(len(found))]


def shifted(shift: float, sizes: tuple[int, int], columns: int, seed: int) -> list[AspectDrift]:
    """So many columns of normal numbers, shifted by so many standard deviations."""
    rng = np.random.default_rng((seed, *sizes))
    return [tried(aspect) for aspect in normal().against(normal(shift), rng, sizes, columns)]


def alarms(found: Sequence[AspectDrift], width: int, spec: Drift = SPEC) -> FloatArray:
    """For each dataset of ``width`` columns, 1 where any of them is reported."""
    cut = len(found) // width * width
    datasets = (found[begin : begin + width] for begin in range(0, cut, width))
    return np.array([float(any(drifted(dataset, spec))) for dataset in datasets])


def drifted(dataset: Sequence[AspectDrift], spec: Drift = SPEC) -> list[bool]:
    """Which columns of one dataset are reported."""
    columns: list[Measured] = [(f"c{index}", "number", (one,)) for index, one in enumerate(dataset)]
    return [column.verdict is Verdict.FAIL for column in judge(spec, columns)]


def caught(found: Sequence[AspectDrift], still: Sequence[AspectDrift], width: int) -> float:
    """Share of the drifting columns that are reported, each alone among ``width - 1`` that do not drift."""
    rng = np.random.default_rng(len(found) + width)
    hits = 0
    for one in found:
        others = [still[index] for index in rng.integers(0, len(still), width - 1)]
        hits += drifted([one, *others])[0]
    return hits / len(found)


def vectors_without_drift(rows: int, dimensions: int, columns: int, seed: int) -> list[AspectDrift]:
    """Columns of vectors with heavy tails, none of which drifts."""
    rng = np.random.default_rng((seed, rows, dimensions))
    drawn = (rng.standard_t(4, (2, rows, dimensions)) for _ in range(columns))
    return [tried(vectors_aspect(reference, current)) for reference, current in drawn]


def vectors_beside_themselves(rows: int, dimensions: int, columns: int, seed: int) -> list[AspectDrift]:
    """Columns of vectors, none of which drifts, half of whose rows are the reference's own, in another order."""
    rng = np.random.default_rng((seed, rows, dimensions))
    drawn = (rng.normal(size=(rows + rows // 2, dimensions)) for _ in range(columns))
    return [tried(vectors_aspect(both[:rows], rng.permutation(both[rows // 2 :]))) for both in drawn]


def vectors_aspect(reference: FloatArray, current: FloatArray) -> Aspect:
    """A column of vectors, all rows of which are in the sample."""
    found = Vectors(
        reference=reference,
        current=current,
        n_reference=len(reference),
        n_current=len(current),
        reference_missing=Missing(),
        current_missing=Missing(),
    )
    return Aspect(column="embedding", kind="embedding", distribution=found)


def sparse_case(size: int, expected: float, rows: int) -> Case:
    """So many categories of which few rows are expected each, and one that holds the others."""
    shares = np.append(np.full(size, expected / rows), max(1 - size * expected / rows, 0.0))
    return Case(name=f"{size} sparse", kind="category", shares=shares)


def measure(quick: bool) -> Iterator[Row]:
    """False alarms by the number of columns, at every size; then what is missed; then real data."""
    columns = QUICK_COLUMNS if quick else COLUMNS
    workers = min(os.cpu_count() or 1, len(SIZES))
    with ProcessPoolExecutor(workers) as pool:
        pools = dict(zip(SIZES, pool.map(partial(without_drift, columns=columns, seed=1), SIZES), strict=True))
    for width in WIDTHS:
        every = [alarms(found, width) for found in pools.values()]
        yield _alarm(f"datasets of {width:,} columns, none drifts: alarms", np.concatenate(every))
        if width < max(WIDTHS):
            worst = int(np.argmax([np.mean(one) for one in every]))
            yield _alarm(f"... at the worst size, {' against '.join(f'{n:,}' for n in SIZES[worst])}", every[worst])
    evidence = replace(SPEC, psi=-1.0)
    for width in (19, 1_000):
        every = [alarms(found, width, evidence) for found in pools.values()]
        yield _alarm(f"datasets of {width:,} columns: evidence alone, whatever the effect", np.concatenate(every))
    found = vectors_without_drift(400, 16, 100 if quick else 500, seed=2)
    yield _alarm("a column of vectors that does not drift: alarms", alarms(found, 1))
    found = vectors_beside_themselves(600, 64, 100 if quick else 500, seed=5)
    yield _alarm("... half of whose rows are the reference's own: alarms", alarms(found, 1))
    moved = shifted(0.5, (500, 500), 200 if quick else 2_000, seed=3)
    still = shifted(0.0, (500, 500), 200 if quick else 2_000, seed=4)
    for width in (1, 19, 100, 1_000):
        missed = 100 * (1 - caught(moved[: 200 if width == max(WIDTHS) else None], still, width))
        what = f"a shift of half a deviation, 500 rows a side, one of {width:,} columns: missed"
        yield Row(what=what, measured=missed, unit="%", limit=MISSED_LIMIT_PCT)
    yield from drift_flights.measure(quick)


def _alarm(what: str, found: FloatArray) -> Row:
    return Row(what=f"{what} (of {len(found):,})", measured=100 * float(found.mean()), unit="%", limit=LIMIT_PCT)


if __name__ == "__main__":
    present(measure)
