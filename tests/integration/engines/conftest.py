"""Spark on this machine and a PostgreSQL server of our own, one of each for all tests; and tables on each engine."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from sluice.adapters.engines.databases import DatabaseTable, open_database
from sluice.adapters.engines.spark import made_view, session, spark_table
from sluice.domain.ports import TableEngine

CHECKS = Path(__file__).parents[2] / "unit" / "checks"
Rows = Mapping[str, Any]
Beside = Callable[[Rows, Rows], AbstractContextManager[tuple[TableEngine, TableEngine]]]
Opened = Callable[[Rows, Mapping[str, Rows]], AbstractContextManager[TableEngine]]

# Tiny tables: what Spark spends is the compiling of each query, not the rows.
QUICK = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
}


# Spark takes half a second for each small question: of every check's tests it is asked the first few, and all of them
# where this variable is set.
EVERY, FEW = "SLUICE_TEST_EVERY_ENGINE", 3
ALL_CHECKS = Path(__file__).with_name("test_checks.py")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what Spark is not asked; pytest says how many tests are deselected."""
    if os.environ.get(EVERY):
        return
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    seen: Counter[str] = Counter()
    for item in items:
        # The hook is shown the tests of every folder.
        if isinstance(item, pytest.Function) and item.path == ALL_CHECKS and "[spark" in item.name:
            check = item.function.__module__
            seen[check] += 1
            (kept if seen[check] <= FEW else left).append(item)
        else:
            kept.append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


def module_of(name: str) -> ModuleType:
    """A module of the checks' unit tests, by its file."""
    spec = importlib.util.spec_from_file_location(f"checks_{name}", CHECKS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = found
    spec.loader.exec_module(found)
    return found


measure = module_of("conftest").measure


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One Spark session for all tests; without Java there is none."""
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    with session("spark", tmp_path_factory.mktemp("spark"), QUICK) as found:
        yield found


def _program(name: str) -> str | None:
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    return next((str(place / name) for place in places if (place / name).is_file()), shutil.which(name))


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server with an empty database, on a free port of the loopback interface."""
    programs = {name: _program(name) for name in ("initdb", "postgres")}
    if None in programs.values():
        pytest.skip("PostgreSQL is not installed")
    # As root it does not run; and the user that does must reach its folder.
    as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="sluice-postgres-"))
    if as_other:
        shutil.chown(folder, "postgres")
    data = folder / "data"
    made = [str(programs["initdb"]), "-D", str(data), "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
    subprocess.run([*as_other, *made, "-U", "sluice"], check=True, capture_output=True, cwd="/")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = ["listen_addresses=127.0.0.1", f"port={port}", f"unix_socket_directories={folder}", "fsync=off"]
    options = [part for setting in settings for part in ("-c", setting)]
    server = subprocess.Popen(
        [*as_other, str(programs["postgres"]), "-D", str(data), *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
    )
    url = f"postgres://sluice@127.0.0.1:{port}/postgres"
    try:
        _wait(url, server)
        yield url
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    import time

    import psycopg

    for _ in range(300):
        assert server.poll() is None, "PostgreSQL did not start"
        try:
            psycopg.connect(url.replace("postgres://", "postgresql://")).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise AssertionError("PostgreSQL does not answer")


_POSTGRES_TYPES: Mapping[str, str] = {
    "int8": "smallint",
    "uint8": "smallint",
    "int16": "smallint",
    "uint16": "integer",
    "int32": "integer",
    "uint32": "bigint",
    "int64": "bigint",
    "uint64": "numeric(20, 0)",
    "halffloat": "real",
    "float": "real",
    "double": "double precision",
    "string": "text",
    "large_string": "text",
    "bool": "boolean",
    "date32[day]": "date",
    "null": "text",
}


def postgres_type(kind: pa.DataType) -> str:
    """PostgreSQL's type for values of an Arrow type; the test is left out where there is none."""
    if pa.types.is_timestamp(kind):
        return "timestamptz" if kind.tz else "timestamp"
    if pa.types.is_decimal(kind):
        return f"numeric({kind.precision}, {kind.scale})"
    if pa.types.is_time(kind):
        return "time"
    if pa.types.is_list(kind):
        return f"{postgres_type(kind.value_type)}[]"
    if str(kind) not in _POSTGRES_TYPES:
        pytest.skip(f"PostgreSQL has no {kind}")
    return _POSTGRES_TYPES[str(kind)]


def load(url: str, name: str, table: pa.Table) -> None:
    """Makes a table of the database anew."""
    import psycopg
    from psycopg import sql

    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(field.name), sql.SQL(postgres_type(field.type)))  # pyright: ignore[reportArgumentType]
        for field in table.schema
    )
    named = sql.Identifier(name)
    with psycopg.connect(url.replace("postgres://", "postgresql://")) as connection:
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(named))
        connection.execute(sql.SQL("CREATE TABLE {} ({})").format(named, columns))
        with connection.cursor() as cursor, cursor.copy(sql.SQL("COPY {} FROM STDIN").format(named)) as copy:
            for row in zip(*(_values(column) for column in table.columns), strict=True):
                copy.write_row(row)


