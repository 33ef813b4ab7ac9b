"""Tables of files, asked through ibis on an embedded DuckDB that can reach nothing else.

The data is hostile: no network, no extensions beyond those built in, no other files than the table's own, settings
locked, memory and disk bounded. How long a query may take is the supervisor's matter.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sluice.adapters.located import Located, digesting, locate
from sluice.adapters.readers import literal, quote, refusals, relation
from sluice.domain.check import is_float, is_number
from sluice.domain.profile import ColumnProfile, TableProfile

if TYPE_CHECKING:
    from concurrent.futures import Future

    from duckdb import DuckDBPyConnection

MAX_VALUE_CHARS = 80
MAX_PROFILE_VALUES = 20
# Types that DuckDB does not compute with, as the nearest that it does: times are read to the microsecond.
_COARSER = {"TIMESTAMPTZ_NS": "TIMESTAMP WITH TIME ZONE", "TIME_NS": "TIME"}
# These answer from the statistics that a Parquet file states of itself. A NaN is never in them, so that a test for NaN
# would be skipped, and whoever wrote the file may have written anything there: every value is read instead.
_BELIEVING = ("statistics_propagation", "partial_aggregate_pushdown", "filter_pushdown", "row_group_pruner")
_MEMORY_BYTES = 2 * 2**30
_DISK_BYTES = 16 * 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What validating one table may use; ``threads`` 0 is one per core."""

    memory_bytes: int = _MEMORY_BYTES
    disk_bytes: int = _DISK_BYTES
    threads: int = 0


class DuckTable:
    """A ``TableEngine`` over one open connection; made by ``open_table``."""

    def __init__(
        self,
        connection: DuckDBPyConnection,
        located: Located,
        sha256: Future[str],
        kinds: Mapping[str, str],
        table: Any,
    ) -> None:
        self._connection, self._located, self._kinds = connection, located, kinds
        self._sha256 = sha256
        self.table = table

    @property
    def sha256(self) -> str:
        """Digest of the data's bytes; waits until all of them are read."""
        return self._sha256.result()

    def columns(self) -> Mapping[str, str]:
        """Name and kind of every column, in the data's order."""
        return self._kinds

    def aggregate(self, exprs: Mapping[str, Any]) -> Mapping[str, Any]:
        """The value of every scalar expression, by one query. Raises ``DataError``."""
        rows = self._ask(self.table.aggregate(**exprs))
        return dict(zip(exprs, rows[0], strict=True))

    def examples(self, values: Any, limit: int) -> tuple[str, ...]:
        """The first ``limit`` distinct values in order, as printable text of at most 80 characters."""
        # One more than is shown, so that what is cut is known to be cut.
        short = values.select(value=values["value"].cast("string").left(MAX_VALUE_CHARS + 1))
        rows = self._ask(short.distinct().order_by("value").limit(limit))
        return tuple(printable(row[0]) for row in rows if row[0] is not None)

    def most_frequent(self, column: str, limit: int) -> tuple[Any, ...]:
        """The column's values by how often they come, then by value; text is cut after 81 characters."""
        import ibis

        present = self.table.filter(self.table[column].notnull())
        value = present[column].left(MAX_VALUE_CHARS + 1) if self._kinds[column] == "string" else present[column]
        counted = present.group_by(value=value).aggregate(n=present.count())
        rows = self._ask(counted.order_by(ibis.desc("n"), "value").limit(limit))
        return tuple(row[0] for row in rows)

    def _ask(self, expr: Any) -> list[tuple[Any, ...]]:
        import ibis

        with refusals(self._located):
            return self._connection.execute(str(ibis.to_sql(expr, dialect="duckdb"))).fetchall()


@contextmanager
def open_table(
    root: Path, source: str, *, strings: Collection[str] = (), resources: Resources | None = None
) -> Iterator[DuckTable]:
    """The table at ``source`` below ``root``; ``strings`` are columns that CSV and JSON must give as text.

    Raises ``DataError`` (path, missing, data-empty, parse), also from the table's own methods.
    """
    located = locate(root, source)
    with digesting(located) as sha256, tempfile.TemporaryDirectory(prefix="sluice-") as spill:
        # Loaded only now, since that takes as long as the digest of a file of usual size.
        import duckdb
        import ibis

        connection = duckdb.connect(":memory:", config=_settings(resources or Resources(), spill))
        try:
            _lock(connection, located)
            sql = relation(connection, located, strings)
            with refusals(located):
                types = {name: _ibis_type(kind) for name, kind in _view(connection, sql).items()}
            kinds = {name: _kind(dtype) for name, dtype in types.items()}
            yield DuckTable(connection, located, sha256, kinds, ibis.table(ibis.schema(types), name="data"))
        finally:
            connection.close()


def _settings(resources: Resources, spill: str) -> dict[str, str | bool | int | float | list[str]]:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "allow_persistent_secrets": "false",
        "memory_limit": f"{resources.memory_bytes // 2**20}MiB",
        "temp_directory": spill,
        "max_temp_directory_size": f"{resources.disk_bytes // 2**20}MiB",
        "disabled_optimizers": ",".join(_BELIEVING),
        # Sums and counts do not depend on the order of rows, and keeping it costs memory.
        "preserve_insertion_order": "false",
    }
    return settings | ({"threads": resources.threads} if resources.threads else {})


