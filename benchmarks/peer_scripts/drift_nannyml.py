"""NannyML's univariate drift by its default methods: every column of two Parquet files, the current one a chunk."""

import sys

import nannyml as nml
import pandas as pd

reference, current = (pd.read_parquet(path) for path in sys.argv[1:3])
texts = [name for name in reference.columns if reference[name].dtype == object or str(reference[name].dtype) == "str"]
calculator = nml.UnivariateDriftCalculator(
    column_names=list(reference.columns), treat_as_categorical=texts, chunk_number=1
)
calculator.fit(reference)
assert len(calculator.calculate(current).to_df()) >= 1
