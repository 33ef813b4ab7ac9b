"""Tables of databases by URL: ``postgres://HOST/DATABASE#SCHEMA.TABLE``.

The URL holds no password: it comes from ``SLUICE_DATABASE_PASSWORD`` or from where the database's own programs look.
PostgreSQL is tested; others are reached by ibis' own drivers, and what they answer is not.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from sluice.adapters.engines.digests import row_digest
from sluice.adapters.engines.table import IbisTable, Rows
from sluice.domain.errors import DataError, UsageError
from sluice.domain.kinds import kind_name

PASSWORD = "SLUICE_DATABASE_PASSWORD"
_CONNECT_TIMEOUT_S = 30
# A sample by chance has about as many rows as are asked for: a little more, cut to the number.
_MORE = 1.05
# Nothing but a query can stand where the second part stands.
_FOREIGN = "WITH data AS ({}) SELECT * FROM (\n{}\n) AS answer LIMIT 2"
_SUMS = "WITH data AS ({}) SELECT count(*), {} FROM (SELECT md5(data::text) AS h FROM data) AS hashes"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseTable:
    """One table of one database; ``schema`` may be empty."""

    url: str
    schema: str
    name: str

    @property
    def scheme(self) -> str:
        """The kind of database."""
        return urlsplit(self.url).scheme


def database_table(source: str) -> DatabaseTable:
    """``URL#TABLE`` or ``URL#SCHEMA.TABLE`` in its parts. Raises ``DataError`` (``path``), which shows no password."""
    url, _, named = source.partition("#")
    parts = urlsplit(url)
    shown = f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
    if parts.password is not None or re.search(r"(?i)\b(password|passwd|pwd|token)=", parts.query):
        raise DataError("the URL holds a password", reason_code="path", where=shown, remedy=f"set {PASSWORD} instead")
    schema, _, name = named.rpartition(".")
    if not name:
        remedy = "put `#table` or `#schema.table` after the URL"
        raise DataError("the URL names no table", reason_code="path", where=shown, remedy=remedy)
    return DatabaseTable(url=url, schema=schema, name=name)


@contextmanager
def open_database(found: DatabaseTable, *, source: str, related: Mapping[str, DatabaseTable]) -> Iterator[IbisTable]:
    """The table, and others of the same database. Raises ``UsageError`` and ``DataError``."""
    backend = _connect(found.url, source)
    try:
        kind = PostgresDoor if backend.name == "postgres" else DatabaseDoor
        table = _table(backend, found, source)
        door = kind(backend, table, source)
        others = {name: _table(backend, other, source) for name, other in related.items()}
        kinds = {name: kind_name(dtype) for name, dtype in table.schema().items()}
        yield IbisTable(door, table, others, kinds, door.digest)
    finally:
        backend.disconnect()


def _connect(url: str, source: str) -> Any:
    import ibis

    scheme = urlsplit(url).scheme
    password = os.environ.get(PASSWORD)
    options: dict[str, Any] = {"password": password} if password else {}
    if scheme in ("postgres", "postgresql"):
        options["connect_timeout"] = _CONNECT_TIMEOUT_S
    try:
        return ibis.connect(url, **options)
    except (ImportError, AttributeError) as missing:
        name = "postgres" if scheme == "postgresql" else scheme
        remedy = f"install `ibis-framework[{name}]`" if name != "postgres" else "install `sluice-gate[postgres]`"
        raise UsageError(f"what reads {scheme} is not installed", where=_shown(url), remedy=remedy) from missing
    except Exception as problem:
        # Every driver has errors of its own, and some quote what they were given.
        said = f"the database does not answer ({type(problem).__name__})"
        remedy = "see that it runs, and that the runner may reach it and log in"
        raise DataError(said, reason_code="missing", where=_shown(url), remedy=remedy) from None


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


def _table(backend: Any, found: DatabaseTable, source: str) -> Any:
    try:
        return backend.table(found.name, database=found.schema or None)
    except Exception:
        said = f"there is no table `{found.schema}{'.' if found.schema else ''}{found.name}` that may be read"
        raise DataError(said, reason_code="missing", where=_shown(found.url)) from None


