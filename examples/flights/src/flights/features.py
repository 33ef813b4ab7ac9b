"""What the model may know of a flight one hour before it is due to leave."""

from __future__ import annotations

import pandas as pd

KEY = "row_id"
TARGET = "y_true"
CATEGORICAL = ("carrier", "origin", "dest")
WEATHER = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib")


def make_features(flights: pd.DataFrame) -> pd.DataFrame:
    """One row of features for every row of ``flights``, under the same index."""
    features = flights[[*CATEGORICAL, "distance", *WEATHER]].copy()
    features["departure_minute"] = flights["hour"].astype("int16") * 60 + flights["minute"]
    features["weekday"] = flights["scheduled_departure"].dt.tz_convert("America/New_York").dt.day_of_week
    return features


def model_input(prepared: pd.DataFrame) -> pd.DataFrame:
    """The features of prepared rows as the classifier wants them: text as categories, key and target left out."""
    features = prepared.drop(columns=[KEY, TARGET])
    return features.astype(dict.fromkeys(CATEGORICAL, "category"))
