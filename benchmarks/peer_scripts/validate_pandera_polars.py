"""Pandera on Polars: the bench's contract on a Parquet file."""

import datetime
import sys

import pandera.polars as pa
import polars as pl

table = pl.read_parquet(sys.argv[1])
floats = [name for name in table.columns if name.startswith("f") and name != "few"]
oldest = datetime.datetime(2020, 1, 1)  # noqa: DTZ001
schema = pa.DataFrameSchema(
    {
        "key": pa.Column(int, unique=True),
        "count": pa.Column(int, pa.Check.in_range(0, 1000)),
        "few": pa.Column(str, pa.Check.isin(["a0", "a1", "a2", "a3", "a4"])),
        "some": pa.Column(str),
        "many": pa.Column(str),
        "at": pa.Column(pl.Datetime("us"), pa.Check(lambda at: at.lazyframe.select(pl.col(at.key).max() > oldest))),
        **{name: pa.Column(float, pa.Check.in_range(-100, 100), nullable=True) for name in floats},
    },
)
assert len(schema.validate(table, lazy=True)) > 1000
