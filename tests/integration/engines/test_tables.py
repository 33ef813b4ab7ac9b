"""Tables on Spark and PostgreSQL: what is read, what a foreign statement cannot do, digests, samples, drift."""

from __future__ import annotations

import datetime
import math
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

import drift_flights as real
from sluice.adapters.engines import spark as spark_engine
from sluice.adapters.opening import Wanted, is_spark, open_data
from sluice.adapters.tables import open_table
from sluice.core.drift.comparing import compare
from sluice.core.drift.sides import SAMPLE_ROWS
from sluice.domain.drift import DriftResult
from sluice.domain.drift_limits import Drift
from sluice.domain.errors import DataError
from sluice.domain.ports import TableEngine

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::DeprecationWarning"
)


def rows(n: int = 500) -> Mapping[str, Any]:
    rng = np.random.default_rng(1)
    numbers = rng.normal(size=n)
    numbers[::50] = math.nan
    numbers[1::100] = math.inf
    moments = [
        datetime.datetime.fromisoformat("2024-01-01") + datetime.timedelta(hours=int(hour))
        for hour in rng.integers(0, 9000, n)
    ]
    return {
        "id": pa.array(range(n), pa.int64()),
        "f": pa.array([None if index % 7 == 0 else float(value) for index, value in enumerate(numbers)]),
        "s": pa.array([f"é{value}" if value else None for value in rng.integers(0, 9, n)]),
        "b": pa.array(rng.integers(0, 2, n).astype(bool)),
        "t": pa.array(moments, pa.timestamp("us")),
    }


def test_counts_are_those_of_the_embedded_engine(opened: Any, tmp_path: Path) -> None:
    pq.write_table(pa.table(dict(rows())), tmp_path / "data.parquet")

    def counts(table: TableEngine) -> Any:
        data = table.table
        finite = ~(data["f"].isnan() | data["f"].isinf())
        cells = {
            "cell": data["id"] % 7,
            "text": data["s"],
            "truth": data["b"],
            "hour": data["t"].hour(),
            "weekday": data["t"].day_of_week.index(),
        }
        numbers = table.aggregate({"n": data.count(), "finite": finite.sum(), "nan": data["f"].isnan().sum()})
        return {name: int(value) for name, value in numbers.items()}, table.tally(cells, 100)

    with open_table(tmp_path, "data.parquet") as table:
        expected = counts(table)
    with opened(rows(), {}) as table:
        assert counts(table) == expected
        assert dict(table.columns())["t"] == "timestamp"


def test_a_sample_is_some_rows_or_all(opened: Any) -> None:
    with opened(rows(), {}) as table:
        everything = table.sample(("id", "f"), 1000)
        assert sorted(everything["id"].to_pylist()) == list(range(500))
        some = table.sample(("id",), 100)
        assert 50 <= some.num_rows <= 150
        assert some["id"].to_pylist() == table.sample(("id",), 100)["id"].to_pylist()
        # Not from one end alone.
        assert max(some["id"].to_pylist()) - min(some["id"].to_pylist()) > 300


def test_a_digest_of_rows_knows_no_order(opened: Any) -> None:
    data = {"x": [1, 2, 2, None], "s": ["a", "b", "b", "c"]}

    def digest(changed: Mapping[str, Any]) -> str:
        with opened(changed, {}) as table:
            return table.sha256

    first = digest(data)
    assert len(first) == 64
    assert digest({"x": [None, 2, 1, 2], "s": ["c", "b", "a", "b"]}) == first
    others = (
        {**data, "x": [1, 2, 3, None]},
        {"x": [1, 2, None], "s": ["a", "b", "c"]},
        {"y": data["x"], "s": data["s"]},
    )
    assert first not in {digest(other) for other in others}


