"""Pointblank on Polars: the bench's contract on a Parquet file."""

import datetime
import sys

import pointblank as pb
import polars as pl

table = pl.read_parquet(sys.argv[1])
floats = [name for name in table.columns if name.startswith("f") and name != "few"]
oldest = datetime.datetime(2020, 1, 1)  # noqa: DTZ001
result = (
    pb.Validate(table)
    .rows_distinct(columns_subset=["key"])
    .col_vals_not_null(columns=["key", "count", "few", "some", "many", "at"])
    .col_vals_between(columns="count", left=0, right=1000)
    .col_vals_in_set(columns="few", set=["a0", "a1", "a2", "a3", "a4"])
    .col_vals_between(columns=floats, left=-100, right=100, na_pass=True)
    .col_vals_gt(columns="at", value=oldest)
    .interrogate()
)
assert len(table) > 1000
assert result.all_passed()
