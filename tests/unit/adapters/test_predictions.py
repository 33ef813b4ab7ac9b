"""Predictions files of every format, sound and broken."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sluice.adapters import predictions as reader
from sluice.adapters.predictions import read_predictions
from sluice.domain.config import Columns, Evaluation
from sluice.domain.errors import EvidenceError

SPEC = Evaluation(
    task="classification",
    predictions="reports/p.parquet",
    columns=Columns(score="score", key="id", weight="w"),
    slices=("region", "year"),
)
TABLE = {
    "y_true": [0, 1, 1, 0],
    "score": [0.25, 0.75, 0.5, 0.125],
    "id": ["d", "c", "b", "a"],
    "w": [1, 2, 1, 1],
    "region": ["south", None, "north", "south"],
    "year": [2013, 2013, 2014, 2013],
    "unused": [[1], [2], [3], [4]],
}


def write(folder: Path, table: dict[str, list[object]], name: str) -> Path:
    path = folder / name
    if name.endswith(".parquet"):
        pq.write_table(pa.table(table), path)
    elif name.endswith(".jsonl"):
        rows = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        lines = [",".join(table)] + [
            ",".join("" if cell is None else str(cell) for cell in row) for row in zip(*table.values(), strict=True)
        ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def plain(**changed: list[object]) -> dict[str, list[object]]:
    return {name: cells for name, cells in (TABLE | changed).items() if name != "unused"}


@pytest.mark.parametrize("name", ["p.parquet", "p.csv", "p.jsonl"])
def test_every_format_gives_the_same_columns_in_the_files_order(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, TABLE if name == "p.parquet" else plain(), name)
    found = read_predictions(path, SPEC)
    assert found.y.tolist() == [0.0, 1.0, 1.0, 0.0]
    assert found.score is not None and found.score.tolist() == [0.25, 0.75, 0.5, 0.125]
    assert found.key is not None and found.key.tolist() == ["d", "c", "b", "a"]
    assert found.weight is not None and found.weight.tolist() == [1.0, 2.0, 1.0, 1.0]
    assert found.slices["region"].values == ("north", "null", "south")
    assert found.slices["region"].codes.tolist() == [2, 1, 0, 2]
    assert found.slices["year"].values == ("2013", "2014")
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.binary and found.prediction is None


def test_many_rows_keep_their_order(tmp_path: Path) -> None:
    n = 300_000
    score = np.random.default_rng(0).random(n)
    table = pa.table({"y_true": pa.array(np.arange(n) % 2 == 0), "score": pa.array(score.astype(np.float32))})
    pq.write_table(table, tmp_path / "p.parquet", row_group_size=5_000)
    found = read_predictions(tmp_path / "p.parquet", replace(SPEC, columns=Columns(score="score"), slices=()))
    assert found.score is not None
    assert np.array_equal(found.score, table["score"].to_numpy().astype(np.float64))
    assert found.y[:3].tolist() == [1.0, 0.0, 1.0]


def test_named_classes(tmp_path: Path) -> None:
    path = write(tmp_path, {"y_true": ["cat", "dog"], "label": ["cat", "cat"]}, "p.csv")
    spec = Evaluation(task="classification", predictions="p.csv", columns=Columns(prediction="label"))
    found = read_predictions(path, spec)
    assert found.y.tolist() == ["cat", "dog"]
    assert not found.binary


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"y_true": [0, None, 1, 0]}, "the column `y_true` has no value in row 2"),
        ({"score": [0.1, 0.2, 0.3, None]}, "the column `score` has no value in row 4"),
        ({"score": [0.1, float("nan"), 0.3, 0.2]}, "the score is not a finite number in row 2"),
        ({"score": [0.1, 0.2, float("inf"), 0.2]}, "the score is not a finite number in row 3"),
        ({"id": ["a", "b", None, "d"]}, "the column `id` has no value in row 3"),
        ({"id": ["a", "b", "a", "d"]}, "the key 'a' of row 1 occurs more than once"),
        ({"score": ["0.1", "0.2", "high", "0.4"]}, "the column `score` is the score and holds VARCHAR, not numbers"),
        (
            {"y_true": ["no", "yes", "yes", "no"]},
            "scores need a target of the classes 0 and 1, and it holds `no`, `yes`",
        ),
        ({"y_true": [0, 1, 2, 0]}, "it holds `0`, `1`, `2`"),
        ({"w": [1, -1, 1, 1]}, "the weight is negative in row 2"),
    ],
)
def test_bad_values_are_one_sentence(tmp_path: Path, changed: dict[str, list[object]], said: str) -> None:
    path = write(tmp_path, plain(**changed), "p.parquet")
    with pytest.raises(EvidenceError) as caught:
        read_predictions(path, SPEC)
    assert said in caught.value.sentence
    assert caught.value.sentence.startswith("reports/p.parquet: ")


def test_a_missing_column_names_those_that_are_there(tmp_path: Path) -> None:
    path = write(tmp_path, {"y_true": [0, 1], "y_hat": [0, 1]}, "p.csv")
    with pytest.raises(EvidenceError, match="there is no column `score`; there are `y_true`, `y_hat`"):
        read_predictions(path, SPEC)


def test_the_target_is_not_its_own_prediction(tmp_path: Path) -> None:
    path = write(tmp_path, plain(), "p.csv")
    with pytest.raises(EvidenceError, match="is the target and the score at once"):
        read_predictions(path, replace(SPEC, columns=Columns(score="y_true")))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("none.parquet", None, "missing-evidence"),
        ("p.parquet", b"PAR1 and then nothing", "parse"),
        ("p.csv", b"", "data-empty"),
        ("p.csv", b"y_true,score,id,w,region,year\n", "data-empty"),
        ("p.csv", b"y_true,score,id,w,region,year\n1,2\n", "parse"),
        ("p.jsonl", b'{"y_true": 1}\nnot json\n', "parse"),
        ("p.pkl", b"cos\nsystem\n", "parse"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, content: bytes | None, code: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(EvidenceError) as caught:
        read_predictions(tmp_path / name, SPEC)
    assert caught.value.reason_code == code
    assert "\n" not in caught.value.sentence


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path, plain(), "outside.csv")
    inside = tmp_path / "work"
    inside.mkdir()
    (inside / "p.csv").symlink_to(outside)
    with pytest.raises(EvidenceError, match="leads out of the repository by a link"):
        read_predictions(inside / "p.csv", SPEC)


def test_rows_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_ROWS", 3)
    with pytest.raises(EvidenceError, match="holds more than 3 rows; evaluate a sample"):
        read_predictions(write(tmp_path, plain(), "p.csv"), SPEC)


def test_a_column_name_is_never_a_query(tmp_path: Path) -> None:
    name = 'score"; DROP TABLE x; --'
    table = pa.table({"y_true": [0, 1], name: [0.1, 0.9]})
    pq.write_table(table, tmp_path / "p.parquet")
    found = read_predictions(tmp_path / "p.parquet", replace(SPEC, columns=Columns(score=name), slices=()))
    assert found.score is not None and found.score.tolist() == [0.1, 0.9]
