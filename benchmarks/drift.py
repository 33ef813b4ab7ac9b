"""Drift of 19 columns against the leanest SQL that counts the same, and against other tools; whole processes.

The lean counts are hand-written DuckDB: the ends of every column from the same kind of sample, then rows per cell with
those that hold no number apart, both tables at once. Like Sluice it cuts long-tailed columns finer where most rows lie,
and believes no statistics of the files' own.
Other tools are rows without a limit, but for two: what Sluice must be faster than, and by how much.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import peers
from measuring import QUICK_RUNS, Cost, Row, once, present, side_by_side

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

QUICK_ROWS, ROWS = (100_000,), (1_000_000, 10_000_000)
# Imports are most of it at fewer rows.
LIMITED_ROWS, MOST_TIMES_LEAN = 1_000_000, 1.5
# How many times faster than another tool, by rows a side. At ten millions none but that one is run: the others would
# take many minutes, or more memory than there is.
FASTER_THAN = {1_000_000: {"evidently": 25, "nannyml": 10}, 10_000_000: {"nannyml": 20}}
MOST_ROWS_OF_PEERS = 1_000_000
MOST_MIB = 1024.0
QUICK_WIDE, WIDE, WIDE_ROWS, MOST_WIDE_S = 1_000, 10_000, 1_000, 60.0
N_FLOATS = 14

LEAN = """
import math, sys
from threading import Thread
import duckdb
BELIEVING = "statistics_propagation,partial_aggregate_pushdown,row_group_pruner"
numbers = [f"f{i}" for i in range(14)] + ["whole", "wide"]
# Where most of a long-tailed column lies, its cells are finer, as Sluice finds out by itself.
finer = dict.fromkeys(("f1", "f8"), (0.125, 1.3)) | dict.fromkeys(("f4", "f11"), (-0.6, 0.6))
counts = {}
def connect(path, disabled):
    connection = duckdb.connect()
    connection.execute(f"SET disabled_optimizers = '{disabled}'")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(f"CREATE VIEW data AS FROM read_parquet('{path}')")
    return connection