class DatabaseDoor:
    """A door to any database, over its own driver; it has no statements of others, since nobody knows what they do."""

    def __init__(self, backend: Any, table: Any, source: str) -> None:
        self._backend, self._table, self._source = backend, table, source
        self.dialect = str(backend.name)

    def statement(self, expr: Any) -> str:
        """An expression as the database's SQL."""
        import ibis

        return str(ibis.to_sql(expr, dialect=self.dialect))

    def ask(self, statement: str, timeout_s: float | None) -> Rows:
        """All rows of a statement of ours; a query that takes too long is only told to be so where it ends."""
        try:
            with self._backend._safe_raw_sql(statement) as cursor:
                return [tuple(row) for row in cursor.fetchall()]
        except Exception as problem:
            raise DataError(f"the database refuses a query ({type(problem).__name__})", where=self._source) from None

    def foreign(self, statement: str, timeout_s: float) -> Rows:
        """Refused."""
        said = f"statements are not run on {self.dialect}, which has not been tried with hostile ones"
        raise DataError(said, reason_code="sql", where=self._source)

    def sampled(self, columns: tuple[str, ...], limit: int) -> Any:
        """The first rows where there are more: a database has no order."""
        return self._arrow(self._table.select(*columns).limit(limit))

    def digest(self) -> str:
        """Empty: there is no hash that all databases have."""
        return ""

    def _arrow(self, expr: Any) -> Any:
        import pyarrow as pa

        schema = expr.schema().to_pyarrow()
        rows = self.ask(self.statement(expr), None)
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
        arrays = [pa.array(list(values), type=field.type) for values, field in zip(columns, schema, strict=True)]
        return pa.Table.from_arrays(arrays, schema=schema)


class PostgresDoor(DatabaseDoor):
    """A door to PostgreSQL: every transaction reads only, and others' statements have a time and no second one."""

    def __init__(self, backend: Any, table: Any, source: str) -> None:
        super().__init__(backend, table, source)
        self._connection = backend.con
        for setting in ("default_transaction_read_only = on", "TimeZone = 'UTC'", "extra_float_digits = 3"):
            self._connection.execute(f"SET {setting}")

    def statement(self, expr: Any) -> str:
        """An expression as SQL that takes a time without end as one without a year, in place of failing there."""
        return super().statement(expr.op().replace(_finite).to_expr())

    def ask(self, statement: str, timeout_s: float | None) -> Rows:
        """All rows of a statement of ours."""
        return self._run(statement, timeout_s, "parse")

    def foreign(self, statement: str, timeout_s: float) -> Rows:
        """The first two rows of a query over ``data``; it stands where nothing but a query can."""
        return self._run(_FOREIGN.format(self.statement(self._table), statement), timeout_s, "sql")

    def sampled(self, columns: tuple[str, ...], limit: int) -> Any:
        """Every row with the same chance, by a generator with a seed."""
        import ibis

        ((n_rows,),) = self.ask(self.statement(self._table.count().as_table()), None)
        chosen = self._table.select(*columns)
        if n_rows > limit:
            self.ask("SELECT setseed(0.5)", None)
            chosen = chosen.filter(ibis.random() < _MORE * limit / n_rows).limit(limit)
        return self._arrow(chosen)

    def digest(self) -> str:
        """Of the rows, whatever their order: see ``row_digest``."""
        halves = ", ".join(f"sum(('x' || substr(h, {begin}, 16))::bit(64)::bigint::numeric)" for begin in (1, 17))
        (row,) = self._run(_SUMS.format(self.statement(self._table), halves), None, "parse")
        return row_digest(str(self._table.schema()), row)

    def _run(self, statement: str, timeout_s: float | None, code: str) -> Rows:
        import psycopg
        from psycopg import errors

        try:
            with self._connection.transaction():
                limit_ms = 0 if timeout_s is None else max(int(timeout_s * 1000), 1)
                self._connection.execute(f"SET LOCAL statement_timeout = {limit_ms:d}")
                # Prepared, so that the server takes one statement and no more.
                cursor = self._connection.execute(cast(Any, statement), prepare=True)
                return [tuple(row) for row in cursor.fetchall()]
        except errors.QueryCanceled:
            said = f"the query took longer than {timeout_s:g} s" if timeout_s else "the query was cancelled"
            raise DataError(said, reason_code="timeout", where=self._source) from None
        except psycopg.Error as problem:
            # The class alone: the server's sentence quotes values.
            what = "the engine refuses the statement" if code == "sql" else "the database refuses a query"
            said = f"{what}: {type(problem).__name__}"
            raise DataError(said, reason_code=code, where=self._source) from None


def _finite(node: Any, given: Mapping[str, Any] | None) -> Any:
    """The operation, where it takes a number from a time: only from one that has an end."""
    import ibis
    import ibis.expr.operations as ops

    node = node.__recreate__(given) if given else node
    if not isinstance(node, ops.ExtractYear | ops.ExtractEpochSeconds):
        return node
    time = node.arg.to_expr()
    isfinite, date_part = _of_time(str(time.type()))
    # With parts of a second, as the embedded engine has them.
    number = date_part("epoch", time) if isinstance(node, ops.ExtractEpochSeconds) else node.to_expr()
    return ibis.cases((isfinite(time), number)).op()


@functools.cache
def _of_time(kind: str) -> tuple[Any, Any]:
    """PostgreSQL's own functions of times of one type."""
    import ibis

    def isfinite(time: Any) -> Any: ...

    def date_part(name: Any, time: Any) -> Any: ...

    # Ibis declares fewer forms of this call than it takes.
    builtin: Any = ibis.udf.scalar.builtin
    return (
        builtin(isfinite, signature=((kind,), "boolean")),
        builtin(date_part, signature=(("string", kind), "float64")),
    )
