"""Data that is broken or hostile: a named verdict and sentence, in bounded time and memory; nothing is touched."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

# Of the whole command, on a machine that does other things too.
MAX_S = 60.0
OPEN, CLOSED = 0, 1


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a command said and how it ended."""

    code: int
    verdict: str
    results: list[Mapping[str, Any]]
    message: str
    err: str

    def result(self, check: str) -> Mapping[str, Any]:
        return next(one for one in self.results if one["check"] == check)


def contract(folder: Path, columns: str = "[{name: x}]", more: str = "") -> Path:
    path = folder / "contract.yaml"
    about = "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\n"
    text = f"{about}schema:\n  - name: data\n    properties: {columns}\n{more}"
    path.write_text(text)
    return path


def sluice(folder: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """A command in a folder of its own, whose surroundings must be the same afterwards."""
    before = _state(folder)
    start_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "sluice", *arguments, "--json"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=4 * MAX_S,
        check=False,
        env={**os.environ, "TMPDIR": str(folder.parent / "tmp")},
    )
    assert time.monotonic() - start_s < MAX_S
    assert _state(folder) == before
    assert list((folder.parent / "tmp").iterdir()) == [], "temporary files are left behind"
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


def _state(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder.parent)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.parent.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A work folder, with something beside it that must stay as it is."""
    (tmp_path / "tmp").mkdir()
    (tmp_path / "work").mkdir()
    (tmp_path / "beside.txt").write_text("mine")
    return tmp_path / "work"


def validate(folder: Path, name: str, columns: str = "[{name: x}]", more: str = "") -> Told:
    said = contract(folder, columns, more)
    code, found, err = sluice(folder, "validate", name, "--contract", said.name)
    return Told(
        code=code,
        verdict=found.get("verdict", ""),
        results=found.get("results", []),
        message=found.get("message", ""),
        err=err,
    )


def drift(folder: Path, reference: str, current: str) -> tuple[int, dict[str, Any], str]:
    return sluice(folder, "drift", reference, current)


def parquet(folder: Path, columns: Mapping[str, Any], name: str = "data.parquet") -> Path:
    pq.write_table(pa.table(dict(columns)), folder / name)
    return folder / name


# -- files that cannot be read: each verdict is `error`, with its code and sentence ----------------


def _truncated(folder: Path) -> None:
    path = parquet(folder, {"x": list(range(1000))})
    path.write_bytes(path.read_bytes()[:-20])


def _lying_length(folder: Path) -> None:
    """A footer that says it is longer than the file."""
    path = parquet(folder, {"x": list(range(1000))})
    path.write_bytes(path.read_bytes()[:-8] + struct.pack("<I", 0x7FFFFFFF) + b"PAR1")


def _torn_pages(folder: Path) -> None:
    """A footer that is whole, over pages that are noise."""
    path = parquet(folder, {"x": np.random.default_rng(1).normal(size=20_000)})
    content = bytearray(path.read_bytes())
    content[4:50_000] = bytes(49_996)
    path.write_bytes(bytes(content))


UNREADABLE: Mapping[str, tuple[str, Callable[[Path], Any], str]] = {
    "zero bytes": ("data.csv", lambda folder: (folder / "data.csv").write_bytes(b""), "data-empty: "),
    "zero bytes of Parquet": (
        "data.parquet",
        lambda folder: (folder / "data.parquet").write_bytes(b""),
        "data-empty: ",
    ),
    "a truncated footer": ("data.parquet", _truncated, "parse: data.parquet: is not a readable Parquet file"),
    "a lying footer": ("data.parquet", _lying_length, "parse: data.parquet: is not a readable Parquet file"),
    "torn pages": ("data.parquet", _torn_pages, "parse: data.parquet: is not a readable Parquet file"),
    "text for Parquet": ("data.parquet", lambda f: (f / "data.parquet").write_text("x\n1\n"), "parse: "),
    "latin-1": (
        "data.csv",
        lambda folder: (folder / "data.csv").write_bytes("x\ncafé\n".encode("latin-1")),
        "parse: data.csv:2: is not UTF-8; save it as UTF-8",
    ),
    "NUL bytes": (
        "data.csv",
        lambda folder: (folder / "data.csv").write_bytes(b"x\na\0b\n"),
        "parse: data.csv:2: holds a NUL character",
    ),
    "a quote that never ends": (
        "data.csv",
        lambda f: (f / "data.csv").write_text('x,y\n1,"a\n'),
        "parse: data.csv:2: ",
    ),
    "duplicate names": (
        "data.csv",
        lambda folder: (folder / "data.csv").write_text("x,x\n1,2\n"),
        "parse: data.csv: two columns have the name `x`",
    ),
    "names that differ in case": (
        "data.parquet",
        lambda folder: parquet(folder, {"x": [1], "X": [2]}),
        "parse: data.parquet: two columns have the name `X",
    ),
    "a duplicate name of Parquet": (
        "data.parquet",
        lambda f: pq.write_table(
            pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["x", "x"]), f / "data.parquet"
        ),
        "parse: data.parquet: two columns have the name `x",
    ),
    "a CSV name of nothing": (
        "data.csv",
        lambda folder: (folder / "data.csv").write_text(",x\n0,1\n"),
        "parse: data.csv: a column has no name; give it one",
    ),
    "a JSON name of nothing": (
        "data.jsonl",
        lambda folder: (folder / "data.jsonl").write_text('{"": 1, "x": "a"}\n'),
        "parse: data.jsonl:1: a column has no name; give it one",
    ),
    "a name of nothing": ("data.parquet", lambda f: parquet(f, {"": [1]}), "parse: data.parquet: a column has no name"),
    "a pipe in place of a file": ("data.csv", lambda folder: os.mkfifo(folder / "data.csv"), "path: "),
    "a damaged Arrow file": (
        "data.arrow",
        lambda folder: (folder / "data.arrow").write_bytes(b"ARROW1\0\0" + b"\xff" * 1000),
        "parse: data.arrow: is not a readable Arrow file",
    ),
    "JSON that ends early": (
        "data.jsonl",
        lambda folder: (folder / "data.jsonl").write_text('{"x": 1}\n{"x": '),
        "parse: data.jsonl:2: is not JSON",
    ),
    "JSON nested without end": (
        "data.jsonl",
        lambda folder: (folder / "data.jsonl").write_text('{"x": ' + "[" * 100_000 + "\n"),
        "parse: data.jsonl",
    ),
    "an unknown format": ("data.xlsx", lambda folder: (folder / "data.xlsx").write_bytes(b"PK"), "parse: "),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_is_an_error_with_its_sentence(work: Path, case: str) -> None:
    name, make, said = UNREADABLE[case]
    make(work)
    if name == "data.csv" and case.startswith("a pipe"):
        # Nothing can be read of it before somebody writes: it must not even be opened.
        said_contract = contract(work)
        done = subprocess.run(
            [sys.executable, "-m", "sluice", "validate", name, "--contract", said_contract.name, "--json"],
            cwd=work,
            capture_output=True,
            text=True,
            timeout=MAX_S,
            check=False,
        )
        assert done.returncode == CLOSED and json.loads(done.stdout)["message"].startswith(said)
        return
    told = validate(work, name, "[{name: x, required: true}]")
    assert (told.code, told.verdict) == (CLOSED, "error"), told
    assert told.message.startswith(said) and "\n" not in told.message, told.message
    assert told.err.count("\n") == 1 and "verdict" not in told.err


@pytest.mark.parametrize("case", ["zero bytes", "a truncated footer", "latin-1", "a damaged Arrow file"])
def test_drift_of_what_cannot_be_read_closes_too(work: Path, case: str) -> None:
    name, make, said = UNREADABLE[case]
    make(work)
    (work / "good.csv").write_text("x\n" + "".join(f"{number}\n" for number in range(200)))
    code, found, err = drift(work, "good.csv", name)
    assert code == CLOSED and said.partition(": ")[2].partition(";")[0] in json.dumps(found) + err


# -- files that hold little, or what few expect ---------------------------------------------------


def test_zero_rows_are_never_a_pass(work: Path) -> None:
    (work / "data.csv").write_text("x\n")
    told = validate(work, "data.csv", "[{name: x, required: true}]")
    assert told.code == CLOSED and told.result("required")["verdict"] == "inconclusive"
    assert "no rows" in told.result("required")["message"]
    (work / "good.csv").write_text("x\n1\n2\n")
    code, found, _err = drift(work, "good.csv", "data.csv")
    assert code == CLOSED and found["verdict"] == "inconclusive"


def test_one_row_is_measured_and_too_few_for_drift(work: Path) -> None:
    (work / "data.csv").write_text("x\n1\n")
    (work / "other.csv").write_text("x\n2\n")
    assert validate(work, "data.csv", "[{name: x, required: true, logicalType: integer}]").verdict == "pass"
    code, found, _err = drift(work, "data.csv", "other.csv")
    assert code == CLOSED and found["verdict"] == "inconclusive"


def test_mixed_types_are_text(work: Path) -> None:
    (work / "data.csv").write_text("x\n" + "1\n" * 50_000 + "abc\n")
    told = validate(work, "data.csv", "[{name: x, logicalType: integer}]")
    assert (told.code, told.verdict) == (CLOSED, "fail")
    assert told.result("column_type")["message"] == "is string, not integer"


def test_a_byte_order_mark_and_quoted_line_breaks_change_nothing(work: Path) -> None:
    (work / "data.csv").write_bytes(b'\xef\xbb\xbfx,y\r\n1,"a\r\nb"\r\n')
    told = validate(work, "data.csv", "[{name: x, logicalType: integer}, {name: y, logicalType: string}]")
    assert (told.code, told.verdict) == (OPEN, "pass")


LOOK_ALIKE = (
    "a",
    "\u0430",
    "é",
    "e\u0301",
    "x" * 10_000,
    "ﬁ",
    "fi",
    "名前",
    "a b",
    'a"b',
    "a;--",
    "\u202ea",
    "$x",
    "`q`",
)


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow", "jsonl"])
def test_strange_names_are_names(work: Path, form: str) -> None:
    import pyarrow.feather as feather

    names: list[str] = list(LOOK_ALIKE)
    table = pa.table([pa.array([index, index + 1]) for index in range(len(names))], names=names)
    if form == "csv":
        quoted = ['"' + name.replace('"', '""') + '"' for name in names]
        rows = [",".join(str(index + more) for index in range(len(names))) for more in (0, 1)]
        (work / "data.csv").write_text("\n".join([",".join(quoted), *rows, ""]))
    elif form == "parquet":
        pq.write_table(table, work / "data.parquet")
    elif form == "arrow":
        feather.write_feather(table, str(work / "data.arrow"))
    else:
        lines = [json.dumps({name: index for index, name in enumerate(names)}) for _ in range(2)]
        (work / "data.jsonl").write_text("\n".join(lines))
    # Of the two that look the same, each is itself: the second is not there under the first's name.
    columns = json.dumps(
        [{"name": name, "required": True, "logicalType": "integer"} for name in ("\u0430", "e\u0301", "ﬁ")]
    )
    told = validate(work, f"data.{form}", columns)
    assert (told.code, told.verdict) == (OPEN, "pass"), told
    code, found, _err = drift(work, f"data.{form}", f"data.{form}")
    assert code == OPEN and found["verdict"] == "pass"


def test_a_name_that_only_looks_right_is_missing(work: Path) -> None:
    parquet(work, {"\u0430": [1]})
    told = validate(work, "data.parquet", "[{name: a, logicalType: integer}]")
    assert told.code == CLOSED and "column is missing" in told.result("column_type")["message"]


def _strange_values() -> dict[str, Any]:
    return {
        "f": pa.array([float("nan"), float("inf"), float("-inf"), None, -0.0]),
        "long_ago": pa.array(
            [datetime.fromisoformat("1677-09-21T00:12:44"), None, None, None, None], pa.timestamp("ns")
        ),
        "far": pa.array([datetime.fromisoformat("9999-12-31T23:59:59"), None, None, None, None], pa.timestamp("us")),
        "zoned": pa.array([datetime(2024, 1, 1, tzinfo=UTC)] * 5, pa.timestamp("us", "America/New_York")),
        "day": pa.array([date(1, 1, 1), date(9999, 12, 31), None, None, None]),
        "money": pa.array([Decimal("12345678901234567890.123456789012345678")] * 5, pa.decimal128(38, 18)),
        "wide": pa.array([Decimal(10) ** 60] * 5, pa.decimal256(70, 2)),
        "list": pa.array([[1, None], [], None, [2], [3]]),
        "deep": pa.array([{"a": {"b": [{"c": 1}]}}, None, None, None, None]),
        "map": pa.array([[("k", 1)], [], None, [], []], pa.map_(pa.string(), pa.int64())),
        "bytes": pa.array([b"\xff\x00", b"", None, b"a", b"b"]),
        "nothing": pa.nulls(5),
        "big": pa.array([2**64 - 1, 0, None, 1, 2], pa.uint64()),
        "spoken": pa.array(["\u202e", "\0", "::error::x", "<script>", "\ud7ff"]),
    }


def test_strange_values_are_measured(work: Path) -> None:
    values = {name: column for name, column in _strange_values().items() if name != "wide"}
    parquet(work, values)
    columns = json.dumps([{"name": name} for name in values])
    told = validate(work, "data.parquet", columns)
    assert (told.code, told.verdict) == (OPEN, "pass"), told
    ranged = "[{name: f, logicalType: number, logicalTypeOptions: {minimum: -1, maximum: 1}}]"
    told = validate(work, "data.parquet", ranged)
    assert told.result("value_range")["n_failed"] == 3
    code, found, _err = drift(work, "data.parquet", "data.parquet")
    assert code == OPEN and found["verdict"] == "pass"


def test_strange_values_drift_without_an_accident(work: Path) -> None:
    values = {name: column for name, column in _strange_values().items() if name != "wide"}
    repeated = {name: pa.chunked_array([column] * 60) for name, column in values.items()}
    parquet(work, repeated, "a.parquet")
    parquet(work, {name: column.slice(1) for name, column in repeated.items()}, "b.parquet")
    code, found, _err = drift(work, "a.parquet", "b.parquet")
    assert code in (OPEN, CLOSED) and found["verdict"] in ("pass", "inconclusive", "fail", "warn")
    tested = {column["column"] for column in found["columns"]}
    # What there is no test for is named, and never passes over in silence.
    assert all(name in tested or f"{name} holds " in found["message"] for name in values)


# -- size -----------------------------------------------------------------------------------------


def test_a_small_file_that_holds_gigabytes(work: Path) -> None:
    """200 MB of the same letter in each of 10 rows: 2 GB from a few kilobytes on disk."""
    with pq.ParquetWriter(work / "data.parquet", pa.schema([("s", pa.large_string())]), compression="zstd") as writer:
        for _ in range(10):
            writer.write_table(pa.table({"s": pa.array(["a" * 200_000_000], pa.large_string())}), row_group_size=1)
    assert (work / "data.parquet").stat().st_size < 2_000_000
    told = validate(work, "data.parquet", "[{name: s, required: true, logicalTypeOptions: {maxLength: 10}}]")
    assert told.code == CLOSED
    assert told.verdict == "fail" or told.message.startswith(("memory: ", "parse: ", "crash: ")), told


def test_ten_thousand_columns(work: Path) -> None:
    parquet(work, {f"c{index}": [index, None] for index in range(10_000)})
    told = validate(work, "data.parquet", "[{name: c9999, logicalType: integer}]")
    assert (told.code, told.verdict) == (OPEN, "pass")
    parquet(work, {f"c{index}": [index] for index in range(10_001)})
    assert "more than 10000 columns" in validate(work, "data.parquet").message


def test_a_hundred_thousand_categories(work: Path) -> None:
    parquet(work, {"s": [f"v{index}" for index in range(100_000)]}, "a.parquet")
    parquet(work, {"s": [f"v{index}" for index in reversed(range(100_000))]}, "b.parquet")
    told = validate(work, "a.parquet", "[{name: s, unique: true, required: true}]")
    assert (told.code, told.verdict) == (OPEN, "pass")
    code, found, _err = drift(work, "a.parquet", "b.parquet")
    assert code == OPEN and found["verdict"] == "pass"


# -- rules that would not end ---------------------------------------------------------------------


def test_a_pattern_that_backtracks_ends(work: Path) -> None:
    parquet(work, {"s": ["a" * 50_000 + "!"] * 100})
    told = validate(work, "data.parquet", "[{name: s, logicalType: string, logicalTypeOptions: {pattern: '^(a+)+$'}}]")
    assert told.code == CLOSED and told.verdict in ("fail", "error", "inconclusive")


def _rule(statement: str) -> str:
    return f"    quality:\n      - type: sql\n        query: {json.dumps(statement)}\n        mustBe: 0\n"


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1) TO 'written.csv'",
        "CREATE TABLE t AS SELECT 1",
        "ATTACH 'other.db'",
        "INSTALL httpfs",
        "SELECT count(*) FROM read_csv('../beside.txt')",
        "SELECT count(*) FROM read_text('/etc/passwd')",
        "SELECT 1; DROP VIEW data",
        "SET memory_limit = '100GB'",
        "PRAGMA enable_profiling",
        "EXPORT DATABASE 'out'",
        "SELECT getenv('HOME')",
    ],
)
def test_a_statement_that_reaches_out_is_refused(work: Path, statement: str) -> None:
    parquet(work, {"x": [1, 2]})
    told = validate(work, "data.parquet", "[{name: x}]", _rule(statement))
    assert told.code != OPEN and told.verdict != "pass", told


def test_a_rule_that_takes_all_memory_is_the_only_one_to_fail(work: Path) -> None:
    parquet(work, {"x": [1, 2]})
    hoards = (
        "SELECT count(*) FROM (SELECT list(repeat('a', 100000000)) AS l FROM generate_series(1, 1000)) WHERE len(l) > 2"
    )
    rules = "".join(
        f"      - {{type: sql, name: {name}, query: {json.dumps(statement)}, mustBe: 2}}\n"
        for name, statement in {"before": "SELECT count(*) FROM data", "hoards": hoards, "after": "SELECT 2"}.items()
    )
    told = validate(work, "data.parquet", "[{name: x, required: true}]", f"    quality:\n{rules}")
    assert (told.code, told.verdict) == (CLOSED, "error") and told.message == ""
    (bad,) = [one for one in told.results if one["verdict"] != "pass"]
    assert bad["message"].startswith("memory: the rule `hoards` (line 11): ") and "; let it collect" in bad["message"]
    assert {"required", "column_type", "query"} < {one["check"] for one in told.results if one["verdict"] == "pass"}


def test_a_statement_that_never_ends_is_ended(work: Path) -> None:
    parquet(work, {"x": [1, 2]})
    endless = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    told = validate(work, "data.parquet", "[{name: x}]", _rule(endless))
    assert told.code == CLOSED and told.verdict in ("error", "inconclusive")
    assert any("took longer" in one["message"] or "timeout" in one["message"] for one in told.results) or told.message
