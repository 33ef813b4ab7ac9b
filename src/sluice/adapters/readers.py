"""Files made one relation in DuckDB, its columns and types fixed before the first question is asked.

CSV: UTF-8, the first line names the columns, the delimiter is the one of ``, ; TAB |`` that this line has most of
(TAB for ``.tsv``), quotes are doubled inside quotes, an empty value is missing. The whole file decides each column's
type, dates and times in ISO 8601 alone; columns that the contract calls text are read as text. JSON lines likewise.
Parquet says its types itself.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sluice.adapters.delimited import delimited
from sluice.adapters.located import MAX_FILES, Located
from sluice.adapters.wording import (
    MAX_LINE_BYTES,
    files_of,
    options_of,
    partition_options,
    quote,
    refuse_columns,
    refuse_made_twice,
)
from sluice.domain.amounts import amount
from sluice.domain.errors import DataError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TEXT_LIKE = ("DATE", "TIME", "TIMESTAMP", "UUID", "JSON")
_LINE = re.compile(r"CSV Error on Line: ([0-9]+)")
_COUNTS = re.compile(r"Expected Number of Columns: ([0-9]+) Found: ([0-9]+)")


def relation(connection: DuckDBPyConnection, located: Located, strings: Collection[str]) -> str:
    """SQL that reads the files, as the source of a ``SELECT``. Raises ``DataError``."""
    with refusals(located):
        match located.format:
            case "parquet":
                return _parquet(connection, located, strings)
            case "csv":
                return delimited(connection, located, strings)
            case "jsonl":
                return _jsonl(connection, located, strings)
            case "arrow":
                raise TypeError("Arrow files are written anew as Parquet before they are read")
            case "delta" | "iceberg":
                return _versioned(connection, located)


@contextmanager
def refusals(located: Located) -> Iterator[None]:
    """What DuckDB refuses, as one sentence that quotes no value of the data."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException:
        raise DataError("needs more memory than is allowed", where=located.source) from None
    except (duckdb.Error, UnicodeDecodeError, OverflowError) as problem:
        raise _refusal(located, str(problem)) from None


def _refusal(located: Located, said: str) -> DataError:
    if located.format == "jsonl":
        return _bad_line(located)
    if located.format in ("delta", "iceberg"):
        return DataError(f"is not a readable {located.format.capitalize()} table", where=located.source)
    if located.format in ("parquet", "arrow"):
        return DataError("is not a readable Parquet file", where=located.source, remedy="write it again")
    line = _LINE.search(said)
    name = _named(located, said)
    where = f"{name}:{line[1]}" if line else name
    if counts := _COUNTS.search(said):
        return DataError(
            f"{amount(int(counts[2]), 'value')} where the first line names {amount(int(counts[1]), 'column')}",
            where=where,
        )
    if "nicode" in said or "utf-8" in said.lower().split("encoding:")[0]:
        return DataError("is not UTF-8", where=where, remedy="save it as UTF-8")
    if "unterminated quote" in said:
        return DataError("a quoted value does not end", where=where)
    return DataError("is not well-formed CSV", where=where, remedy="quote values that hold quotes or line breaks")


def _named(located: Located, said: str) -> str:
    """The source, with the name of the file that an error speaks of where there are several."""
    spoken = (name for name, path in zip(located.names, located.files, strict=True) if f" {path}\n" in said)
    name = next(spoken, "") if located.names else ""
    return f"{located.source}: {name}" if name else located.source


# -- Parquet --------------------------------------------------------------------------------------


def _parquet(connection: DuckDBPyConnection, located: Located, strings: Collection[str]) -> str:
    files = files_of(located)
    names = [str(row[0]) for row in connection.execute(f"FROM parquet_schema({files}) SELECT name").fetchall()]
    refuse_made_twice(names, located)
    source = f"read_parquet({files}, union_by_name=false, {options_of(partition_options(located, strings))})"
    made = (name for name, _ in located.partitions)
    refuse_columns(_types(connection, source), located, known=frozenset((*names, *made)))
    return source