sampler = connect(sys.argv[1], BELIEVING)
n_rows = sampler.execute("FROM data SELECT count(*)").fetchall()[0][0]
stride = max(n_rows // 20 // 2048 * 2048, 1024)
ends = sampler.execute(
    "SELECT " + ", ".join(f"min({name}), max({name})" for name in numbers)
    + f" FROM read_parquet('{sys.argv[1]}') WHERE file_row_number % {stride} < 1024"
).fetchall()[0]
def within(name, low, high, number, first):
    # In floating numbers throughout: beside whole ones, DuckDB takes a written fraction for a decimal, and is slower.
    scale = number / (high - low)
    low, first, high, scale = (f"({v!r})::DOUBLE" for v in (low, math.floor(low * scale) - float(first), high, scale))
    return f"WHEN {name} >= {low} AND {name} < {high} THEN (floor({name} * {scale}) - {first})::SMALLINT "
def cell(name, low, high):
    ends = [(low, high, 3000)]
    if begin_end := finer.get(name):
        begin, end = begin_end
        ends = [(low, begin, 500), (begin, end, 2500), (end, high, 1500)]
    return "CASE " + "".join(within(name, *one, 5 + 3000 * index) for index, one in enumerate(ends)) + (
        f"WHEN {name} IS NULL THEN NULL WHEN isnan({name}::DOUBLE) THEN 1::SMALLINT "
        f"WHEN {name}::DOUBLE = '-inf' THEN 2::SMALLINT WHEN {name}::DOUBLE = 'inf' THEN 3::SMALLINT "
        f"WHEN {name} < ({low!r})::DOUBLE THEN 4::SMALLINT ELSE 9006::SMALLINT END"
    )
cells = [cell(name, float(ends[2 * i]), float(ends[2 * i + 1])) for i, name in enumerate(numbers)]
cells += ["few", '"some"', "many"]
def count(path):
    connection = connect(path, BELIEVING + ",filter_pushdown")
    counts[path] = [connection.execute(f"SELECT {one} AS v, count(*) FROM data GROUP BY 1").fetchall() for one in cells]
threads = [Thread(target=count, args=(path,)) for path in sys.argv[1:3]]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert all(sum(n for _, n in one) == n_rows for side in counts.values() for one in side) and len(counts) == 2
"""


def write(folder: Path, n_rows: int) -> None:
    """A reference and current data of 19 columns: floats of seven shapes, whole numbers, texts of 5 to 5,000 values."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    for name, seed, shift in (("reference", 1, 0.0), ("current", 2, 0.3)):
        chance = np.random.default_rng(seed)
        columns: dict[str, Any] = {}
        for index in range(N_FLOATS):
            values = _shape(index % 7, chance, n_rows) + (shift if index == 7 else 0.0)
            mask: Any = chance.random(n_rows) < 0.05 if index % 3 == 0 else None
            columns[f"f{index}"] = pa.array(values, mask=mask)
        columns["whole"] = pa.array(chance.poisson(20, n_rows))
        columns["wide"] = pa.array(chance.integers(0, 1_000_000, n_rows))
        for text, n_values in (("few", 5), ("some", 50), ("many", 5_000)):
            names = pa.array([f"{text}{index}" for index in range(n_values)])
            columns[text] = names.take(chance.integers(0, n_values, n_rows))
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")


def _shape(index: int, chance: np.random.Generator, n_rows: int) -> FloatArray:
    match index:
        case 0:
            return chance.normal(size=n_rows)
        case 1:
            return chance.lognormal(0, 1, n_rows)
        case 2:
            return chance.exponential(3, n_rows)
        case 3:
            return chance.random(n_rows) * 100
        case 4:
            return chance.standard_t(3, n_rows)
        case 5:
            return chance.gamma(2, 2, n_rows)
        case _:
            return chance.choice((-3.0, 3.0), n_rows) + chance.normal(size=n_rows)


def write_wide(folder: Path, n_columns: int) -> None:
    """A reference and current data of many columns and few rows."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    for name, seed in (("reference", 1), ("current", 2)):
        chance = np.random.default_rng(seed)
        columns: dict[str, Any] = {f"c{index}": chance.normal(size=WIDE_ROWS) for index in range(n_columns)}
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")


def measure(quick: bool) -> Iterator[Row]:
    """Time and peak memory at every size, lean counts in turns with Sluice; the other tools; many columns."""
    for n_rows in QUICK_ROWS if quick else ROWS:
        with tempfile.TemporaryDirectory() as name:
            yield from _tall(Path(name), n_rows, quick)
    n_columns = QUICK_WIDE if quick else WIDE
    with tempfile.TemporaryDirectory() as name:
        _written(name, "--wide", n_columns)
        wide = once(_ours(Path(name)))
    what = f"drift {n_columns:,} columns × {WIDE_ROWS:,} rows"
    yield Row(what=what, measured=wide.wall_s, unit="s", limit=MOST_WIDE_S)
    yield Row(what=what, measured=wide.peak_mib, unit="MiB")


def _tall(folder: Path, n_rows: int, quick: bool) -> Iterator[Row]:
    _written(str(folder), "--write", n_rows)
    sides = [str(folder / f"{side}.parquet") for side in ("reference", "current")]
    found = side_by_side({"lean": [sys.executable, "-c", LEAN, *sides], "ours": _ours(folder)}, runs=QUICK_RUNS)
    lean, ours = found["lean"], found["ours"]
    what, than = f"drift {n_rows:,} × {n_rows:,} rows", "lean DuckDB"
    limit = MOST_TIMES_LEAN if n_rows >= LIMITED_ROWS else None
    yield Row(what=what, measured=ours.wall_s, unit="s", limit=limit, than=than, reference=lean.wall_s)
    yield Row(what=what, measured=ours.cpu_s, unit="s CPU", than=than, reference=lean.cpu_s)
    yield Row(what=what, measured=ours.peak_mib, unit="MiB", limit=MOST_MIB)
    yield from _others(what, ours, sides, {} if quick else FASTER_THAN.get(n_rows, {}), n_rows)


def _others(what: str, ours: Cost, sides: list[str], faster_than: Mapping[str, int], n_rows: int) -> Iterator[Row]:
    for peer in peers.DRIFT:
        if n_rows > MOST_ROWS_OF_PEERS and peer.name not in faster_than:
            continue
        start = peers.command(peer, *sides)
        if start is None:
            continue
        theirs = once(start, env=peers.environment())
        limit = 1 / faster_than[peer.name] if peer.name in faster_than else None
        than = peer.packages[0].replace("==", " ")
        yield Row(what=what, measured=ours.wall_s, unit="s", limit=limit, than=than, reference=theirs.wall_s)
        yield Row(what=what, measured=ours.peak_mib, unit="MiB", than=than, reference=theirs.peak_mib)


def _ours(folder: Path) -> list[str]:
    # Nothing in them drifts by more than is allowed.
    sides = [str(folder / f"{side}.parquet") for side in ("reference", "current")]
    return [sys.executable, "-m", "sluice", "drift", *sides]


def _written(folder: str, option: str, size: int) -> None:
    # In a process of its own: a child's peak memory begins at what its parent holds.
    subprocess.run([sys.executable, __file__, option, folder, str(size)], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write(Path(sys.argv[2]), int(sys.argv[3]))
    elif sys.argv[1:2] == ["--wide"]:
        write_wide(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        present(measure)
