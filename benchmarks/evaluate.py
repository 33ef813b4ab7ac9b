"""Evaluation of predictions against the bare metric calls of scikit-learn on the same arrays.

Whole processes: start, imports and reading Parquet included. Two files of predictions with a key, seven metrics, on all
rows and on three slices. scikit-learn computes the 56 values; Sluice also joins the files by their key, checks every
value, and gives each value and each difference its interval.

Then `sluice evaluate` itself, on five slice columns of 77 values together, against what the same intervals cost as a
loop of resamples over scikit-learn's functions. The loop is measured on few resamples, and scaled to 1,000.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measuring import QUICK_RUNS, Row, present, side_by_side

QUICK_ROWS, ROWS = (100_000,), (100_000, 1_000_000)
LIMITED_ROWS, MOST_TIMES_BARE, MOST_MIB = 1_000_000, 1.0, 1024

SLICES = {"region": 20, "channel": 20, "age": 20, "device": 12, "day": 5}
MOST_S, MOST_MIB_SLICED, TIMES_FASTER = 5.0, 1024, 50
RESAMPLES, MEASURED_RESAMPLES = 1_000, 1

OURS = """
import sys
from pathlib import Path
from sluice.adapters.predictions import read_predictions
from sluice.core.evaluation import evaluate
from sluice.domain.config import Columns, Evaluation
columns = Columns(target="y_true", score="y_score", key="id")
spec = Evaluation(task="classification", predictions="p", columns=columns, slices=("country",))
candidate, baseline = (read_predictions(Path(sys.argv[1], name), spec) for name in ("c.parquet", "b.parquet"))
result = evaluate(candidate, spec, baseline, seed="bench")
assert len(result.metrics) == len(result.comparisons) == 28, result
assert all(row.ci_low is not None for row in result.comparisons), result
"""

BARE = """
import sys
import pyarrow.parquet as pq
from sklearn import metrics as m
for name in ("c.parquet", "b.parquet"):
    table = pq.read_table(f"{sys.argv[1]}/{name}")
    country = table["country"].to_numpy()
    y, score = table["y_true"].to_numpy().astype(float), table["y_score"].to_numpy()
    for rows in (slice(None), country == "de", country == "fr", country == "us"):
        truth, given = y[rows], score[rows]
        said = (given >= 0.5).astype(float)
        m.roc_auc_score(truth, given), m.average_precision_score(truth, given), m.log_loss(truth, given)
        m.accuracy_score(truth, said), m.precision_score(truth, said), m.recall_score(truth, said)
        m.f1_score(truth, said)
"""


LOOP = """
import sys, time
import numpy as np
import pyarrow.parquet as pq
from sklearn import metrics as m
slices, resamples = sys.argv[2].split(","), int(sys.argv[3])
sides = []
for name in ("c.parquet", "b.parquet"):
    table = pq.read_table(f"{sys.argv[1]}/{name}").sort_by("id")
    sides.append((table["y_true"].to_numpy().astype(float), table["y_score"].to_numpy()))
columns = [table[name].combine_chunks().dictionary_encode() for name in slices]
every = [np.arange(table.num_rows)]
for column in columns:
    codes = column.indices.to_numpy()
    every += [np.flatnonzero(codes == code) for code in range(len(column.dictionary))]
chance = np.random.default_rng(0)
begin = time.perf_counter()
for _ in range(resamples):
    for rows in every:
        drawn = rows[chance.integers(0, len(rows), len(rows))]
        for y, score in sides:
            truth, given = y[drawn], score[drawn]
            said = (given >= 0.5).astype(float)
            m.roc_auc_score(truth, given), m.average_precision_score(truth, given), m.log_loss(truth, given)
            m.accuracy_score(truth, said), m.precision_score(truth, said), m.recall_score(truth, said)
            m.f1_score(truth, said)
