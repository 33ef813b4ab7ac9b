"""Third stage: score the test months, which the model has not seen."""

from __future__ import annotations

import json
import os
from pathlib import Path

import joblib
import pandas as pd
import yaml
from sklearn.metrics import log_loss, precision_score, recall_score, roc_auc_score

from flights.features import KEY, TARGET, model_input


def score(y_true: pd.Series, y_score: pd.Series, threshold: float) -> dict[str, float]:
    """The metrics of ``reports/metrics.json``; ``threshold`` is the probability from which a flight is called late."""
    late = y_score >= threshold
    return {
        "roc_auc": float(roc_auc_score(y_true, y_score)),
        "log_loss": float(log_loss(y_true, y_score)),
        "brier": float(((y_score - y_true) ** 2).mean()),
        "recall": float(recall_score(y_true, late)),
        "precision": float(precision_score(y_true, late)),
        "n_rows": len(y_true),
    }


def log_metrics(run: str | None, metrics: dict[str, float]) -> None:
    """Add the metrics to the training run in MLflow, where there is one."""
    if run is None or not os.environ.get("MLFLOW_TRACKING_URI"):
        return
    import mlflow  # only where it is asked for: importing it takes seconds

    with mlflow.start_run(run_id=run):
        mlflow.log_metrics(metrics)


def main() -> None:
    """Read the model and ``data/prepared/test.parquet``, write ``reports/predictions.parquet`` and ``metrics.json``."""
    params = yaml.safe_load(Path("params.yaml").read_text())["evaluate"]
    prepared = pd.read_parquet("data/prepared/test.parquet")
    trained = joblib.load("models/model.joblib")
    predictions = prepared[[KEY, TARGET, "origin", "carrier"]].copy()
    predictions["y_score"] = trained["model"].predict_proba(model_input(prepared))[:, 1]

    reports = Path("reports")
    reports.mkdir(exist_ok=True)
    predictions.to_parquet(reports / "predictions.parquet", index=False, compression="zstd")
    metrics = score(predictions[TARGET], predictions["y_score"], params["threshold"])
    (reports / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    log_metrics(trained["mlflow_run"], metrics)
    print(json.dumps(metrics))


if __name__ == "__main__":
    main()
