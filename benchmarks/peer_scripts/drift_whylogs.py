"""whylogs: a profile of either Parquet file, and the drift scores of every column."""

import sys

import pandas as pd
import whylogs as why
from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores

reference, current = (why.log(pd.read_parquet(path)).view() for path in sys.argv[1:3])
assert calculate_drift_scores(target_view=current, reference_view=reference, with_thresholds=True)
