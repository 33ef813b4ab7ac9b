"""Files as tables: what is read, what is refused, and what the connection can reach."""

from __future__ import annotations

import hashlib
import json
import os
import random
from contextlib import AbstractContextManager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sluice.adapters.duck_connections import Resources
from sluice.adapters.located import digest, locate
from sluice.adapters.profiling import profile
from sluice.adapters.shown import printable
from sluice.adapters.tables import DuckTable, Other, open_table
from sluice.domain.errors import DataError


def table(
    folder: Path, name: str, content: bytes | str, strings: tuple[str, ...] = ()
) -> AbstractContextManager[DuckTable]:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_table(folder, name, strings=strings)


def kinds(folder: Path, name: str, content: bytes | str, strings: tuple[str, ...] = ()) -> dict[str, str]:
    with table(folder, name, content, strings) as found:
        found.aggregate({"n": found.table.count()})
        return dict(found.columns())


def rows(found: DuckTable, *columns: str) -> dict[str, int]:
    numbers = found.aggregate({"rows": found.table.count()} | {name: found.table[name].count() for name in columns})
    return {name: int(value) for name, value in numbers.items()}


# -- CSV ------------------------------------------------------------------------------------------


def test_the_whole_file_decides_a_type(tmp_path: Path) -> None:
    assert kinds(tmp_path, "a.csv", "x\n" + "1\n" * 50_000 + "abc\n") == {"x": "string"}
    assert kinds(tmp_path, "a.csv", "x\n" + "1\n" * 50_000 + "2\n") == {"x": "int64"}


def test_types_of_values(tmp_path: Path) -> None:
    content = (
        "i,f,b,d,t,z,s,lead,guess\n1,1.5,true,2024-01-02,2024-01-02 03:04:05,2024-01-02T03:04:05Z,x,007,01/02/2024\n"
    )
    assert kinds(tmp_path, "a.csv", content) == {
        "i": "int64",
        "f": "float64",
        "b": "boolean",
        "d": "date",
        "t": "timestamp",
        "z": "timestamp with time zone",
        "s": "string",
        "lead": "string",
        "guess": "string",
    }


def test_times_in_other_forms_stay_text(tmp_path: Path) -> None:
    assert kinds(tmp_path, "a.csv", "t\n01/02/2024 10:00\n13/02/2024 10:00\n") == {"t": "string"}


def test_columns_that_the_contract_calls_text_are_text(tmp_path: Path) -> None:
    found = kinds(tmp_path, "a.csv", "a,b\n1,2024-01-02\n", strings=("a", "b", "absent"))
    assert found == {"a": "string", "b": "string"}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("begin", ["", "\ufeff"])
def test_byte_order_marks_and_line_ends_change_nothing(tmp_path: Path, begin: str, newline: str) -> None:
    content = begin + newline.join(["a,b", "1,x", "2,y", ""])
    assert kinds(tmp_path, "a.csv", content) == {"a": "int64", "b": "string"}


def test_quotes_hold_delimiters_quotes_and_line_breaks(tmp_path: Path) -> None:
    with table(tmp_path, "a.csv", 'a,b\n1,"x, ""y""\nz"\n2,\n') as found:
        assert rows(found, "a", "b") == {"rows": 2, "a": 2, "b": 1}
        assert found.examples(found.table.select(value=found.table["b"]), 5) == ('x, "y"\\nz',)


@pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ";"), ("a.csv", "|"), ("a.csv", "\t"), ("a.tsv", "\t")])
def test_other_delimiters(tmp_path: Path, name: str, delimiter: str) -> None:
    content = f"a{delimiter}b\n1{delimiter}2\n"
    assert kinds(tmp_path, name, content) == {"a": "int64", "b": "int64"}


