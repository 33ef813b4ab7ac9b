"""DuckDB connections that reach nothing but a table's own files, and believe nothing that these say of themselves."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sluice.adapters import statements
from sluice.adapters.located import Located
from sluice.adapters.readers import extensions
from sluice.adapters.wording import literal, quote

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# These answer from the statistics that a Parquet file states of itself. A NaN is never in them, so that a test for NaN
# would be skipped, and whoever wrote the file may have written anything there: every value is read instead.
BELIEVING = ("statistics_propagation", "partial_aggregate_pushdown", "filter_pushdown", "row_group_pruner")
_MEMORY_BYTES = 2 * 2**30
_DISK_BYTES = 16 * 2**30

Settings = Mapping[str, str | bool | int | float | list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What validating one table may use; ``threads`` 0 is one per core."""

    memory_bytes: int = _MEMORY_BYTES
    disk_bytes: int = _DISK_BYTES
    threads: int = 0


def settings(resources: Resources, spill: str, located: Located) -> Settings:
    """What a connection is opened with; ``spill`` is the folder for what memory does not hold."""
    stated: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "allow_persistent_secrets": "false",
        "memory_limit": f"{resources.memory_bytes // 2**20}MiB",
        "temp_directory": spill,
        "max_temp_directory_size": f"{resources.disk_bytes // 2**20}MiB",
        "disabled_optimizers": ",".join(BELIEVING),
        # Sums and counts do not depend on the order of rows, and keeping it costs memory. Parquet files number their
        # rows; those of others are known by their order alone.
        "preserve_insertion_order": "false" if located.format == "parquet" else "true",
    }
    return stated | ({"threads": resources.threads} if resources.threads else {})


@contextmanager
def connected(stated: Settings, located: Collection[Located]) -> Iterator[DuckDBPyConnection]:
    """A connection that is left these tables' files, and closed at the end."""
    connection = _connect(stated, located)
    try:
        yield connection
    finally:
        connection.close()


def numbered(stated: Settings, located: Located) -> DuckDBPyConnection:
    """Like the table's own, but with rows left unread by their numbers, of which no file states anything."""
    disabled = ",".join(name for name in BELIEVING if name != "filter_pushdown")
    return _connect({**stated, "disabled_optimizers": disabled}, (located,))


def again(stated: Settings, located: Collection[Located], made: Collection[str]) -> DuckDBPyConnection:
    """Like the table's own, in a process of its own that began as a copy of this one; ``made`` are its views."""
    own = {"memory_limit": f"{statements.ENGINE_BYTES // 2**20}MiB", "temp_directory": tempfile.mkdtemp()}
    connection = _connect({**stated, **own}, located)
    for statement in made:
        connection.execute(statement)
    return connection


def _connect(stated: Settings, located: Collection[Located]) -> DuckDBPyConnection:
    import duckdb

    connection = duckdb.connect(":memory:", config=dict(stated))
    try:
        _lock(connection, located)
    except BaseException:
        connection.close()
        raise
    return connection


def _lock(connection: DuckDBPyConnection, located: Collection[Located]) -> None:
    """Leaves the connection the tables' own files, for good."""
    extensions(connection, located)
    # DuckDB asks for the name as it is written, which escapes what would be a pattern, and for the file it leads to.
    files = [path for one in located for path in one.files]
    names = {str(path) for path in files} | {literal(path) for path in files} | {str(path.resolve()) for path in files}
    quoted = ", ".join(quote(name) for name in sorted(names))
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET allowed_paths = [{quoted}]")
    folders = ", ".join(quote(f"{one.folder}/") for one in located if one.folder)
    connection.execute(f"SET allowed_directories = [{folders}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
