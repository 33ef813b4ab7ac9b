"""Second stage: fit gradient-boosted trees on the training months."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import yaml
from sklearn.ensemble import HistGradientBoostingClassifier

from flights.features import TARGET, model_input


def log_run(params: dict[str, Any], n_rows: int) -> str | None:
    """Start a run in MLflow where ``MLFLOW_TRACKING_URI`` names a server; its id, so that ``evaluate`` adds to it."""
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        return None
    import mlflow  # only where it is asked for: importing it takes seconds

    mlflow.set_experiment("flights")
    with mlflow.start_run() as run:
        mlflow.log_params({**params, "n_training_rows": n_rows})
        return run.info.run_id


def main() -> None:
    """Read ``data/prepared/train.parquet``, write ``models/model.joblib``."""
    params = yaml.safe_load(Path("params.yaml").read_text())["train"]
    prepared = pd.read_parquet("data/prepared/train.parquet")
    model = HistGradientBoostingClassifier(categorical_features="from_dtype", **params)
    model.fit(model_input(prepared), prepared[TARGET])
    Path("models").mkdir(exist_ok=True)
    joblib.dump({"model": model, "mlflow_run": log_run(params, len(prepared))}, "models/model.joblib", compress=3)
    print(f"trained on {len(prepared)} flights, {model.n_features_in_} features")


if __name__ == "__main__":
    main()