@pytest.mark.parametrize("name", ["", " ", "\u00a0", "\u200b", "\t "])
def test_a_column_without_a_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="a column has no name; give it one, or leave it out, as pandas"):
        kinds(tmp_path, "a.csv", f'"{name}",x\n0,1\n')
    pq.write_table(pa.table({name: [1], "x": [2]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match="a column has no name"), open_table(tmp_path, "a.parquet"):
        pass
    with pytest.raises(DataError, match="a column has no name"):
        kinds(tmp_path, "a.jsonl", "".join(json.dumps({name: number, "x": "a"}) + "\n" for number in (0, 1)))


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    with table(tmp_path, "a.csv", "a,b\n") as found:
        assert rows(found) == {"rows": 0}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a,b\n1,x\n2,caf\xe9\n", "a.csv:3: is not UTF-8; save it as UTF-8"),
        (b"a,b\n" + b"1,x\n" * 400_000 + b"2,caf\xe9\n", "a.csv:400002: is not UTF-8; save it as UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "a.csv:1: is not UTF-8; save it as UTF-8"),
        (b"a,b\n1,2\n3\n", "a.csv:3: 1 value where the first line names 2 columns"),
        (b"a,b\n1,2\n3,4,5\n", "a.csv:3: 3 values where the first line names 2 columns"),
        (b'a,b\n1,"x\n2,y\n', "a.csv:2: a quoted value does not end"),
        (b"a,b\n1,x\x00y\n", "a.csv:2: holds a NUL character"),
        (b"a,a\n1,2\n", "a.csv: two columns have the name `a`, in upper or lower case"),
        (b"a,A\n1,2\n", "a.csv: two columns have the name `A`, in upper or lower case"),
    ],
)
def test_what_is_no_csv_is_refused_with_its_line(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(DataError) as refused:
        kinds(tmp_path, "a.csv", content)
    assert (refused.value.reason_code, refused.value.sentence) == ("parse", sentence)


def test_a_refusal_quotes_no_value(tmp_path: Path) -> None:
    with pytest.raises(DataError) as refused:
        kinds(tmp_path, "a.csv", "name,age\nAda Lovelace,36\nGrace Hopper,85,secret\n")
    assert "Grace" not in str(refused.value) and "secret" not in str(refused.value)


# -- JSON lines -----------------------------------------------------------------------------------


def test_json_lines(tmp_path: Path) -> None:
    content = '{"a":1,"b":"x","d":"2024-01-02","n":null,"o":{"k":1},"l":[1]}\n\n{"b":"y","a":2.5,"d":"2024-01-03"}\n'
    expected = {"a": "float64", "b": "string", "d": "date", "n": "null", "o": "struct", "l": "array"}
    assert kinds(tmp_path, "a.jsonl", content) == expected
    assert kinds(tmp_path, "a.jsonl", content, strings=("d", "a"))["d"] == "string"
    assert kinds(tmp_path, "a.jsonl", content, strings=("d", "a"))["a"] == "float64"


def test_mixed_types_are_no_number(tmp_path: Path) -> None:
    assert kinds(tmp_path, "a.jsonl", '{"a":1}\n{"a":"x"}\n') == {"a": "json"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"a":1}\n{"a":\n', "a.jsonl:2: is not JSON"),
        (b'{"a":1}\n{"a":"\xe9"}\n', "a.jsonl:2: is not UTF-8"),
        (b'{"a":1}\n[1]\n', "a.jsonl:2: is not a JSON object; write one object on each line"),
        (b"1\n", "a.jsonl:1: is not a JSON object; write one object on each line"),
        (b'\xef\xbb\xbf{"a":1}\n', "a.jsonl:1: begins with a byte order mark; save it as UTF-8 without one"),
    ],
)
def test_what_is_no_json_is_refused_with_its_line(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(DataError) as refused:
        kinds(tmp_path, "a.jsonl", content)
    assert (refused.value.reason_code, refused.value.sentence) == ("parse", sentence)


def test_a_key_named_twice_is_refused_when_it_is_read(tmp_path: Path) -> None:
    with (
        pytest.raises(DataError, match=r"a\.jsonl:2: names a key twice"),
        table(tmp_path, "a.jsonl", '{"a":1}\n{"a":1,"a":2}\n') as found,
    ):
        rows(found, "a")


# -- Parquet --------------------------------------------------------------------------------------


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.9, 1.0])
def test_damaged_parquet_is_refused(tmp_path: Path, keep: float) -> None:
    pq.write_table(pa.table({"x": list(range(1000))}), tmp_path / "a.parquet")
    content = (tmp_path / "a.parquet").read_bytes()
    damaged = content[: int(len(content) * keep)] + (b"\x00" * 64 if keep == 1.0 else b"")
    with pytest.raises(DataError) as refused:
        kinds(tmp_path, "a.parquet", damaged)
    assert refused.value.reason_code == ("data-empty" if keep == 0 else "parse")
    assert str(tmp_path) not in str(refused.value)