print((time.perf_counter() - begin) / resamples)
"""


def write(folder: Path, n_rows: int) -> None:
    """Two models' scores for the same rows, in two orders, the candidate's less noisy."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    chance = np.random.default_rng(7)
    y = (chance.random(n_rows) < 0.2).astype(np.int64)
    country = pa.array(["de", "fr", "us"]).take(chance.integers(0, 3, n_rows))
    easy = chance.normal(size=n_rows)
    slices = {
        name: pa.array([f"{name} {value}" for value in range(values)]).take(chance.integers(0, values, n_rows))
        for name, values in SLICES.items()
    }
    for name, noise in (("c.parquet", 0.8), ("b.parquet", 0.9)):
        score = 1 / (1 + np.exp(1.2 - 1.4 * y - 0.5 * easy - noise * chance.normal(size=n_rows)))
        columns = {"id": np.arange(n_rows), "y_true": y, "y_score": score, "country": country, **slices}
        pq.write_table(pa.table(columns).take(chance.permutation(n_rows)), folder / name)


def measure(quick: bool) -> Iterator[Row]:
    """Time and peak memory at every size, scikit-learn in turns with Sluice."""
    for n_rows in QUICK_ROWS if quick else ROWS:
        with tempfile.TemporaryDirectory() as name:
            # In a process of its own: a child's peak memory begins at what its parent holds.
            subprocess.run([sys.executable, __file__, "--write", name, str(n_rows)], check=True)
            commands = {kind: [sys.executable, "-c", code, name] for kind, code in (("bare", BARE), ("ours", OURS))}
            found = side_by_side(commands, runs=QUICK_RUNS)
            sliced = list(_sliced(Path(name), n_rows))
        bare, ours = found["bare"], found["ours"]
        what, than = f"evaluate {n_rows:,} rows twice", "bare scikit-learn"
        limit, most_mib = (MOST_TIMES_BARE, MOST_MIB) if n_rows >= LIMITED_ROWS else (None, None)
        yield Row(what=what, measured=ours.cpu_s, unit="s CPU", limit=limit, than=than, reference=bare.cpu_s)
        yield Row(what=what, measured=ours.wall_s, unit="s", than=than, reference=bare.wall_s)
        yield Row(what=what, measured=ours.peak_mib, unit="MiB", limit=most_mib)
        yield from sliced


def _sliced(folder: Path, n_rows: int) -> Iterator[Row]:
    """The command itself on many slices; the limit of time is the specification's, at its number of rows."""
    sluice = [str(Path(sys.executable).parent / "sluice"), "evaluate", str(folder / "c.parquet")]
    options = ["--task", "classification", "--baseline", str(folder / "b.parquet"), "--key", "id", "--json"]
    sliced = [word for name in SLICES for word in ("--slice", name)]
    ours = side_by_side({"ours": [*sluice, *options, *sliced]}, runs=QUICK_RUNS)["ours"]
    loop = [sys.executable, "-c", LOOP, str(folder), ",".join(SLICES), str(MEASURED_RESAMPLES)]
    loop_s = RESAMPLES * float(subprocess.run(loop, check=True, capture_output=True, text=True).stdout)
    what, limited = f"sluice evaluate {n_rows:,} rows twice, {1 + sum(SLICES.values())} sets", n_rows >= LIMITED_ROWS
    yield Row(what=what, measured=ours.wall_s, unit="s", limit=MOST_S if limited else None)
    yield Row(what=what, measured=ours.cpu_s, unit="s CPU")
    yield Row(what=what, measured=ours.peak_mib, unit="MiB", limit=MOST_MIB_SLICED if limited else None)
    than = f"a loop of {RESAMPLES:,} resamples over scikit-learn (measured on {MEASURED_RESAMPLES}, scaled)"
    yield Row(what=what, measured=ours.wall_s, unit="s", limit=1 / TIMES_FASTER, than=than, reference=loop_s)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        present(measure)