def _lock(connection: DuckDBPyConnection, located: Located) -> None:
    """Leaves the connection the table's own files, for good."""
    # DuckDB asks for the name as it is written, which escapes what would be a pattern, and for the file it leads to.
    names = {str(path) for path in located.files} | {literal(path) for path in located.files}
    quoted = ", ".join(quote(name) for name in sorted(names))
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET allowed_paths = [{quoted}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _view(connection: DuckDBPyConnection, sql: str) -> dict[str, str]:
    """Makes the view ``data``; the types of its columns, by name."""
    described = {str(row[0]): str(row[1]) for row in connection.execute(f"DESCRIBE FROM {sql}").fetchall()}
    coarser = {name: _COARSER[kind] for name, kind in described.items() if kind in _COARSER}
    cast = ", ".join(f"{_identifier(name)}::{kind} AS {_identifier(name)}" for name, kind in coarser.items())
    connection.execute(f"CREATE TEMP VIEW data AS FROM {sql}{f' SELECT * REPLACE ({cast})' if cast else ''}")
    return described | coarser


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _ibis_type(duckdb_type: str) -> Any:
    from ibis.backends.sql.datatypes import DuckDBType

    return DuckDBType.from_string(duckdb_type)


def _kind(dtype: Any) -> str:
    """The name of a type as ``domain.check`` has it."""
    if dtype.is_timestamp():
        return "timestamp with time zone" if dtype.timezone else "timestamp"
    if dtype.is_decimal():
        return f"decimal({dtype.precision}, {dtype.scale})"
    if dtype.is_unknown():
        raw = str(dtype.raw_type)
        return "null" if "NULL" in raw else "uint128" if "UINT128" in raw else "unknown"
    return type(dtype).__name__.lower()


def printable(text: str) -> str:
    """The text with everything that is not printable escaped, cut after 80 characters."""
    shown = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    return shown if len(shown) <= MAX_VALUE_CHARS else shown[: MAX_VALUE_CHARS - 3] + "..."


# -- the outline of a table ------------------------------------------------------------------------


def profile(engine: DuckTable) -> TableProfile:
    """The table in outline, for the inference of a contract. Raises ``DataError``."""
    kinds = dict(engine.columns())
    asked: dict[str, Any] = {"rows": engine.table.count()}
    for index, (name, kind) in enumerate(kinds.items()):
        asked |= {f"{what}{index}": expr for what, expr in _outline(engine.table[name], kind).items()}
    numbers = engine.aggregate(asked)
    columns: list[ColumnProfile] = []
    for index, (name, kind) in enumerate(kinds.items()):
        n_distinct = int(numbers[f"distinct{index}"] or 0)
        columns.append(
            ColumnProfile(
                name=name,
                kind=kind,
                n_values=int(numbers[f"values{index}"] or 0),
                n_distinct=n_distinct,
                n_nan=int(numbers.get(f"nan{index}") or 0),
                n_infinite=int(numbers.get(f"infinite{index}") or 0),
                minimum=_scalar(numbers.get(f"low{index}")),
                maximum=_scalar(numbers.get(f"high{index}")),
                values=_values(engine, name, kind) if 0 < n_distinct <= MAX_PROFILE_VALUES else (),
            )
        )
    return TableProfile(n_rows=int(numbers["rows"]), columns=tuple(columns))


def _outline(column: Any, kind: str) -> dict[str, Any]:
    if is_float(kind):
        present, finite = ~column.isnan(), ~(column.isnan() | column.isinf())
        return {
            "values": column.count(where=present),
            "distinct": column.nunique(where=present),
            "nan": column.isnan().sum(),
            "infinite": column.isinf().sum(),
            "low": column.min(where=finite).cast("float64"),
            "high": column.max(where=finite).cast("float64"),
        }
    counts = {"values": column.count(), "distinct": column.nunique()}
    if kind.startswith("decimal") and not kind.endswith(", 0)"):
        return counts | {"low": column.min().cast("float64"), "high": column.max().cast("float64")}
    if is_number(kind):
        return counts | {"low": column.min(), "high": column.max()}
    if kind in ("date", "timestamp", "timestamp with time zone"):
        return counts | {"low": column.min().cast("string"), "high": column.max().cast("string")}
    return counts


def _scalar(value: Any) -> Any:
    """A decimal, which here has no fraction, as a whole number; everything else as it is."""
    return int(value) if isinstance(value, Decimal) else value


def _values(engine: DuckTable, name: str, kind: str) -> tuple[Any, ...]:
    """All values of a column of text or whole numbers that has few, most frequent first; none where one is long."""
    if not (kind == "string" or (is_number(kind) and not is_float(kind) and "decimal" not in kind)):
        return ()
    rows = engine.most_frequent(name, MAX_PROFILE_VALUES)
    if any(isinstance(value, str) and len(value) > MAX_VALUE_CHARS for value in rows):
        return ()
    return rows