def test_random_damage_gives_a_sentence_or_a_table(tmp_path: Path) -> None:
    data = {"x": list(range(500)), "y": [float(index) for index in range(500)], "s": ["abc"] * 500}
    pq.write_table(pa.table(data), tmp_path / "a.parquet")
    content = (tmp_path / "a.parquet").read_bytes()
    chance = random.Random(7)
    said: list[str] = []
    for _ in range(60):
        damaged = bytearray(content)
        for _ in range(chance.randint(1, 8)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            with table(tmp_path, "a.parquet", bytes(damaged)) as found:
                profile(found)
        except DataError as problem:
            said.append(problem.sentence)
    assert said and all(sentence.startswith("a.parquet: ") for sentence in said)


def test_a_folder_of_parquet_files_is_one_table(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    for name, values in (("b/part=2.parquet", [3]), ("a.parquet", [1, 2]), ("_meta.parquet", [9])):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"x": values}), folder / name)
    (folder / "notes.txt").write_text("not data")
    with open_table(tmp_path, "data") as found:
        assert dict(found.columns()) == {"x": "int64"}
        assert rows(found) == {"rows": 3}
        before = found.sha256
    (folder / "a.parquet").rename(folder / "c.parquet")
    assert digest(locate(tmp_path, "data")) != before


def test_files_of_one_folder_must_agree(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    pq.write_table(pa.table({"x": [1]}), tmp_path / "data" / "a.parquet")
    pq.write_table(pa.table({"y": ["b"]}), tmp_path / "data" / "b.parquet")
    with pytest.raises(DataError, match="not a readable Parquet"), open_table(tmp_path, "data") as found:
        rows(found, "x")


def test_two_columns_that_differ_in_case_are_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1], "A": [2]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match="two columns have the name"), open_table(tmp_path, "a.parquet"):
        pass


def test_statistics_that_lie_are_not_believed(tmp_path: Path) -> None:
    names = ("honest", "false")
    values = ([float(index) for index in range(1000)], [float(index) for index in range(990)] + [5e9, -7.0] * 5)
    for name, column in zip(names, values, strict=True):
        pq.write_table(pa.table({"x": column}), tmp_path / f"{name}.parquet", use_dictionary=False, compression="none")
    chunk = pq.ParquetFile(tmp_path / "honest.parquet").metadata.row_group(0).column(0)
    end = chunk.data_page_offset + chunk.total_compressed_size
    honest, false = ((tmp_path / f"{name}.parquet").read_bytes() for name in names)
    (tmp_path / "false.parquet").write_bytes(false[:end] + honest[end:])
    stated = pq.ParquetFile(tmp_path / "false.parquet").metadata.row_group(0).column(0).statistics
    assert stated is not None and stated.max == 999.0
    with open_table(tmp_path, "false.parquet") as found:
        column = found.table["x"]
        numbers = found.aggregate({"outside": ((column < 0) | (column > 1000)).sum(), "high": column.max()})
        assert (int(numbers["outside"]), numbers["high"]) == (10, 5e9)
        outside = found.table.filter(column > 1000).select(value=column)
        assert found.examples(outside, 5) == ("5000000000.0",)


# -- where it lies ---------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["../a.csv", "x/../../a.csv", "/etc/passwd", "", "..", "x\\..\\a.csv", "a\0.csv"])
def test_paths_that_lead_out_are_refused(tmp_path: Path, source: str) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "a.csv").write_text("x\n1\n")
    with pytest.raises(DataError) as refused, open_table(tmp_path / "root", source):
        pass
    assert refused.value.reason_code == "path"


@pytest.mark.parametrize("source", ["s3://bucket/a.csv", "https://example.org/a.csv", "file:///etc/passwd", "C:/a.csv"])
def test_urls_are_refused(tmp_path: Path, source: str) -> None:
    with pytest.raises(DataError, match="is a URL, not a path"), open_table(tmp_path, source):
        pass


def test_links_that_lead_out_are_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "data").mkdir(parents=True)
    (tmp_path / "a.csv").write_text("x\n1\n")
    pq.write_table(pa.table({"x": [1]}), tmp_path / "a.parquet")
    (root / "a.csv").symlink_to(tmp_path / "a.csv")
    (root / "out").symlink_to(tmp_path)
    (root / "data" / "a.parquet").symlink_to(tmp_path / "a.parquet")
    for source in ("a.csv", "out/a.csv", "data"):
        with pytest.raises(DataError, match="leads out of the repository"), open_table(root, source):
            pass


