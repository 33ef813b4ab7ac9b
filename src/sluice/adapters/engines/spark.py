"""Tables on Spark: the machine's own (``spark``), a cluster's (``spark://…``) or a server's (``sc://…``).

The Java machine is a process of its own, so that nothing here can run in a child with limits; files of this machine
are looked at in such a child before Spark reads them.
"""

from __future__ import annotations

import functools
import logging
import os
import re
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sluice.adapters.engines.table import IbisTable, Rows
from sluice.domain.errors import DataError, UsageError
from sluice.domain.kinds import kind_name

# Functions that call any method of any Java class.
_REACHING_OUT = re.compile(r"\b(reflect|try_reflect|java_method)\b", re.IGNORECASE)
# Nothing but a query can stand where this stands.
_FOREIGN = "SELECT * FROM (\n{}\n) LIMIT 2"
_SUMS = "SELECT count(*), {} FROM data"
_AGAIN_S = 0.25
_FLOAT_MAX = 1.7976931348623157e308
_SETTINGS: Mapping[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    # Comparing text with a number is an error, as it is elsewhere.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "true",
    # A table is a table: a statement cannot name a file in its place.
    "spark.sql.runSQLOnFiles": "false",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
}
_ONE_MACHINE: Mapping[str, str] = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "8",
    "spark.sql.catalogImplementation": "in-memory",
}


@contextmanager
def session(engine: str, scratch: Path, settings: Mapping[str, str] | None = None) -> Iterator[Any]:
    """A Spark session of one's own; ``engine`` is ``spark``, ``spark://HOST:PORT`` or ``sc://HOST:PORT``.

    ``spark`` is the server that ``SPARK_REMOTE`` names, else this machine. Raises ``UsageError`` where PySpark or Java
    is missing or the cluster does not answer.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as missing:
        raise UsageError(
            "PySpark is not installed", where="engine: spark", remedy="install `sluice-gate[spark]`"
        ) from missing
    # It prints whole Java traces, with statements and values.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)
    engine = os.environ.get("SPARK_REMOTE", "") or engine if engine == "spark" else engine
    # Several tables are open at a time: each has a session, with views of its own, and the first starts and ends Spark.
    began = engine.startswith("sc://") or SparkSession.getActiveSession() is None
    try:
        first = _started(SparkSession.builder.appName("sluice"), engine, scratch, settings or {})
        found = first if engine.startswith("sc://") else first.newSession()
        for name, value in _SETTINGS.items():
            found.conf.set(name, value)
    except (PySparkException, OSError, RuntimeError) as problem:
        said = f"Spark does not start: {_condition(problem)}"
        raise UsageError(said, where=f"engine: {engine}", remedy="see that Java 17 is there") from problem
    try:
        yield found
    finally:
        if began:
            first.stop()


def _started(builder: Any, engine: str, scratch: Path, settings: Mapping[str, str]) -> Any:
    if engine.startswith("sc://"):
        return builder.remote(engine).config(map=dict(settings)).create()
    if engine.startswith("spark://"):
        builder = builder.master(engine)
    else:
        builder = builder.master("local[*]").config("spark.sql.warehouse.dir", str(scratch / "warehouse"))
        builder = builder.config(map=dict(_ONE_MACHINE))
    found = builder.config(map=dict(settings)).getOrCreate()
    found.sparkContext.setLogLevel("OFF")
    return found


class SparkDoor:
    """A door to one Spark session, with the table as the view ``data``."""

    dialect = "pyspark"

    def __init__(self, spark: Any, source: str) -> None:
        self._spark, self._source = spark, source

    def statement(self, expr: Any) -> str:
        """An expression as Spark's SQL."""
        import ibis

        return str(ibis.to_sql(expr.op().replace(_alike).to_expr(), dialect=self.dialect))

    def ask(self, statement: str, timeout_s: float | None) -> Rows:
        """All rows of a statement of ours."""
        with self.refusals("parse"), self._limited(timeout_s):
            return [tuple(row) for row in self._spark.sql(statement).collect()]

    def foreign(self, statement: str, timeout_s: float) -> Rows:
        """The first two rows of a query; nothing but a query can stand where this stands."""
        if _REACHING_OUT.search(statement):
            raise DataError("the engine refuses the statement: it calls Java", reason_code="sql", where=self._source)
        with self.refusals("sql"), self._limited(timeout_s):
            return [tuple(row) for row in self._spark.sql(_FOREIGN.format(statement)).collect()]

    def sampled(self, columns: tuple[str, ...], limit: int) -> Any:
        """Every row with the same chance; the same files give the same rows."""
        with self.refusals("parse"):
            frame = self._spark.table("data")
            n_rows = frame.count()
            chosen = frame.select(*(f"`{name.replace('`', '``')}`" for name in columns))
            return (chosen if n_rows <= limit else chosen.sample(fraction=limit / n_rows, seed=1)).toArrow()

    def digest(self) -> str:
        """Of the rows, whatever their order: see ``row_digest``."""
        from sluice.adapters.engines.digests import row_digest

        hashed = "conv(substr(md5(to_json(struct(*))), {0}, 15), 16, 10)"
        sums = ", ".join(f"sum(cast({hashed.format(begin)} AS DECIMAL(38, 0)))" for begin in (1, 17))
        (row,) = self.ask(_SUMS.format(sums), None)
        return row_digest(self._spark.table("data").schema.simpleString(), row)

    @contextmanager
    def _limited(self, timeout_s: float | None) -> Iterator[None]:
        """Ends what runs within after a time; ``DataError`` (``timeout``) then."""
        if timeout_s is None:
            yield
            return
        tags = _tags(self._spark)
        tag, late, done = f"sluice-{uuid.uuid4().hex}", threading.Event(), threading.Event()

        def stop() -> None:
            # Again and again: what is still being planned has no jobs yet that could be ended.
            while not done.wait(_AGAIN_S if late.is_set() else timeout_s):
                late.set()
                tags.cancel(tag)

        watch = threading.Thread(target=stop, daemon=True)
        tags.add(tag)
        watch.start()
        try:
            yield
        except Exception:
            if late.is_set():
                raise DataError(f"the query took longer than {timeout_s:g} s", reason_code="timeout") from None
            raise
        finally:
            done.set()
            watch.join()
            tags.remove(tag)

    @contextmanager
    def refusals(self, code: str) -> Iterator[None]:
        """What Spark refuses, as one sentence that quotes no value of the data."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        try:
            yield
        except (PySparkException, Py4JError) as problem:
            what = "the engine refuses the statement" if code == "sql" else "Spark cannot read it"
            raise DataError(f"{what}: {_condition(problem)}", reason_code=code, where=self._source) from None


class _Tags(NamedTuple):
    """Names for what the thread at hand runs from now on, by which another thread ends it."""

    add: Callable[[str], None]
    remove: Callable[[str], None]
    cancel: Callable[[str], object]


def _tags(spark: Any) -> _Tags:
    if type(spark).__module__.startswith("pyspark.sql.connect"):
        return _Tags(spark.addTag, spark.removeTag, spark.interruptTag)
    # A session's own tags reach no jobs here.
    context = spark.sparkContext
    return _Tags(context.addJobTag, context.removeJobTag, context.cancelJobsWithTag)


def _condition(problem: Exception) -> str:
    """Spark's name for what went wrong: its sentences quote values."""
    condition = getattr(problem, "getCondition", None) or getattr(problem, "getErrorClass", None)
    return str((condition() if condition else None) or type(problem).__name__)