def test_a_statement_reads(opened: Any) -> None:
    with opened({"x": [1, 2, 3]}, {}) as table:
        assert table.sql("SELECT count(*) FROM data WHERE x > 1", timeout_s=30, total_s=60) == [(2,)]
        greatest = "WITH a AS (SELECT x FROM data) SELECT max(x) FROM a -- the end"
        assert table.sql(greatest, timeout_s=30, total_s=60) == [(3,)]
        assert len(table.sql("SELECT x FROM data", timeout_s=30, total_s=60)) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM data",
        "INSERT INTO data VALUES (9)",
        "SELECT 1) AS a; DROP TABLE data; SELECT * FROM (SELECT 1",
        "SELECT 1; DROP TABLE data",
        "SELECT 1; COMMIT; DROP TABLE data",
        "CREATE TABLE other AS SELECT 1 AS y",
        "SET x = 1",
        "SELECT reflect('java.lang.System', 'exit', 3)",
        "SELECT java_method('java.lang.Runtime', 'getRuntime')",
        "SELECT * FROM parquet.`/etc/passwd`",
        "SELECT * FROM text.`/etc/passwd`",
        "SELECT nothing FROM data",
        "WITH gone AS (DELETE FROM data RETURNING x) SELECT count(*) FROM gone",
        "COPY data TO '/tmp/x'",
        "",
    ],
)
def test_a_statement_changes_nothing(opened: Any, statement: str) -> None:
    with opened({"x": [1, 2, 3]}, {}) as table:
        with pytest.raises(DataError) as refused:
            table.sql(statement, timeout_s=30, total_s=60)
        assert refused.value.reason_code == "sql"
        assert int(table.aggregate({"n": table.table.count()})["n"]) == 3


