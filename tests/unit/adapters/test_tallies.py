"""Samples lie all over a table, in its order; tallies are what counting by hand gives, asked in either way."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from sluice.adapters.tables import DuckTable, open_table
from sluice.adapters.tallies import BLOCKS, tally_once

N = 200_000
LIMIT = 10_240


def write(path: Path, n: int = N, **options: Any) -> None:
    chance = np.random.default_rng(1)
    kinds = pa.array(["a", "b:1", "", None]).take(chance.integers(0, 4, n))
    rows: dict[str, Any] = {"at": np.arange(n), "kind": kinds, "n": chance.integers(-3, 3, n)}
    pq.write_table(pa.table(rows), path, **options)


def places(table: DuckTable, limit: int = LIMIT) -> NDArray[np.int64]:
    return np.array(table.sample(("at",), limit).column(0).to_pylist())


@pytest.mark.parametrize("row_group_size", [N, 30_000, 5_000])
def test_a_sample_lies_all_over_the_file(tmp_path: Path, row_group_size: int) -> None:
    write(tmp_path / "t.parquet", row_group_size=row_group_size)
    with open_table(tmp_path, "t.parquet") as table:
        found, again = places(table), places(table)

    assert LIMIT / 2 <= len(found) <= LIMIT * 1.5
    assert (np.diff(found) > 0).all()
    assert (found == again).all()
    # Every tenth of the rows is in it, with about a tenth of the sample.
    shares = np.bincount(found * 10 // N, minlength=10) / len(found)
    assert shares.min() > 0.04


@pytest.mark.parametrize("name", ["t.parquet", "t.csv"])
def test_no_two_rows_of_a_scattered_sample_are_neighbours(tmp_path: Path, name: str) -> None:
    write(tmp_path / "t.parquet")
    (tmp_path / "t.csv").write_text("at\n" + "\n".join(map(str, range(N))) + "\n", encoding="utf-8")
    with open_table(tmp_path, name) as table:
        found = table.sample(("at",), LIMIT, scattered=True).column("at").to_numpy()

    assert LIMIT / 2 <= len(found) <= LIMIT
    assert np.ptp(np.diff(found)) == 0
    assert found[-1] > N - N // len(found) * 2


def test_a_sample_of_a_folder_takes_of_every_file_or_of_some(tmp_path: Path) -> None:
    for n_files in (3, 2 * BLOCKS + 1):
        folder = tmp_path / f"f{n_files}"
        folder.mkdir()
        for index in range(n_files):
            rows: dict[str, Any] = {"at": np.arange(2_000) + 2_000 * index}
            pq.write_table(pa.table(rows), folder / f"{index:03}.parquet")
        with open_table(tmp_path, folder.name) as table:
            found = places(table, 1_000)
        assert 300 <= len(found) <= 2_500
        assert len(set((found // 2_000).tolist())) >= min(n_files, BLOCKS // 2)


def test_files_of_text_are_sampled_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("at\n" + "\n".join(map(str, range(N))) + "\n", encoding="utf-8")
    with open_table(tmp_path, "t.csv") as table:
        found, again = places(table), places(table)

    assert (np.diff(found) > 0).all()
    assert (found == again).all()
    assert 0.4 * N < np.median(found) < 0.6 * N


def test_small_tables_are_their_own_sample(tmp_path: Path) -> None:
    write(tmp_path / "t.parquet", n=500)
    with open_table(tmp_path, "t.parquet") as table:
        assert places(table, 500).tolist() == list(range(500))
        assert table.sample(("n", "kind"), 500).column_names == ["n", "kind"]


def test_columns_that_are_named_like_row_numbers_are_columns(tmp_path: Path) -> None:
    rows: dict[str, Any] = {
        "file_row_number": np.zeros(N),
        "File_Index": np.arange(N),
        "RowID": np.ones(N),
        "sluice row 0": np.ones(N),
    }
    pq.write_table(pa.table(rows), tmp_path / "t.parquet")
    with open_table(tmp_path, "t.parquet") as table:
        found = table.sample(tuple(rows), LIMIT)

        tally = table.tally({"x": table.table["RowID"]}, 5)

    assert tally == {"x": {1.0: N}}
    assert found.column_names == list(rows)
    assert 0 < found.num_rows <= LIMIT * 1.5
    assert set(found.column(0).to_pylist()) == {0.0}


def test_a_sample_ahead_is_the_sample(tmp_path: Path) -> None:
    write(tmp_path / "t.parquet")
    with open_table(tmp_path, "t.parquet") as table, ThreadPoolExecutor(1) as pool:
        plain = table.sample(("n", "at"), LIMIT)
        table._rows.sample_ahead(["at", "kind", "n"], LIMIT, pool)
        assert table.sample(("n", "at"), LIMIT).equals(plain)


@pytest.mark.parametrize("way", ["one by one", "at once"])
def test_tallies_are_what_counting_gives(tmp_path: Path, way: str) -> None:
    write(tmp_path / "t.parquet")
    with open_table(tmp_path, "t.parquet") as table:
        rows = table.sample(("kind", "n"), 10 * N)
        column = table.table
        exprs = {"kind": column["kind"], "n": column["n"] % 5, "null": column["kind"].isnull()}
        exprs |= {f"more {index}": (column["n"] + index).cast("int16") for index in range(100)}
        found = table.tally(exprs, 50) if way == "one by one" else tally_once(column, exprs, 50, table._ask)

    kinds, numbers = rows.column(0).to_pylist(), rows.column(1).to_pylist()
    assert list(found) == list(exprs)
    assert found["kind"] == Counter(kinds)
    assert sum(found["n"].values()) == N
    assert found["null"] == Counter(kind is None for kind in kinds)
    assert found["more 99"] == Counter(number + 99 for number in numbers)


@pytest.mark.parametrize("way", ["one by one", "at once"])
def test_of_many_values_the_most_frequent_are_kept(tmp_path: Path, way: str) -> None:
    values = [str(n) for n in range(1, 60) for _ in range(n)]
    pq.write_table(pa.table({"x": values}), tmp_path / "t.parquet")
    with open_table(tmp_path, "t.parquet") as table:
        exprs = {"x": table.table["x"]}
        found = table.tally(exprs, 3) if way == "one by one" else tally_once(table.table, exprs, 3, table._ask)

    assert found == {"x": {"59": 59, "58": 58, "57": 57}}


@pytest.mark.parametrize("base", [-1561, 0, 2**53 - 3, 2**53 + 1, -(2**60) - 1])
def test_a_cell_is_the_same_whatever_it_is_told_by(tmp_path: Path, base: int) -> None:
    # One exact arithmetic in Python, one in whatever the expression is compiled to.
    values = [float(base + step) for step in (0, 1, 2, 700)]
    pq.write_table(pa.table({"x": pa.array([*values, None])}), tmp_path / "data.parquet")
    with open_table(tmp_path, "data.parquet") as table:
        cells = (table.table["x"].floor().cast("int64") - base).cast("int16")
        found = table.tally({"cell": cells}, 10)["cell"]
    assert found == {**Counter(int(value) - base for value in values), None: 1}
