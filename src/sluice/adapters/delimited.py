"""CSV: the header read here, each column's type from all of all files, by DuckDB's sniffer without its guesses."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sluice.adapters.located import Located
from sluice.adapters.wording import (
    MAX_LINE_BYTES,
    files_of,
    literal,
    options_of,
    partition_options,
    quote,
    refuse_columns,
    refuse_made_twice,
)
from sluice.domain.errors import DataError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MAX_HEADER_BYTES = 2**20
_DELIMITERS = ",;\t|"
_NUMBERS = ("BIGINT", "DOUBLE", "HUGEINT", "UBIGINT", "UHUGEINT", "INTEGER", "SMALLINT", "TINYINT")


def delimited(connection: DuckDBPyConnection, located: Located, strings: Collection[str]) -> str:
    """SQL that reads CSV files; see ``readers``. Raises ``DataError``, and what DuckDB raises."""
    delimiter, names = _same_header(located)
    refuse_columns(names, located)
    refuse_made_twice(names, located)
    if len(set(names)) < len(names):
        raise DataError("two columns have the same name", where=f"{located.source}:1")
    options = {
        "header": "true",
        "delim": quote(delimiter),
        "quote": "'\"'",
        "escape": "'\"'",
        "comment": "''",
        "encoding": "'utf-8'",
        "compression": "'none'",
        "dateformat": "'%Y-%m-%d'",
        "strict_mode": "true",
        "null_padding": "false",
        "ignore_errors": "false",
        "max_line_size": str(MAX_LINE_BYTES),
    }
    whole = options_of(options | partition_options(located, strings))
    types = _types_of_all(connection, located, names, options_of(options | {"hive_partitioning": "false"}))
    if types is None:
        # Reading everything as text finds the line that the sniffer does not tell.
        text = _typed(located, whole, dict.fromkeys(names, "VARCHAR"))
        connection.execute(f"FROM {text} SELECT count(COLUMNS(*))").fetchall()
        raise DataError("is not well-formed CSV", where=located.source)
    return _typed(located, whole, {name: "VARCHAR" if name in strings else kind for name, kind in types.items()})


def _same_header(located: Located) -> tuple[str, list[str]]:
    """The delimiter and the names of the columns, which are the same in every file."""
    first = _header(located.files[0], located)
    for name, path in zip(located.names[1:], located.files[1:], strict=True):
        if _header(path, located) != first:
            said = f"{name} does not have the columns of {located.names[0]}, in the same order"
            raise DataError(said, where=located.source, remedy="write all files alike")
    return first


def _types_of_all(
    connection: DuckDBPyConnection, located: Located, names: Sequence[str], options: str
) -> dict[str, str] | None:
    """Each column's type, from all of all files; ``None`` where one is not regular enough to tell."""
    found: dict[str, set[str]] = {name: set() for name in names}
    for path in located.files:
        types = _sniffed(connection, path, options)
        if types is None or len(types) != len(names):
            return None
        if len(located.files) > 1 and "VARCHAR" in types:
            types = _without_empty(connection, path, options, dict(zip(names, types, strict=True)))
        for name, kind in zip(names, types, strict=True):
            found[name].add(kind)
    return {name: _widest(kinds - {""}) for name, kinds in found.items()}


def _without_empty(connection: DuckDBPyConnection, path: Path, options: str, types: Mapping[str, str]) -> list[str]:
    """The types of one file, with nothing in place of text for a column without any value, which contradicts none."""
    texts = [name for name, kind in types.items() if kind == "VARCHAR"]
    columns = ", ".join(f"{quote(name)}: 'VARCHAR'" for name in types)
    counts = ", ".join(f'count("{name.replace(chr(34), chr(34) * 2)}")' for name in texts)
    read = f"read_csv([{quote(literal(path))}], auto_detect=false, columns={{{columns}}}, {options})"
    row = connection.execute(f"FROM {read} SELECT {counts}").fetchone() or ()
    empty = {name for name, count in zip(texts, row, strict=True) if count == 0}
    return ["" if name in empty else kind for name, kind in types.items()]


def _widest(kinds: Collection[str]) -> str:
    """The one type of a column that has these in its files."""
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds and all(kind in _NUMBERS for kind in kinds):
        return "DOUBLE"
    return "TIMESTAMP" if set(kinds) == {"DATE", "TIMESTAMP"} else "VARCHAR"


def _header(path: Path, located: Located) -> tuple[str, list[str]]:
    """The delimiter and the names of the columns."""
    with path.open("rb") as stream:
        begin = stream.read(_MAX_HEADER_BYTES)
    try:
        text = begin.decode("utf-8-sig", errors="strict" if len(begin) < _MAX_HEADER_BYTES else "ignore")
    except UnicodeDecodeError as problem:
        line = begin.count(b"\n", 0, problem.start) + 1
        raise DataError("is not UTF-8", where=f"{located.source}:{line}", remedy="save it as UTF-8") from None
    if "\0" in text:
        raise DataError(
            "holds a NUL character", where=f"{located.source}:{text[: text.index(chr(0))].count(chr(10)) + 1}"
        )
    lines = text.splitlines(keepends=True)
    first = lines[0] if lines else ""
    delimiter = "\t" if located.source.lower().endswith(".tsv") else max(_DELIMITERS, key=first.count)
    try:
        names = next(csv.reader(lines, delimiter=delimiter, strict=True), [])
    except csv.Error:
        raise DataError("the first line cannot be read", where=f"{located.source}:1") from None
    if len(begin) == _MAX_HEADER_BYTES and len(lines) < 2:
        raise DataError("the first line is longer than 1 MiB", where=f"{located.source}:1")
    return delimiter, names


def _sniffed(connection: DuckDBPyConnection, path: Path, options: str) -> list[str] | None:
    """Each column's type, from the whole file; ``None`` where the file is not regular enough to tell."""
    import duckdb

    asked = f"FROM sniff_csv({quote(literal(path))}, sample_size=-1, {options}) SELECT Columns, TimestampFormat"
    try:
        row = connection.execute(asked).fetchone()
    except duckdb.InvalidInputException:
        return None
    if row is None:
        return None
    columns, times = row
    # Another form of times than ISO 8601 would be guessed: 01/02 is two days.
    guessed = times is not None
    return ["VARCHAR" if guessed and "TIMESTAMP" in column["type"] else column["type"] for column in columns]


def _typed(located: Located, options: str, types: Mapping[str, str]) -> str:
    columns = ", ".join(f"{quote(name)}: {quote(kind)}" for name, kind in types.items())
    return f"read_csv({files_of(located)}, auto_detect=false, columns={{{columns}}}, {options})"