def test_a_statement_that_never_ends_is_ended(opened: Any, request: pytest.FixtureRequest) -> None:
    endless = {
        "spark": "SELECT count(*) FROM range(1000000000000) WHERE id % 7 = 3",
        "postgres": "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    }
    statement = next(text for name, text in endless.items() if name in request.node.callspec.id)
    with opened({"x": [1]}, {}) as table:
        start_s = time.monotonic()
        with pytest.raises(DataError) as refused:
            table.sql(statement, timeout_s=1.0, total_s=60)
        assert refused.value.reason_code == "timeout" and time.monotonic() - start_s < 15
        # The connection goes on.
        assert table.sql("SELECT count(*) FROM data", timeout_s=30, total_s=60) == [(1,)]


def test_drift_comes_to_the_same_numbers(beside: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)

    def data(shift: float) -> Mapping[str, Any]:
        values = rng.normal(shift, 1, 600)
        values[::40] = math.nan
        return {
            "moved": pa.array(values),
            "same": pa.array(rng.integers(0, 5, 600)),
            "word": pa.array([f"w{value}" for value in rng.integers(0, 4, 600)]),
            "when": pa.array(
                [datetime.datetime.fromisoformat(f"2024-01-{1 + int(day):02}") for day in rng.integers(0, 28, 600)]
            ),
        }

    found = compared_alike(beside, tmp_path, data(0.0), data(0.8))
    assert [column.column for column in found.columns if not column.verdict.opens] == ["moved"]


def test_drift_of_more_rows_than_a_sample_comes_to_the_same_numbers(beside: Any, tmp_path: Path) -> None:
    wanted = ("air_time", "dep_delay", "carrier", "tailnum", "time_hour")
    reference, current = ({name: real.month("flights", number)[name] for name in wanted} for number in real.MONTHS)
    found = compared_alike(beside, tmp_path, reference, current)
    assert min(found.n_reference, found.n_current) > SAMPLE_ROWS
    assert {column.column for column in found.columns if not column.verdict.opens} == {"air_time", "time_hour"}


def compared_alike(beside: Any, folder: Path, reference: Mapping[str, Any], current: Mapping[str, Any]) -> DriftResult:
    """The comparison on one engine, after its numbers were held against those of the embedded one."""
    for name, one in (("reference", reference), ("current", current)):
        pq.write_table(pa.table(dict(one)), folder / f"{name}.parquet")

    def compared(before: TableEngine, after: TableEngine) -> DriftResult:
        return compare(before, after, Drift(), dataset="d", reference_label="r")

    with open_table(folder, "reference.parquet") as before, open_table(folder, "current.parquet") as after:
        expected = compared(before, after)
    with beside(reference, current) as (before, after):
        found = compared(before, after)
    for ours, theirs in zip(expected.columns, found.columns, strict=True):
        assert (ours.column, ours.verdict, ours.n_reference, ours.n_current) == (
            theirs.column,
            theirs.verdict,
            theirs.n_reference,
            theirs.n_current,
        )
        for one, other in zip(ours.aspects, theirs.aspects, strict=True):
            assert one.name == other.name and one.statistic == pytest.approx(other.statistic, rel=1e-9)
            assert one.p_value == pytest.approx(other.p_value, rel=1e-6)
    return found


# -- files on Spark -------------------------------------------------------------------------------


@pytest.fixture
def one_session(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every opening takes the session of all tests, in place of starting Java again."""

    @contextmanager
    def same(engine: str, scratch: Path, settings: Mapping[str, str] | None = None) -> Iterator[Any]:
        yield spark

    monkeypatch.setattr(spark_engine, "session", same)


@pytest.mark.parametrize("form", ["parquet", "nanoseconds", "csv", "partitions", "arrow"])
def test_files_hold_on_spark_what_they_hold_here(one_session: None, tmp_path: Path, form: str) -> None:
    import pyarrow.feather as feather

    moment = datetime.datetime.fromisoformat("2024-01-02T03:04:05.678901")
    unit = "ns" if form == "nanoseconds" else "us"
    times = pa.array([moment, None], pa.timestamp(unit))
    table = pa.table({"x": [1, None], "s": ["é", ""], "t": times, "z": times.cast(pa.timestamp(unit, "UTC"))})
    source = {"csv": "a.csv", "partitions": "d", "arrow": "a.arrow"}.get(form, "a.parquet")
    if form == "csv":
        (tmp_path / source).write_text('x,s,t,z\n1,"é\nx",2024-01-02 03:04:05.5,2024-01-02 03:04:05Z\n,,,\n')
    elif form == "partitions":
        (tmp_path / "d/year=2024").mkdir(parents=True)
        pq.write_table(table, tmp_path / "d/year=2024/a.parquet")
    elif form == "arrow":
        feather.write_feather(table, str(tmp_path / source))
    else:
        pq.write_table(table, tmp_path / source)

    def found(engine: str) -> Any:
        with open_data(Wanted(root=tmp_path, source=source), engine=engine) as opened:
            data = opened.table
            numbers = {name: data[name].count() for name in data.columns} | {"t_s": data["t"].max().epoch_seconds()}
            return opened.sha256, dict(opened.columns()), dict(opened.aggregate(numbers))

    assert found("spark") == found("duckdb")


def test_what_is_no_data_is_refused_before_spark_sees_it(one_session: None, tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + b"\xff" * 100)
    with (
        pytest.raises(DataError, match="is not a readable Parquet file"),
        open_data(Wanted(root=tmp_path, source="a.parquet"), engine="spark"),
    ):
        pass


# -- PostgreSQL by its URL ------------------------------------------------------------------------


def test_a_table_by_its_url(loaded: Any, tmp_path: Path) -> None:
    postgres = loaded("some table", pa.table({"x": [1, 2]}))
    with open_data(Wanted(root=tmp_path, source=f"{postgres}#public.some table")) as table:
        assert int(table.aggregate({"n": table.table.count()})["n"]) == 2
    with open_data(Wanted(root=tmp_path, source="#some table"), engine=postgres) as table:
        assert dict(table.columns()) == {"x": "int64"}


def test_what_is_not_there_is_missing(postgres: str, tmp_path: Path) -> None:
    for source, said in (
        (f"{postgres}#nothing", "there is no table `nothing`"),
        ("postgres://sluice@127.0.0.1:9/x#t", "the database does not answer"),
    ):
        with pytest.raises(DataError, match=said) as refused, open_data(Wanted(root=tmp_path, source=source)):
            pass
        assert refused.value.reason_code == "missing"


def test_which_engines_run_elsewhere() -> None:
    assert [is_spark(engine) for engine in ("spark", "spark://h:7077", "sc://h:15002", "duckdb", "postgres://h/x")] == [
        True,
        True,
        True,
        False,
        False,
    ]
