"""frouros: the Kolmogorov-Smirnov test of every numeric column, and chi-square of the texts, of two Parquet files."""

import sys

import pandas as pd
from frouros.detectors.data_drift import ChiSquareTest, KSTest

reference, current = (pd.read_parquet(path) for path in sys.argv[1:3])
for name in reference.columns:
    text = not pd.api.types.is_numeric_dtype(reference[name])
    detector = ChiSquareTest() if text else KSTest()
    detector.fit(X=reference[name].dropna().to_numpy())
    result, _ = detector.compare(X=current[name].dropna().to_numpy())
    assert 0 <= result.p_value <= 1
