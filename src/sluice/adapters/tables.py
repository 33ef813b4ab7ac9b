"""Tables of files, asked through ibis on an embedded DuckDB that can reach nothing else.

The data is hostile: no network, no extensions beyond those built in, no other files than the table's own, settings
locked, memory and disk bounded. How long a query may take is the supervisor's matter.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sluice.adapters import duck_connections, duck_counts, statements
from sluice.adapters.allowance import Allowance
from sluice.adapters.duck_connections import Resources, connected
from sluice.adapters.interrupting import limited
from sluice.adapters.located import Located, digesting, locate
from sluice.adapters.readers import refusals, relation
from sluice.adapters.shown import MAX_VALUE_CHARS, example
from sluice.adapters.sources.arrow import readable
from sluice.adapters.tallies import DuckRows, Numbered, numbering
from sluice.domain.kinds import kind_name

if TYPE_CHECKING:
    from concurrent.futures import Future

    from duckdb import DuckDBPyConnection

# Types that DuckDB does not compute with, as the nearest that it does: times are read to the microsecond.
_COARSER = {"TIMESTAMPTZ_NS": "TIMESTAMP WITH TIME ZONE", "TIME_NS": "TIME"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Haste:
    """What is begun, or left, so that a table is sooner compared: a sample begins while the engine's words load.

    ``sample_rows`` of the columns ``wanted`` are taken ahead (0: none). Without ``digest`` the bytes' digest is empty.
    """

    sample_rows: int = 0
    wanted: Callable[[str], bool] = bool
    digest: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another table that a contract refers to; ``strings`` are columns that CSV and JSON must give as text."""

    located: Located
    strings: frozenset[str] = frozenset()


class DuckTable:
    """A ``TableEngine`` over one open connection; made by ``open_table``."""

    # A window without an order makes DuckDB read files in their order, whatever else it is allowed.
    keeps_order, hashes_rows = True, True
    dialect = "duckdb"

    def __init__(
        self,
        rows: DuckRows,
        located: Located,
        sha256: Future[str],
        table: Any,
        related: Mapping[str, Any],
        again: Callable[[], DuckDBPyConnection],
    ) -> None:
        self._again, self._allowance = again, Allowance()
        self._connection, self._located = rows.connection, located
        self._kinds = {name: kind_name(dtype) for name, dtype in table.schema().items()}
        self._sha256, self._rows = sha256, rows
        self.table, self.related = table, related

    @property
    def sha256(self) -> str:
        """Digest of the data's bytes; waits until all of them are read."""
        return self._sha256.result()

    def columns(self) -> Mapping[str, str]:
        """Name and kind of every column, in the data's order."""
        return self._kinds

    def aggregate(self, exprs: Mapping[str, Any]) -> Mapping[str, Any]:
        """The value of every scalar expression, by one query (two where keys are counted). Raises ``DataError``."""
        return duck_counts.counted(exprs, self._aggregate)

    def _aggregate(self, exprs: Mapping[str, Any]) -> Mapping[str, Any]:
        rows = self._ask(self.table.aggregate(**exprs))
        return dict(zip(exprs, rows[0], strict=True))

    def rows(self, expr: Any, limit: int, *, timeout_s: float | None = None) -> list[tuple[Any, ...]]:
        """At most ``limit`` rows of any expression. Raises ``DataError``: ``timeout`` where it takes longer."""
        return self._ask(expr.as_table().limit(limit), timeout_s)

    def sql(self, statement: str, *, timeout_s: float, total_s: float) -> list[tuple[Any, ...]]:
        """The first two rows of one read-only statement over ``data``, run apart; see ``statements.answer``."""
        with self._allowance.within(timeout_s, total_s) as granted_s:
            return statements.answer(self._again, statement, where=self._located.source, timeout_s=granted_s)

    def tally(self, exprs: Mapping[str, Any], limit: int) -> Mapping[str, Mapping[Any, int]]:
        """How many rows have each value of every expression, the ``limit`` most frequent. Raises ``DataError``."""
        with refusals(self._located):
            return self._rows.tally(self.table, exprs, limit)

    def sample(self, columns: tuple[str, ...], limit: int, *, scattered: bool = False) -> Any:
        """Rows spread over the table, in its order, as Arrow; all where there are no more. Raises ``DataError``."""
        with refusals(self._located):
            return self._rows.sample(columns, limit, scattered=scattered)

    def batches(self) -> Any:
        """All rows, in batches of Arrow, as a reader. Raises ``DataError``."""
        with refusals(self._located):
            return self._connection.sql("FROM data").to_arrow_reader()

    def examples(self, values: Any, limit: int) -> tuple[str, ...]:
        """The first ``limit`` distinct rows in order, as printable text; each text at most 80 characters.

        The column ``value`` is shown by itself, those before it, which name the row, as ``name=text``.
        """
        names = tuple(values.columns)
        first = values.distinct().order_by(list(names)).limit(limit)
        # One more than is shown, so that what is cut is known to be cut.
        rows = self._ask(first.select(**{name: first[name].cast("string").left(MAX_VALUE_CHARS + 1) for name in names}))
        return tuple(text for row in rows if (text := example(dict(zip(names, row, strict=True)))))

    def _ask(self, expr: Any, timeout_s: float | None = None) -> list[tuple[Any, ...]]:
        import ibis

        statement = str(ibis.to_sql(expr, dialect="duckdb"))
        with refusals(self._located), limited(self._connection, timeout_s):
            return self._connection.execute(statement).fetchall()