def open_spark(spark: Any, paths: Sequence[str], *, source: str, view: str = "data") -> Any:
    """Makes Parquet files a view; its schema as ibis has it."""
    with SparkDoor(spark, source).refusals("parse"):
        return made_view(spark.read.parquet(*paths), view)


def made_view(frame: Any, view: str) -> Any:
    """Names a Spark table; its schema as ibis has it."""
    import ibis

    frame.createOrReplaceTempView(view)
    return ibis.schema({field.name: _ibis_type(field.dataType) for field in frame.schema.fields})


def _ibis_type(kind: Any) -> Any:
    import ibis.expr.datatypes as dt
    from ibis.backends.pyspark.datatypes import PySparkType
    from pyspark.sql import types

    if isinstance(kind, types.TimestampType):
        return dt.Timestamp(timezone="UTC")
    if isinstance(kind, types.TimestampNTZType):
        return dt.Timestamp()
    try:
        return PySparkType.to_ibis(kind)
    except Exception:
        # Ibis has no one class for types that it does not know.
        return dt.unknown


def spark_table(
    spark: Any, schema: Any, related: Mapping[str, tuple[str, Any]], *, source: str, sha256: str = ""
) -> IbisTable:
    """The view ``data`` as an engine; ``related`` are views and schemas of other tables by the contract's names."""
    import ibis

    door = SparkDoor(spark, source)
    others = {name: ibis.table(found, name=view) for name, (view, found) in related.items()}
    kinds = {name: kind_name(dtype) for name, dtype in schema.items()}
    return IbisTable(door, ibis.table(schema, name="data"), others, kinds, lambda: sha256 or door.digest())


def _alike(node: Any, given: Mapping[str, Any] | None) -> Any:
    """The operation, where Spark's own gives something else than other engines' do."""
    import ibis
    import ibis.expr.operations as ops

    node = node.__recreate__(given) if given else node
    if isinstance(node, ops.IsNull | ops.NotNull) and node.arg.dtype.is_floating():
        # Ibis takes NaN for missing here, and for a value elsewhere.
        missing = _missing(str(node.arg.dtype))(node.arg.to_expr())
        return (missing if isinstance(node, ops.IsNull) else ~missing).op()
    if isinstance(node, ops.IsNan | ops.IsInf):
        # Of a missing value Spark says that it is no NaN, in place of nothing; and nothing is infinite to ibis here.
        value = node.arg.to_expr()
        nan = ops.IsNan(node.arg).to_expr()
        answer = nan if isinstance(node, ops.IsNan) else (value.abs() > _FLOAT_MAX) & ~nan
        return ibis.cases((~_missing(str(node.arg.dtype))(value), answer)).op()
    if isinstance(node, ops.ExtractEpochSeconds):
        # With parts of a second.
        time = node.arg.to_expr().cast("timestamp('UTC')")
        return (_unix_micros()(time) / 1_000_000).op()
    return node


# Functions of Spark's own. Ibis declares fewer forms of this call than it takes.


@functools.cache
def _missing(kind: str) -> Any:
    import ibis

    def isnull(value: Any) -> Any: ...

    builtin: Any = ibis.udf.scalar.builtin
    return builtin(isnull, signature=((kind,), "boolean"))


@functools.cache
def _unix_micros() -> Any:
    import ibis

    def unix_micros(time: Any) -> Any: ...

    builtin: Any = ibis.udf.scalar.builtin
    return builtin(unix_micros, signature=(("timestamp('UTC')",), "int64"))
