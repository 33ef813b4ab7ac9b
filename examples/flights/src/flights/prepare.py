"""First stage: features and target of every flight that arrived, split by month."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import yaml

from flights.features import KEY, TARGET, make_features


def main() -> None:
    """Read ``data/flights.parquet``, write ``data/prepared/train.parquet`` and ``test.parquet``."""
    params = yaml.safe_load(Path("params.yaml").read_text())["prepare"]
    flights = pd.read_parquet("data/flights.parquet")
    prepared = make_features(flights)
    prepared[KEY] = flights["flight_id"]
    prepared[TARGET] = (flights["arr_delay"] > params["late_minutes"]).astype("int8")

    # A flight that was cancelled or diverted has no arrival delay: it is neither late nor in time.
    arrived = flights["arr_delay"].notna()
    training = flights["month"] <= params["last_training_month"]
    folder = Path("data/prepared")
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("train", arrived & training), ("test", arrived & ~training)):
        if not rows.any():
            raise SystemExit(f"prepare: no flight for {name}: check prepare.last_training_month in params.yaml")
        prepared[rows].to_parquet(folder / f"{name}.parquet", index=False)
        print(f"{name}: {rows.sum()} flights, {prepared.loc[rows, TARGET].mean():.1%} late")
    print(f"left out, never arrived: {(~arrived).sum()}")


if __name__ == "__main__":
    main()
