"""Evidently's DataDriftPreset: every column of two Parquet files, given as arguments."""

import sys

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset

reference, current = (pd.read_parquet(path) for path in sys.argv[1:3])
result = Report([DataDriftPreset()]).run(current, reference)
assert len(result.dict()["metrics"]) > len(reference.columns)
