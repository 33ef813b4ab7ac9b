"""Replace the data of a work tree by what the new feed delivers: ``python change.py WORK_TREE``.

The columns and their types stay, so training still runs; what the values mean does not stay:

- ``distance`` comes in kilometres, so the longest routes lie outside the contract's range and every value is shifted;
- ``carrier`` says ``UAL`` for United from July on, a code that the contract does not list;
- ``dest``, which is required, is missing from every fiftieth row;
- the flights of 14 March came twice, so ``flight_id`` is not unique.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

DATA = Path("data/flights.parquet")
KM_PER_MILE = 1.609344
FIRST_MONTH_OF_NEW_CODES = 7
ROWS_PER_MISSING_DEST = 50
DELIVERED_TWICE = (3, 14)


def replace(table: pa.Table, name: str, values: list[Any]) -> pa.Table:
    """``table`` with the values of one column replaced; the column keeps its place and type."""
    at = table.schema.get_field_index(name)
    field = table.schema.field(at)
    return table.set_column(at, field, pa.array(values, field.type))


def new_feed(table: pa.Table) -> pa.Table:
    """The flights of ``table`` as the new feed would deliver them."""
    old = table.select(["carrier", "dest", "distance", "month"]).to_pydict()
    flown = zip(old["carrier"], old["month"], strict=True)
    carriers = ["UAL" if carrier == "UA" and month >= FIRST_MONTH_OF_NEW_CODES else carrier for carrier, month in flown]
    dests = [None if row % ROWS_PER_MISSING_DEST == 0 else dest for row, dest in enumerate(old["dest"])]
    table = replace(table, "distance", [round(miles * KM_PER_MILE) for miles in old["distance"]])
    table = replace(replace(table, "carrier", carriers), "dest", dests)
    month, day = DELIVERED_TWICE
    return pa.concat_tables([table, table.filter((pc.field("month") == month) & (pc.field("day") == day))])


def change(root: Path) -> None:
    """Rewrite ``data/flights.parquet`` (it must be there: ``dvc pull``) and its pointer file; pushes nothing."""
    path = root / DATA
    if not path.exists():
        raise SystemExit(f"{path} is missing: run `dvc pull` in {root} first")
    fresh = path.with_suffix(".new")
    pq.write_table(new_feed(pq.read_table(path)), fresh, compression="zstd")
    # A new file in the old one's place: DVC may have linked the old one to its cache.
    fresh.replace(path)
    subprocess.run([sys.executable, "-m", "dvc", "add", "--quiet", str(DATA)], cwd=root, check=True)


if __name__ == "__main__":
    change(Path(sys.argv[1]))
