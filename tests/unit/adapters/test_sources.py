"""Several files as one table: patterns, folders, partitions, Arrow; and tables that keep older versions."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from sluice.adapters.located import digest, locate
from sluice.adapters.tables import open_table
from sluice.domain.errors import DataError


def write(root: Path, files: Mapping[str, str | Mapping[str, Any]]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            path.write_text(content)
        elif path.suffix == ".parquet":
            pq.write_table(pa.table(dict(content)), path)
        else:
            feather.write_feather(pa.table(dict(content)), str(path))


def read(root: Path, source: str, strings: tuple[str, ...] = ()) -> tuple[dict[str, str], list[tuple[Any, ...]]]:
    with open_table(root, source, strings=strings) as table:
        return dict(table.columns()), sorted(table.rows(table.table, 100), key=repr)


def refused(root: Path, source: str) -> DataError:
    with pytest.raises(DataError) as found, open_table(root, source) as table:
        table.aggregate({"n": table.table.count()})
    return found.value


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("data/*.csv", ["a.csv", "b.csv"]),
        ("data/**/*.csv", ["a.csv", "b.csv", "in/c.csv", "in/deep/d.csv"]),
        ("data/in/*/*.csv", ["deep/d.csv"]),
        ("data/?.csv", ["a.csv", "b.csv"]),
        ("data/[!a].csv", ["b.csv"]),
        ("data/[ab].*", ["a.csv", "b.csv"]),
        ("**/deep/*.csv", ["data/in/deep/d.csv"]),
        ("data/in/**", ["c.csv", "deep/d.csv"]),
        ("data/.hidden/*.csv", ["e.csv"]),
    ],
)
def test_a_pattern_names_files(tmp_path: Path, pattern: str, names: list[str]) -> None:
    places = ("a.csv", "b.csv", "in/c.csv", "in/deep/d.csv", ".hidden/e.csv", "_x.csv")
    write(tmp_path, {f"data/{name}": "x\n1\n" for name in places})
    found = locate(tmp_path, pattern)
    # Names begin below the last folder that is no pattern.
    assert list(found.names) == names
    assert read(tmp_path, pattern)[1] == [(1,)] * len(names)


def test_a_pattern_without_files_is_missing(tmp_path: Path) -> None:
    write(tmp_path, {"data/a.csv": "x\n1\n"})
    for pattern in ("data/*.parquet", "other/*.csv", "*/*/*.csv"):
        assert refused(tmp_path, pattern).reason_code == "missing"


def test_a_name_that_looks_like_a_pattern_is_a_name(tmp_path: Path) -> None:
    write(tmp_path, {"a[1].csv": "x\n1\n", "a1.csv": "x\n2\n"})
    assert read(tmp_path, "a[1].csv")[1] == [(1,)]


@pytest.mark.parametrize("pattern", ["../*.csv", "/etc/*", "a/../../*.csv"])
def test_a_pattern_stays_inside(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "root").mkdir()
    write(tmp_path, {"a.csv": "x\n1\n"})
    assert refused(tmp_path / "root", pattern).reason_code == "path"


def test_a_pattern_follows_no_link(tmp_path: Path) -> None:
    write(tmp_path, {"out.csv": "x\n1\n", "root/data/a.csv": "x\n1\n"})
    (tmp_path / "root/data/b.csv").symlink_to(tmp_path / "out.csv")
    assert refused(tmp_path / "root", "data/*.csv").reason_code == "path"


def test_several_formats_are_refused(tmp_path: Path) -> None:
    write(tmp_path, {"d/a.csv": "x\n1\n", "d/b.jsonl": '{"x":1}\n'})
    assert "several formats" in refused(tmp_path, "d/*").sentence
    assert "several formats" in refused(tmp_path, "d").sentence


@pytest.mark.parametrize("form", ["csv", "jsonl", "arrow"])
def test_a_folder_of_each_format_is_a_table(tmp_path: Path, form: str) -> None:
    contents: dict[str, Any] = {"csv": "x\n1\n", "jsonl": '{"x":1}\n', "arrow": {"x": [1]}}
    write(tmp_path, {f"d/{name}.{form}": contents[form] for name in "ab"} | {"d/notes.txt": "x"})
    assert read(tmp_path, "d") == ({"x": "int64"}, [(1,), (1,)])


def test_all_files_decide_a_type(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a.csv": "whole,real,empty,text,day,time\n1,1,,1,2024-01-01,2024-01-01\n",
            "b.csv": "whole,real,empty,text,day,time\n2,1.5,,x,,2024-01-01 10:00:00\n",
        },
    )
    kinds, _rows = read(tmp_path, "*.csv")
    assert kinds == {
        "whole": "int64",
        "real": "float64",
        "empty": "string",
        "text": "string",
        "day": "date",
        "time": "timestamp",
    }


@pytest.mark.parametrize("second", ["y,x\n1,2\n", "x\n1\n", "x;y\n1;2\n", "x,y,z\n1,2,3\n"])
def test_files_of_other_columns_are_refused(tmp_path: Path, second: str) -> None:
    write(tmp_path, {"a.csv": "x,y\n1,2\n", "b.csv": second})
    assert "b.csv does not have the columns of a.csv" in refused(tmp_path, "*.csv").sentence


def test_a_bad_line_is_named_with_its_file(tmp_path: Path) -> None:
    write(tmp_path, {"d/a.csv": "x,y\n1,2\n", "d/b.csv": "x,y\n1,2\n3\n"})
    assert "d: b.csv:3: 1 value where the first line names 2 columns" in refused(tmp_path, "d").sentence
    write(tmp_path, {"j/a.jsonl": '{"x":1}\n', "j/b.jsonl": '{"x":1}\n{"x"\n'})
    assert refused(tmp_path, "j").sentence == "j: b.jsonl:2: is not JSON"


# -- partitions -----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl", "arrow"])
def test_folders_of_keys_are_columns(tmp_path: Path, form: str) -> None:
    contents: dict[str, Any] = {"csv": "x\n1\n", "jsonl": '{"x":1}\n'}
    folders = ("year=2024/day=2024-01-02/zip=007", "year=2025/day=__HIVE_DEFAULT_PARTITION__/zip=a%20b")
    write(tmp_path, {f"d/{folder}/a.{form}": contents.get(form, {"x": [1]}) for folder in folders})
    kinds, rows = read(tmp_path, "d")
    assert set(kinds) == {"x", "year", "day", "zip"}
    assert (kinds["year"], kinds["day"], kinds["zip"]) == ("int64", "date", "string")
    names = list(kinds)
    named = [dict(zip(names, row, strict=True)) for row in rows]
    assert sorted(named, key=lambda row: row["year"]) == [
        {"x": 1, "year": 2024, "day": datetime.date(2024, 1, 2), "zip": "007"},
        {"x": 1, "year": 2025, "day": None, "zip": "a b"},
    ]
    assert read(tmp_path, "d", strings=("year",))[0]["year"] == "string"
    assert read(tmp_path, f"d/**/*.{form}")[0] == kinds


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (["d/a=1/x.parquet", "d/x.parquet"], "same `key=value` names"),
        (["d/a=1/x.parquet", "d/b=1/x.parquet"], "same `key=value` names"),
        (["d/a=1/A=2/x.parquet"], "two folders on one path"),
        (["d/x=1/a.parquet"], "the column `x` is in the files and in their folders' names"),
    ],
)
def test_folders_that_make_no_columns_are_refused(tmp_path: Path, files: list[str], said: str) -> None:
    write(tmp_path, {name: {"x": [1]} for name in files})
    assert said in refused(tmp_path, "d").sentence


def test_folders_above_the_source_make_no_columns(tmp_path: Path) -> None:
    write(tmp_path, {"run=7/d/year=2024/a.parquet": {"x": [1]}, "run=7/a.parquet": {"x": [1]}})
    assert set(read(tmp_path / "run=7", "d")[0]) == {"x", "year"}
    assert set(read(tmp_path, "run=7/a.parquet")[0]) == {"x"}


# -- Arrow ----------------------------------------------------------------------------------------


def test_arrow_files_and_streams(tmp_path: Path) -> None:
    table = pa.table({"i": [1, None], "s": pa.array(["a", None]).dictionary_encode(), "f": [0.5, float("nan")]})
    feather.write_feather(table, str(tmp_path / "a.feather"), compression="zstd")
    with pa.OSFile(str(tmp_path / "b.arrow"), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    for name in ("a.feather", "b.arrow"):
        kinds, rows = read(tmp_path, name)
        assert kinds == {"i": "int64", "s": "string", "f": "float64"} and len(rows) == 2


def test_the_digest_is_that_of_the_arrow_file(tmp_path: Path) -> None:
    write(tmp_path, {"a.arrow": {"x": [1]}})
    with open_table(tmp_path, "a.arrow") as table:
        assert table.sha256 == digest(locate(tmp_path, "a.arrow"))


@pytest.mark.parametrize("cut", [10, 100, 300])
def test_damaged_arrow_files_are_refused(tmp_path: Path, cut: int) -> None:
    write(tmp_path, {"a.arrow": {"x": list(range(100))}})
    content = (tmp_path / "a.arrow").read_bytes()
    (tmp_path / "a.arrow").write_bytes(content[:cut])
    assert refused(tmp_path, "a.arrow").reason_code == "parse"
    (tmp_path / "a.arrow").write_bytes(b"ARROW1\0\0" + b"\xff" * 500)
    assert "is not a readable Arrow file" in refused(tmp_path, "a.arrow").sentence


# -- Delta and Iceberg ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mark", "name"), [("_delta_log/00000000000000000000.json", "Delta"), ("metadata/v1.metadata.json", "Iceberg")]
)
def test_versioned_tables_are_not_read_as_their_files(tmp_path: Path, mark: str, name: str) -> None:
    write(tmp_path, {"t/a.parquet": {"x": [1]}, f"t/{mark}": "{}\n"})
    said = refused(tmp_path, "t").sentence
    assert f"is a {name} table" in said and f"INSTALL {name.lower()}" in said
