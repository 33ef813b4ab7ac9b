"""Pandera on pandas: the bench's contract on a Parquet file."""

import sys

import pandas as pd
import pandera.pandas as pa

table = pd.read_parquet(sys.argv[1])
floats = [name for name in table.columns if name.startswith("f") and name != "few"]
schema = pa.DataFrameSchema(
    {
        "key": pa.Column(int, unique=True),
        "count": pa.Column(int, pa.Check.in_range(0, 1000)),
        "few": pa.Column(str, pa.Check.isin(["a0", "a1", "a2", "a3", "a4"])),
        "some": pa.Column(str),
        "many": pa.Column(str),
        "at": pa.Column("datetime64[us]", pa.Check(lambda times: times.max() > pd.Timestamp("2020-01-01"))),
        **{name: pa.Column(float, pa.Check.in_range(-100, 100), nullable=True) for name in floats},
    },
    checks=pa.Check(lambda rows: len(rows) > 1000),
)
assert len(schema.validate(table, lazy=True)) > 1000