def _values(column: pa.ChunkedArray[Any]) -> list[Any]:
    """The values, with the ends of time that DuckDB writes as the greatest whole numbers."""
    if not (pa.types.is_timestamp(column.type) or pa.types.is_date32(column.type)):
        return column.to_pylist()
    bits = column.type.bit_width
    ends = {2 ** (bits - 1) - 1: "infinity", 1 - 2 ** (bits - 1): "-infinity"}
    numbers = column.combine_chunks().view(pa.int32() if bits == 32 else pa.int64()).to_pylist()
    if any(number is not None and 2**31 - 10 <= number < 2**31 - 1 for number in numbers) and bits == 32:
        pytest.skip("PostgreSQL has no dates so far ahead")
    plain = iter(pc.if_else(pc.is_in(pa.array(numbers), value_set=pa.array(list(ends))), None, column).to_pylist())
    return [ends.get(number, value) for number, value in zip(numbers, plain, strict=True)]


def on_postgres(url: str, name: str = "data") -> Opened:
    """Tables in PostgreSQL; ``name`` is what the first is called there."""

    def opened(data: Rows, related: Mapping[str, Rows]) -> AbstractContextManager[TableEngine]:
        for one, rows in {name: data, **related}.items():
            load(url, one, pa.table(dict(rows)))
        others = {one: DatabaseTable(url=url, schema="", name=one) for one in related}
        return open_database(DatabaseTable(url=url, schema="", name=name), source="data", related=others)

    return opened


def spark_frame(spark: Any, table: pa.Table) -> Any:
    """A Spark table of the same values, as Spark reads them from Parquet."""
    types: dict[str, pa.DataType] = {"uint8": pa.int16(), "uint16": pa.int32(), "uint32": pa.int64()}
    types |= {"uint64": pa.decimal128(20, 0), "halffloat": pa.float32(), "null": pa.string()}
    fields: list[Any] = []
    for column in table.columns:
        if any(isinstance(value, str) and "infinity" in value for value in _values(column)):
            pytest.skip("Spark's times all have an end")
    for field in table.schema:
        kind: Any = types.get(str(field.type), field.type)
        if pa.types.is_timestamp(kind):
            kind = pa.timestamp("us", kind.tz)
        if pa.types.is_time(kind):
            pytest.skip("Spark has no times of day")
        fields.append(pa.field(field.name, kind))
    frame = spark.createDataFrame(table.cast(pa.schema(fields)))
    # PySpark gives every time a zone; Parquet says which have none.
    for field in fields:
        if pa.types.is_timestamp(field.type) and field.type.tz is None:
            frame = frame.withColumn(field.name, frame[f"`{field.name}`"].cast("timestamp_ntz"))
    return frame


def on_spark(spark: Any) -> Opened:
    """Tables in Spark."""

    @contextmanager
    def opened(data: Rows, related: Mapping[str, Rows]) -> Iterator[TableEngine]:
        others = {
            name: (f"related_{index}", made_view(spark_frame(spark, pa.table(dict(rows))), f"related_{index}"))
            for index, (name, rows) in enumerate(related.items())
        }
        schema = made_view(spark_frame(spark, pa.table(dict(data))), "data")
        yield spark_table(spark, schema, others, source="data")

    return opened


@pytest.fixture(params=["spark", "postgres"])
def opened(request: pytest.FixtureRequest) -> Opened:
    """``opened(data, related)``: the table, and others by name, on one engine after the other."""
    if request.param == "spark":
        return on_spark(request.getfixturevalue("spark"))
    return on_postgres(request.getfixturevalue("postgres"))


@pytest.fixture(params=["spark", "postgres"])
def beside(request: pytest.FixtureRequest) -> Beside:
    """``beside(reference, current)``: two tables at a time, on one engine after the other."""

    @contextmanager
    def opened(reference: Rows, current: Rows) -> Iterator[tuple[TableEngine, TableEngine]]:
        with ExitStack() as tables:
            if request.param == "spark":
                spark = request.getfixturevalue("spark")
                first, second = (
                    tables.enter_context(on_spark(spark.newSession())(rows, {})) for rows in (reference, current)
                )
            else:
                url = request.getfixturevalue("postgres")
                first, second = (
                    tables.enter_context(on_postgres(url, name)(rows, {}))
                    for name, rows in (("reference", reference), ("data", current))
                )
            yield first, second

    return opened


@pytest.fixture
def loaded(postgres: str) -> Callable[[str, pa.Table], str]:
    """``loaded(name, table)`` makes a table of the database; the database's URL."""

    def made(name: str, table: pa.Table) -> str:
        load(postgres, name, table)
        return postgres

    return made
