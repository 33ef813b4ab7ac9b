"""`sluice evaluate` on files of more rows than it reads into memory, against a query of the same sums.

Two files of predictions of the same rows, in two orders, so that they have to be joined by their key on disk. The query
is hand-written DuckDB, as it comes: the join, and the values of both models on all rows and every slice. Sluice also
checks every value and every key, takes the digests of both files, and gives 36 values and 36 differences intervals.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measuring import Row, once, present

QUICK_ROWS, ROWS = (2_000_000,), (10_000_000,)
MOST_MIB = 2048
REGIONS = ("north", "south", "east", "west", "middle")

LEAN = """
import sys, duckdb
folder = sys.argv[1]
connection = duckdb.connect(config={"memory_limit": "1GiB", "temp_directory": f"{folder}/spill"})
losses = ", ".join(
    f"avg(-ln(greatest(if(c.y_true = 1, {m}.y_score, 1 - {m}.y_score), 2.3e-16))), "
    f"avg(({m}.y_score - c.y_true) ** 2), avg((({m}.y_score >= 0.5)::INT = c.y_true)::INT), "
    f"sum(({m}.y_score >= 0.5 AND c.y_true = 1)::INT), sum(({m}.y_score >= 0.5)::INT), sum(c.y_true)"
    for m in ("c", "b")
)
rows = connection.execute(
    f"SELECT c.region, count(*), {losses} FROM '{folder}/c.parquet' c JOIN '{folder}/b.parquet' b USING (id) "
    "GROUP BY GROUPING SETS ((), (c.region))"
).fetchall()
assert len(rows) == 6, rows
"""


def write(folder: Path, n_rows: int) -> None:
    """Two models' scores for the same rows; the second file's rows are in no order."""
    import duckdb

    connection = duckdb.connect(config={"memory_limit": "2GiB", "temp_directory": str(folder / "spill")})
    true, regions = "(hash(id) % 1000 < 300)::INT", ", ".join(f"'{name}'" for name in REGIONS)
    for name, salt, order in (("c", 1, "id"), ("b", 2, f"(id * 7368787) % {n_rows}")):
        noise = f"hash(id + {salt} * 1000003) % 1000000 / 1000000.0"
        connection.execute(
            f"COPY (FROM (FROM range({n_rows}) t(id) SELECT {order} AS id) SELECT id, {true} AS y_true, "
            f"0.35 * {true} + 0.6 * {noise} AS y_score, "
            f"[{regions}][1 + (hash(id + 5) % {len(REGIONS)})::INT] AS region) TO '{folder}/{name}.parquet'"
        )


def measure(quick: bool) -> Iterator[Row]:
    """Time and peak memory, one run each after the other."""
    for n_rows in QUICK_ROWS if quick else ROWS:
        yield from measured(n_rows)


def measured(n_rows: int) -> Iterator[Row]:
    """Of one size."""
    with tempfile.TemporaryDirectory() as folder:
        # In a process of its own: a child's peak memory begins at what its parent holds.
        subprocess.run([sys.executable, __file__, "--write", folder, str(n_rows)], check=True)
        sluice = [str(Path(sys.executable).parent / "sluice"), "evaluate", f"{folder}/c.parquet"]
        options = ["--task", "classification", "--baseline", f"{folder}/b.parquet", "--key", "id"]
        more = ["--slice", "region", "--metric", "brier", "--rows-in-memory", "1000000", "--json"]
        lean = once([sys.executable, "-c", LEAN, folder])
        # Ranking needs all rows at once: two metrics of eight have no value, which closes.
        ours = once([*sluice, *options, *more], ends=1)
    what, than = f"sluice evaluate {n_rows:,} rows twice, part by part", "a query of the same sums"
    yield Row(what=what, measured=ours.wall_s, unit="s", than=than, reference=lean.wall_s)
    yield Row(what=what, measured=ours.cpu_s, unit="s CPU", than=than, reference=lean.cpu_s)
    yield Row(what=what, measured=ours.peak_mib, unit="MiB", limit=MOST_MIB)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write(Path(sys.argv[2]), int(sys.argv[3]))
    elif sys.argv[1:2] == ["--rows"]:
        rows = int(sys.argv.pop(2))
        sys.argv.pop(1)
        present(lambda _: measured(rows))
    else:
        present(measure)
