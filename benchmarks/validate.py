"""Validation against the least that the machine allows: one hand-written DuckDB aggregation of the same checks.

Prints time and peak memory of whole processes (start, imports and reading Parquet included; the best of three runs),
and Sluice's time in multiples of the lean one. Rows per table may be given: ``benchmarks/validate.py 100000 10000000``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS = (100_000, 1_000_000)
RUNS = 3

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
    columns: dict[str, pa.Array] = {
        "key": pa.array(chance.permutation(n_rows)),
        "count": pa.array(chance.integers(0, 1000, n_rows)),
        "few": pa.array(np.char.add("a", chance.integers(0, 5, n_rows).astype(str))),
        "some": pa.array(np.char.add("b", chance.integers(0, 50, n_rows).astype(str))),
        "many": pa.array(np.char.add("c", chance.integers(0, 5000, n_rows).astype(str))),
        "at": pa.array(1_780_000_000_000_000 + chance.integers(0, 10**12, n_rows), pa.timestamp("us")),
    }
    for index in range(N_FLOATS):
        mask = chance.random(n_rows) < 0.05 if index % 3 == 0 else None
        columns[f"f{index}"] = pa.array(chance.normal(size=n_rows), mask=mask)
    pq.write_table(pa.table(columns), folder / "data.parquet")
    floats = "\n".join(FLOAT.format(index=index) for index in range(N_FLOATS))
    (folder / "c.yaml").write_text(CONTRACT.format(floats=floats), encoding="utf-8")


def measured(code: str, folder: Path) -> tuple[float, float]:
    """Seconds and peak MiB of one process, the best of the runs."""
    found: list[tuple[float, float]] = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        child = os.posix_spawn(sys.executable, [sys.executable, "-c", code, str(folder)], dict(os.environ))
        _, status, usage = os.wait4(child, 0)
        if status:
            raise SystemExit(f"a run ended with {status}")
        found.append((time.perf_counter() - begin, usage.ru_maxrss / 1024))
    return min(found)


def main() -> None:
    """Print one line per size."""
    if sys.argv[1:2] == ["--write"]:
        write(Path(sys.argv[2]), int(sys.argv[3]))
        return
    for n_rows in [int(text) for text in sys.argv[1:]] or ROWS:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            # In a process of its own: a child's peak memory begins at what its parent holds.
            subprocess.run([sys.executable, __file__, "--write", name, str(n_rows)], check=True)
            (lean_s, lean_mib), (ours_s, ours_mib) = measured(LEAN, folder), measured(OURS, folder)
        print(
            f"validate {n_rows:>10,} rows: sluice {ours_s:.2f} s, {ours_mib:.0f} MiB; lean DuckDB {lean_s:.2f} s, "
            f"{lean_mib:.0f} MiB; ratio {ours_s / lean_s:.2f}, {ours_s - lean_s:+.2f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