def test_links_inside_the_repository_are_refused(tmp_path: Path) -> None:
    """What they lead to may change without a change of what the configuration names."""
    (tmp_path / "v1" / "deep").mkdir(parents=True)
    (tmp_path / "v1" / "a.csv").write_text("x\n1\n")
    pq.write_table(pa.table({"x": [1]}), tmp_path / "v1" / "deep" / "a.parquet")
    (tmp_path / "a.csv").symlink_to("v1/a.csv")
    (tmp_path / "data").symlink_to("v1")
    (tmp_path / "parts").mkdir()
    pq.write_table(pa.table({"x": [1]}), tmp_path / "parts" / "a.parquet")
    (tmp_path / "parts" / "more").symlink_to("../v1/deep")
    for source, said in (("a.csv", "`v1/a.csv`"), ("data/a.csv", "`v1/a.csv`"), ("data", "`v1`"), ("parts", "more")):
        with pytest.raises(DataError, match="leads through a link") as refused, open_table(tmp_path, source):
            pass
        assert (refused.value.reason_code, said in refused.value.sentence) == ("path", True)


def test_links_into_the_cache_of_dvc_are_followed(tmp_path: Path) -> None:
    kept = tmp_path / ".dvc" / "cache" / "files" / "md5" / "ab"
    kept.mkdir(parents=True)
    (kept / "cdef").write_text("x,z\ty\n1,2\t3\n")
    pq.write_table(pa.table({"x": [1, 2]}), kept / "0123")
    (tmp_path / "a.tsv").symlink_to(kept / "cdef")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.parquet").symlink_to("../.dvc/cache/files/md5/ab/0123")
    with open_table(tmp_path, "a.tsv") as found:
        assert list(found.columns()) == ["x,z", "y"]
        assert rows(found) == {"rows": 1}
    with open_table(tmp_path, "data") as found:
        assert rows(found) == {"rows": 2}


def test_a_cache_that_is_itself_a_link_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.csv").write_text("x\n1\n")
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc" / "cache").symlink_to("../real")
    (tmp_path / "a.csv").symlink_to(".dvc/cache/a.csv")
    with pytest.raises(DataError, match="leads through a link"), open_table(tmp_path, "a.csv"):
        pass


def test_special_files_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(DataError, match="is not a regular file"), open_table(tmp_path, "a.csv"):
        pass


def test_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to("b.csv")
    (tmp_path / "b.csv").symlink_to("a.csv")
    with pytest.raises(DataError) as refused, open_table(tmp_path, "a.csv"):
        pass
    assert refused.value.reason_code in ("path", "missing")


def test_absent_files_and_what_dvc_tracks(tmp_path: Path) -> None:
    for source in ("a.csv", "whole/b.csv", "made/c.csv", "d.csv"):
        with pytest.raises(DataError, match="there is no such file"), open_table(tmp_path, source):
            pass
    (tmp_path / "a.csv.dvc").write_text("outs:\n- md5: 0\n  path: a.csv\n")
    (tmp_path / "whole.dvc").write_text("outs:\n- md5: 0.dir\n  path: whole\n")
    (tmp_path / "dvc.lock").write_text("stages:\n  s:\n    outs:\n    - path: made/c.csv\n      md5: 0\n")
    for source in ("a.csv", "whole/b.csv", "made/c.csv"):
        with pytest.raises(DataError, match="run `dvc pull`") as refused, open_table(tmp_path, source):
            pass
        assert refused.value.reason_code == "missing"


@pytest.mark.parametrize("name", ["a.pkl", "a.csv.gz", "a.json", "a", "a.xlsx"])
def test_other_formats_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="is not read; use one of"):
        kinds(tmp_path, name, "x\n1\n")


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.jsonl"])
def test_zero_bytes_are_no_data(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="has no bytes") as refused:
        kinds(tmp_path, name, b"")
    assert refused.value.reason_code == "data-empty"