def _types(connection: DuckDBPyConnection, source: str) -> dict[str, str]:
    return {str(row[0]): str(row[1]) for row in connection.execute(f"DESCRIBE FROM {source}").fetchall()}


# -- JSON lines -----------------------------------------------------------------------------------


def _jsonl(connection: DuckDBPyConnection, located: Located, strings: Collection[str]) -> str:
    files = files_of(located)
    fixed_options = {
        "format": "'newline_delimited'",
        "records": "true",
        "compression": "'none'",
        "ignore_errors": "false",
        "maximum_object_size": str(MAX_LINE_BYTES),
    }
    alone = options_of(fixed_options | {"hive_partitioning": "false"})
    found = _types(connection, f"read_json({files}, sample_size=-1, maximum_sample_files={MAX_FILES}, {alone})")
    refuse_columns(found, located)
    refuse_made_twice(found, located)
    fixed = {
        name: "VARCHAR" if name in strings and kind.startswith(_TEXT_LIKE) else kind for name, kind in found.items()
    }
    columns = ", ".join(f"{quote(name)}: {quote(kind)}" for name, kind in fixed.items())
    options = options_of(fixed_options | partition_options(located, strings))
    return f"read_json({files}, auto_detect=false, columns={{{columns}}}, {options})"


def _bad_line(located: Located) -> DataError:
    """The first line that is not a JSON object; found here, since DuckDB counts lines otherwise."""
    for index, path in enumerate(located.files):
        name = f"{located.source}: {located.names[index]}" if located.names else located.source
        if (found := _bad_line_of(path, name)) is not None:
            return found
    return DataError("the lines do not make one table", where=located.source)


def _bad_line_of(path: Path, name: str) -> DataError | None:
    with path.open("rb") as stream:
        number = 0
        while line := stream.readline(MAX_LINE_BYTES + 1):
            number += 1
            where = f"{name}:{number}"
            if len(line) > MAX_LINE_BYTES:
                return DataError("the line is longer than 16 MiB", where=where)
            if number == 1 and line.startswith(codecs.BOM_UTF8):
                return DataError("begins with a byte order mark", where=where, remedy="save it as UTF-8 without one")
            try:
                value = json.loads(line, object_pairs_hook=_object) if line.strip() else {}
            except _Twice:
                return DataError("names a key twice", where=where)
            except (ValueError, RecursionError):
                utf8 = _is_utf8(line)
                return DataError("is not JSON" if utf8 else "is not UTF-8", where=where)
            if not isinstance(value, dict):
                return DataError("is not a JSON object", where=where, remedy="write one object on each line")
            if "" in value:
                return DataError("a column has no name", where=where, remedy="give it one, or leave it out")
    return None


class _Twice(Exception):
    """A JSON object that names a key twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice
    return found


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


# -- tables that keep their older versions -----------------------------------------------------------


def extensions(connection: DuckDBPyConnection, located: Iterable[Located]) -> None:
    """Loads what reads Delta and Iceberg tables, where it is installed: it is never fetched. Raises ``DataError``."""
    import duckdb

    for one in located:
        if one.format not in ("delta", "iceberg"):
            continue
        try:
            connection.execute(f"LOAD {one.format}")
        except duckdb.Error:
            remedy = f"in a step before, run `python -c \"import duckdb; duckdb.execute('INSTALL {one.format}')\"`"
            said = f"is a {one.format.capitalize()} table, and DuckDB's extension `{one.format}` is not installed"
            raise DataError(said, where=one.source, remedy=remedy) from None


def _versioned(connection: DuckDBPyConnection, located: Located) -> str:
    source = f"{located.format}_scan({quote(str(located.folder))})"
    refuse_columns(_types(connection, source), located)
    return source