@contextmanager
def open_table(
    root: Path,
    source: str,
    *,
    strings: Collection[str] = (),
    resources: Resources | None = None,
    related: Mapping[str, Other] | None = None,
) -> Iterator[DuckTable]:
    """The table at ``source`` below ``root``; see ``open_located``."""
    with open_located(locate(root, source), strings=strings, resources=resources, related=related) as table:
        yield table


@contextmanager
def open_located(
    located: Located,
    *,
    strings: Collection[str] = (),
    resources: Resources | None = None,
    related: Mapping[str, Other] | None = None,
    haste: Haste | None = None,
) -> Iterator[DuckTable]:
    """The table that these files are; ``strings`` are columns that CSV and JSON must give as text.

    ``related`` are other tables for the same connection, by the names that the contract has for them. Raises
    ``DataError`` (path, missing, data-empty, parse), also from the table's own methods.
    """
    haste = haste or Haste()
    with (
        digesting(located if haste.digest else None) as sha256,
        ThreadPoolExecutor(1, thread_name_prefix="sample") as pool,
        tempfile.TemporaryDirectory(prefix="sluice-") as spill,
    ):
        # DuckDB is loaded from here on, since that takes as long as the digest of a file of usual size.
        located = readable(located, Path(spill, "own"))
        related = {
            name: replace(other, located=readable(other.located, Path(spill, f"related_{index}")))
            for index, (name, other) in enumerate((related or {}).items())
        }
        settings = duck_connections.settings(resources or Resources(), spill, located)
        everything = (located, *(other.located for other in related.values()))
        with connected(settings, everything) as connection:
            own = _opened(connection, located, strings, "data")
            connect = functools.partial(duck_connections.numbered, settings, located)
            sql = own.numbered
            numbered = Numbered(sql=sql, n_files=len(located.files), connect=connect) if sql else None
            rows = DuckRows(connection, "data", numbered)
            if haste.sample_rows:
                rows.sample_ahead(list(filter(haste.wanted, own.types)), haste.sample_rows, pool)
            others = {
                name: _opened(connection, other.located, other.strings, f"related_{index}")
                for index, (name, other) in enumerate(related.items())
            }
            again = functools.partial(
                duck_connections.again, settings, everything, [one.made for one in (own, *others.values())]
            )
            tables = {name: _table(other.types, other.view) for name, other in others.items()}
            yield DuckTable(rows, located, sha256, _table(own.types, own.view), tables, again)


class _View(NamedTuple):
    """A view of files: the types of its columns by name, what made it, and SQL with the number of each row, if any."""

    view: str
    types: dict[str, str]
    made: str
    numbered: str | None


def _opened(connection: DuckDBPyConnection, located: Located, strings: Collection[str], view: str) -> _View:
    """Makes a view of the files."""
    sql = relation(connection, located, strings)
    with refusals(located):
        found, select = _types(connection, sql)
        made = f"CREATE TEMP VIEW {view} AS FROM {sql} SELECT {select}"
        connection.execute(made)
        return _View(view, found, made, numbering(sql, select, found) if located.format == "parquet" else None)


def _table(types: Mapping[str, str], view: str) -> Any:
    """A view as an ibis expression."""
    import ibis

    return ibis.table(ibis.schema({name: _ibis_type(kind) for name, kind in types.items()}), name=view)


def _types(connection: DuckDBPyConnection, sql: str) -> tuple[dict[str, str], str]:
    """The types of the columns by name, and what a view of them selects."""
    described = {str(row[0]): str(row[1]) for row in connection.execute(f"DESCRIBE FROM {sql}").fetchall()}
    coarser = {name: _COARSER[kind] for name, kind in described.items() if kind in _COARSER}
    cast = ", ".join(f"{_identifier(name)}::{kind} AS {_identifier(name)}" for name, kind in coarser.items())
    select = f"* REPLACE ({cast})" if cast else "*"
    return described | coarser, select


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _ibis_type(duckdb_type: str) -> Any:
    from ibis.backends.sql.datatypes import DuckDBType

    return DuckDBType.from_string(duckdb_type)