def test_an_empty_folder_is_no_data(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(DataError, match="no files of data") as refused, open_table(tmp_path, "data"):
        pass
    assert refused.value.reason_code == "data-empty"


@pytest.mark.parametrize("name", ["a*.csv", "[a].csv", "a?.csv", "it's.csv", "ä ö.csv", "x=1/a.csv", "{a,b}.csv"])
def test_odd_names_are_names_and_not_patterns(tmp_path: Path, name: str) -> None:
    for other in ("ab.csv", "a.csv", "b.csv"):
        (tmp_path / other).write_text("other\n1\n2\n")
    with table(tmp_path, name, "x\n1\n") as found:
        assert list(found.columns()) == ["x"]
        assert rows(found) == {"rows": 1}


@pytest.mark.parametrize("name", ["[a].parquet", "a*.parquet"])
def test_odd_names_of_parquet_files(tmp_path: Path, name: str) -> None:
    pq.write_table(pa.table({"other": [1, 2]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"x": [1]}), tmp_path / name)
    with open_table(tmp_path, name) as found:
        assert (list(found.columns()), rows(found)) == (["x"], {"rows": 1})


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    with table(tmp_path, "a.csv", "x\n1\n") as found:
        assert found.sha256 == hashlib.sha256(b"x\n1\n").hexdigest()


# -- what can be reached ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "FROM read_text('/etc/passwd')",
        "FROM read_csv('{folder}/other.csv')",
        "FROM glob('{folder}/*')",
        "COPY (SELECT 1) TO '{folder}/made.csv'",
        "ATTACH '{folder}/made.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "FROM read_csv('https://example.org/a.csv')",
        "SET enable_external_access = true",
        "SET allowed_paths = ['/etc/passwd']",
        "SET memory_limit = '100GB'",
        "CREATE PERSISTENT SECRET s (TYPE s3)",
        "SET disabled_optimizers = ''",
    ],
)
def test_the_connection_reaches_nothing_else(tmp_path: Path, sql: str) -> None:
    (tmp_path / "other.csv").write_text("x\n1\n")
    with table(tmp_path, "a.csv", "x\n1\n") as found, pytest.raises(duckdb.Error):
        found._connection.execute(sql.format(folder=tmp_path)).fetchall()
    assert {path.name for path in tmp_path.iterdir()} == {"other.csv", "a.csv"}


def test_memory_is_bounded(tmp_path: Path) -> None:
    values = pa.array(range(2_000_000), pa.int64())
    pq.write_table(pa.table({"x": values}), tmp_path / "a.parquet")
    tight = Resources(memory_bytes=16 * 2**20, disk_bytes=2**20, threads=1)
    with open_table(tmp_path, "a.parquet", resources=tight) as found, pytest.raises(DataError, match="more memory"):
        found.aggregate({"n": found.table["x"].median()})


def test_what_does_not_fit_into_memory_goes_to_disk_and_away_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "spill").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "spill"))
    pq.write_table(pa.table({"x": pa.array(range(2_000_000), pa.int64())}), tmp_path / "a.parquet")
    small = Resources(memory_bytes=96 * 2**20, threads=1)
    with open_table(tmp_path, "a.parquet", resources=small) as found:
        assert int(found.aggregate({"n": found.table["x"].nunique()})["n"]) == 2_000_000
    assert list((tmp_path / "spill").iterdir()) == []


def test_printable_text_is_short_and_plain() -> None:
    assert printable("a\x1b[31m\u202e\n") == "a\\x1b[31m\\u202e\\n"
    assert len(printable("\n" * 200)) == 80
    assert printable("é 😀") == "é 😀"


# -- other tables, rows and statements --------------------------------------------------------------


def test_other_tables_are_read_by_the_same_connection(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n2\n3\n")
    (tmp_path / "b.csv").write_text("id\n007\n008\n")
    other = Other(located=locate(tmp_path, "b.csv"), strings=frozenset(("id",)))
    with open_table(tmp_path, "a.csv", related={"b": other}) as table:
        assert table.rows(table.related["b"].order_by("id"), 10) == [("007",), ("008",)]
        assert table.rows(table.table.count(), 10) == [(3,)]
        assert len(table.rows(table.table, 2)) == 2
        assert table.sql("SELECT count(*) FROM related_0", timeout_s=5, total_s=60) == [(2,)]


def test_a_statement_gives_two_rows_at_most_and_ends(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n2\n3\n")
    with open_table(tmp_path, "a.csv") as table:
        assert len(table.sql("SELECT * FROM data", timeout_s=5, total_s=60)) == 2
        endless = "SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range + b.range = 7"
        with pytest.raises(DataError) as ended:
            table.sql(endless, timeout_s=0.3, total_s=60)
        assert (ended.value.reason_code, ended.value.sentence) == ("timeout", "the query took longer than 0.3 s")
        assert table.sql("SELECT 1", timeout_s=5, total_s=60) == [(1,)], "the connection goes on"


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT content FROM read_text('/etc/hostname')",
        "COPY data TO 'stolen.csv'",
        "ATTACH 'x.db'",
        "INSTALL httpfs",
        "SET memory_limit = '1TB'",
        "SELECT * FROM nothing",
    ],
)
def test_the_connection_is_locked_whatever_is_asked(tmp_path: Path, statement: str) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n")
    with open_table(tmp_path, "a.csv") as table, pytest.raises(DataError) as refused:
        table.sql(statement, timeout_s=5, total_s=60)
    assert refused.value.reason_code == "sql"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv"]
