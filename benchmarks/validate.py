"""Validation against the least that the machine allows: one hand-written DuckDB aggregation of the same checks.

Whole processes: start, imports and reading Parquet included. DuckDB as it comes believes the statistics that a Parquet
file states of itself, and leaves columns unread whose statistics answer. Sluice believes no such file, so the limit is
on the time of the same aggregation that reads every value; beside it stands the one that believes. Sluice also takes
the digest of the data, and may use two gibibytes of memory.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import peers
from measuring import QUICK_RUNS, Row, once, present, side_by_side

QUICK_ROWS, ROWS = (100_000, 1_000_000), (100_000, 1_000_000, 10_000_000)
# At fewer rows the imports are most of it.
LIMITED_ROWS, MOST_TIMES_LEAN = 10_000_000, 1.5
BELIEVING = "statistics_propagation,partial_aggregate_pushdown,filter_pushdown,row_group_pruner"

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: bench
version: 1.0.0
schema:
  - name: bench
    quality:
      - {{metric: rowCount, mustBeGreaterThan: 1000}}
    properties:
      - {{name: key, logicalType: integer, required: true, unique: true}}
      - {{name: count, logicalType: integer, required: true, logicalTypeOptions: {{minimum: 0, maximum: 1000}}}}
      - name: few
        logicalType: string
        required: true
        quality:
          - {{metric: invalidValues, mustBe: 0, arguments: {{validValues: [a0, a1, a2, a3, a4]}}}}
      - {{name: some, logicalType: string, required: true}}
      - {{name: many, logicalType: string, required: true}}
      - {{name: at, logicalType: timestamp, required: true}}
{floats}
slaProperties:
  - {{property: freshness, value: 3650, unit: d, element: at}}
"""
FLOAT = "      - {{name: f{index}, logicalType: number, logicalTypeOptions: {{minimum: -100, maximum: 100}}}}"
N_FLOATS = 14

OURS = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from sluice.adapters.decode.contract import load_contract
from sluice.adapters.tables import open_table
from sluice.core.validation import run_checks, text_columns
folder = Path(sys.argv[1])
contract = load_contract((folder / "c.yaml").read_bytes(), path="c.yaml", dataset="bench")
with open_table(folder, "data.parquet", strings=text_columns(contract)) as table:
    result = run_checks(table, contract, dataset="bench", source="data.parquet", now=datetime.now(UTC))
assert result.verdict == "pass", result
"""

LEAN = """
import sys
import duckdb
ranges = ", ".join(f"count_if(f{i} < -100 OR f{i} > 100)" for i in range(14))
nulls = ", ".join(f"count_if({c} IS NULL)" for c in ('"key"', '"count"', "few", '"some"', "many", '"at"'))
duckdb.execute(f"SET disabled_optimizers = '{sys.argv[2]}'")
row = duckdb.execute(f'''SELECT count(*), {nulls}, count("key"), count(DISTINCT "key"),
    count_if("count" < 0 OR "count" > 1000), count_if(few NOT IN ('a0', 'a1', 'a2', 'a3', 'a4')), max("at")::VARCHAR,
    {ranges} FROM read_parquet($1)''', [sys.argv[1] + "/data.parquet"]).fetchone()
assert row[0] == row[7] == row[8], row
"""


def write(folder: Path, n_rows: int) -> None:
    """A table of 20 columns: floats, integers, text of 5, 50 and 5,000 values, a time; and its contract."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    chance = np.random.default_rng(7)

    def texts(prefix: str, n_values: int) -> pa.Array:
        return pa.array([f"{prefix}{index}" for index in range(n_values)]).take(chance.integers(0, n_values, n_rows))

    columns: dict[str, pa.Array] = {
        "key": pa.array(chance.permutation(n_rows)),
        "count": pa.array(chance.integers(0, 1000, n_rows)),
        "few": texts("a", 5),
        "some": texts("b", 50),
        "many": texts("c", 5000),
        "at": pa.array(1_780_000_000_000_000 + chance.integers(0, 10**12, n_rows), pa.timestamp("us")),
    }
    for index in range(N_FLOATS):
        mask = chance.random(n_rows) < 0.05 if index % 3 == 0 else None
        columns[f"f{index}"] = pa.array(chance.normal(size=n_rows), mask=mask)
    pq.write_table(pa.table(columns), folder / "data.parquet")
    floats = "\n".join(FLOAT.format(index=index) for index in range(N_FLOATS))
    (folder / "c.yaml").write_text(CONTRACT.format(floats=floats), encoding="utf-8")


def measure(quick: bool) -> Iterator[Row]:
    """Time and peak memory at every size, the lean aggregation in turns with Sluice."""
    for n_rows in QUICK_ROWS if quick else ROWS:
        with tempfile.TemporaryDirectory() as name:
            # In a process of its own: a child's peak memory begins at what its parent holds.
            subprocess.run([sys.executable, __file__, "--write", name, str(n_rows)], check=True)
            start = [sys.executable, "-c"]
            commands = {
                "lean": [*start, LEAN, name, BELIEVING],
                "believing": [*start, LEAN, name, ""],
                "ours": [*start, OURS, name],
            }
            found = side_by_side(commands, runs=QUICK_RUNS)
            starts = {peer: peers.command(peer, f"{name}/data.parquet") for peer in peers.VALIDATION}
            others = {peer: once(start, env=peers.environment()) for peer, start in starts.items() if start}
        lean, believing, ours = found["lean"], found["believing"], found["ours"]
        size, than = f"validate {n_rows:,} rows", "lean DuckDB"
        limit = MOST_TIMES_LEAN if n_rows >= LIMITED_ROWS else None
        yield Row(what=size, measured=ours.wall_s, unit="s", limit=limit, than=than, reference=lean.wall_s)
        yield Row(what=size, measured=ours.cpu_s, unit="s CPU", than=than, reference=lean.cpu_s)
        yield Row(what=size, measured=ours.peak_mib, unit="MiB", than=than, reference=lean.peak_mib)
        yield Row(what=size, measured=ours.wall_s, unit="s", than=f"{than}, believing", reference=believing.wall_s)
        for peer, theirs in others.items():
            other = peer.packages[0].replace("==", " ")
            yield Row(what=size, measured=ours.wall_s, unit="s", limit=1.0, than=other, reference=theirs.wall_s)
            yield Row(what=size, measured=ours.peak_mib, unit="MiB", than=other, reference=theirs.peak_mib)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        present(measure)
