"""Predictions files that are read part by part: the same rows, rules and joins, whatever the format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sluice.adapters.large_predictions import LargePredictions
from sluice.adapters.predictions import open_predictions, read_predictions
from sluice.domain.config import Columns, Evaluation
from sluice.domain.errors import EvidenceError
from sluice.domain.predictions import Predictions

SPEC = Evaluation(
    task="classification",
    predictions="reports/p",
    columns=Columns(score="score", key="id", weight="w"),
    slices=("region",),
)
N = 50


def table(**changed: Any) -> pd.DataFrame:
    place = np.arange(N)
    columns: dict[str, Any] = {
        "y_true": place % 2,
        "score": np.round(0.2 + 0.01 * place, 2),
        "id": [f"k{at:03d}" for at in place[::-1]],
        "w": 1.0 + place,
        "region": [None if at % 7 == 0 else ("north", "south")[at % 2] for at in place],
    }
    return pd.DataFrame(columns | changed)


def write(folder: Path, frame: pd.DataFrame, name: str) -> Path:
    path = folder / name
    if name.endswith(".parquet"):
        frame.to_parquet(path, row_group_size=9)
    elif name.endswith(".csv"):
        frame.to_csv(path, index=False)
    else:
        frame.to_json(path, orient="records", lines=True)
    return path


def large(path: Path, spec: Evaluation = SPEC, size: int = 8) -> LargePredictions:
    found = open_predictions(path, spec, most=10)
    assert isinstance(found, LargePredictions)
    return replace(found, part_rows=size)


@pytest.mark.parametrize("name", ["p.parquet", "p.csv", "p.jsonl"])
@pytest.mark.parametrize("size", [8, 25, 49, 50, 1000])
def test_the_parts_are_the_rows_in_their_order(tmp_path: Path, name: str, size: int) -> None:
    path = write(tmp_path, table(), name)
    whole, parts = read_predictions(path, SPEC), list(large(path, size=size).parts())
    assert [part.n for part in parts[:-1]] == [size] * (len(parts) - 1)
    for column in ("y", "score", "key", "weight"):
        joined = np.concatenate([getattr(part, column) for part in parts])
        assert np.array_equal(joined, getattr(whole, column))
    slices = [(part.slices["region"].values[code]) for part in parts for code in part.slices["region"].codes]
    assert slices == [whole.slices["region"].values[code] for code in whole.slices["region"].codes]
    assert all(part.binary for part in parts)


def test_a_file_of_so_many_rows_is_read_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, table(), "p.csv")
    found = open_predictions(path, SPEC, most=N)
    assert isinstance(found, Predictions) and found.n == N
    assert found.file is not None and sum(part.n for part in found.file.parts()) == N
    assert found.file.sha256 == found.sha256 == large(path).sha256 != ""
    assert isinstance(open_predictions(path, SPEC, most=N - 1), LargePredictions)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("score", np.nan, "the column `score` has no value in row 31"),
        ("score", np.inf, "the score is not a finite number in row 31"),
        ("w", -1.0, "the weight is negative in row 31"),
        ("y_true", 0.5, "the true class is not a whole number in row 31"),
        ("y_true", 2, "scores need a target of the classes 0 and 1, and it holds `0`, `1`, `2`"),
        ("id", None, "the column `id` has no value in row 31"),
    ],
)
def test_what_must_not_be_there_is_named_by_its_row_in_the_file(
    tmp_path: Path, column: str, value: Any, said: str
) -> None:
    frame = table()
    frame[column] = frame[column].astype(object if column == "id" else float)
    frame.loc[30, column] = value
    frame.loc[31, column] = value
    for size in (4, 8, 100):
        with pytest.raises(EvidenceError, match=said) as raised:
            list(large(write(tmp_path, frame, "p.parquet"), size=size).parts())
        assert raised.value.where == "reports/p"


@pytest.mark.parametrize(
    "keys",
    [
        [f"k{at}" for at in [*range(N - 1), 3]],
        [*range(N - 1), 3],
        [*range(N - 1), N - 2],
        [*range(N, 1, -1), 2],
        [0.5 + at for at in [*range(N - 1), 3]],
    ],
)
def test_a_key_that_occurs_again_is_found_however_far_apart(tmp_path: Path, keys: list[Any]) -> None:
    path = write(tmp_path, table(id=keys), "p.parquet")
    with pytest.raises(EvidenceError, match="occurs more than once; a key names one row"):
        large(path).require_unique_key()


@pytest.mark.parametrize("keys", [list(range(N)), list(range(N, 0, -1)), [f"k{at}" for at in range(N)]])
def test_keys_that_occur_once_pass_in_any_order(tmp_path: Path, keys: list[Any]) -> None:
    large(write(tmp_path, table(id=keys), "p.parquet")).require_unique_key()
    unkeyed = replace(SPEC, columns=replace(SPEC.columns, key=None))
    large(write(tmp_path, table(id=[1] * N), "p.parquet"), unkeyed).require_unique_key()


@pytest.mark.parametrize("keys", [list(range(N)), [f"k{at}" for at in range(N)]])
@pytest.mark.parametrize("names", [("c.parquet", "b.parquet"), ("c.parquet", "b.csv"), ("c.jsonl", "b.parquet")])
def test_rows_of_equal_keys_come_side_by_side(tmp_path: Path, keys: list[Any], names: tuple[str, str]) -> None:
    candidate = table(id=keys)
    baseline = candidate.assign(score=candidate["score"] / 2).sample(frac=0.8, random_state=1).drop(columns="region")
    ours = large(write(tmp_path, candidate, names[0]), size=7)
    theirs = large(write(tmp_path, baseline, names[1]), replace(SPEC, slices=()), size=7)
    pairs = list(ours.joined(theirs))
    scores = [
        np.concatenate([part.score for part in side if part.score is not None]) for side in zip(*pairs, strict=True)
    ]
    assert len(scores[0]) == 40
    assert np.array_equal(scores[0] / 2, scores[1])
    assert all(set(pair[0].slices) == {"region"} and not pair[1].slices for pair in pairs)
    assert all(np.array_equal(pair[0].y, pair[1].y) for pair in pairs)


@pytest.mark.parametrize(("keys", "kind"), [(list(range(N)), "numbers"), ([f"k{at}" for at in range(N)], "text")])
def test_the_kind_of_the_key(tmp_path: Path, keys: list[Any], kind: str) -> None:
    path = write(tmp_path, table(id=keys), "p.parquet")
    assert large(path).key == kind
    assert large(path, replace(SPEC, columns=Columns(score="score"))).key == ""


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, pd.concat([table()] * 200), "p.parquet")
    whole = bytearray(path.read_bytes())
    whole[2_000 : len(whole) // 2] = bytes(len(whole) // 2 - 2_000)
    path.write_bytes(bytes(whole))
    with pytest.raises(EvidenceError, match="is not a readable Parquet file"):
        list(large(path).parts())


def test_a_line_that_breaks_the_table_far_below_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, pd.concat([table()] * 200), "p.csv")
    path.write_text(path.read_text() + "1,0.5\n")
    with pytest.raises(EvidenceError, match="2 values where the first line names 5 columns"):
        list(large(path).parts())


def test_only_a_file_is_joined_with_a_file(tmp_path: Path) -> None:
    ours: Any = large(write(tmp_path, table(), "p.parquet"))
    with pytest.raises(TypeError):
        next(ours.joined(object()))
