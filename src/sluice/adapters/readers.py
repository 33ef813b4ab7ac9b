"""Files made one relation in DuckDB, its columns and types fixed before the first question is asked.

CSV: UTF-8, the first line names the columns, the delimiter is the one of ``, ; TAB |`` that this line has most of
(TAB for ``.tsv``), quotes are doubled inside quotes, an empty value is missing. The whole file decides each column's
type, dates and times in ISO 8601 alone; columns that the contract calls text are read as text. JSON lines likewise.
Parquet says its types itself.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sluice.adapters.located import MAX_FILES, Located
from sluice.domain.errors import DataError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MAX_COLUMNS = 10_000
MAX_LINE_BYTES = 16 * 2**20
_MAX_HEADER_BYTES = 2**20
_DELIMITERS = ",;\t|"
_NUMBERS = ("BIGINT", "DOUBLE", "HUGEINT", "UBIGINT", "UHUGEINT", "INTEGER", "SMALLINT", "TINYINT")
_TEXT_LIKE = ("DATE", "TIME", "TIMESTAMP", "UUID", "JSON")
_PATTERN = re.compile(r"[*?\[]")
_LINE = re.compile(r"CSV Error on Line: ([0-9]+)")
_COUNTS = re.compile(r"Expected Number of Columns: ([0-9]+) Found: ([0-9]+)")


def relation(connection: DuckDBPyConnection, located: Located, strings: Collection[str]) -> str:
    """SQL that reads the files, as the source of a ``SELECT``. Raises ``DataError``."""
    with refusals(located):
        match located.format:
            case "parquet":
                return _parquet(connection, located, strings)
            case "csv":
                return _csv(connection, located, strings)
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
        return DataError(f"{counts[2]} values where the first line names {counts[1]} columns", where=where)
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


def _files(located: Located) -> str:
    return f"[{', '.join(quote(literal(path)) for path in located.files)}]"


def _hive(located: Located, strings: Collection[str]) -> dict[str, str]:
    """The options that make columns of folders named ``key=value``."""
    if not located.partitions:
        return {"hive_partitioning": "false"}
    types = {name: "VARCHAR" if name in strings else kind for name, kind in located.partitions}
    said = ", ".join(f"{quote(name)}: {kind}" for name, kind in types.items())
    return {"hive_partitioning": "true", "hive_types": f"{{{said}}}", "hive_types_autocast": "false"}


def _own(names: Collection[str], located: Located) -> None:
    """Refuses files that have a column which their folders make as well."""
    made = {name.lower() for name, _ in located.partitions}
    if twice := next((name for name in names if name.lower() in made), None):
        raise DataError(f"the column `{twice[:80]}` is in the files and in their folders' names", where=located.source)


# -- Parquet --------------------------------------------------------------------------------------


def _parquet(connection: DuckDBPyConnection, located: Located, strings: Collection[str]) -> str:
    files = _files(located)
    names = [str(row[0]) for row in connection.execute(f"FROM parquet_schema({files}) SELECT name").fetchall()]
    _own(names, located)
    source = f"read_parquet({files}, union_by_name=false, {_options(_hive(located, strings))})"
    made = (name for name, _ in located.partitions)
    _columns(_types(connection, source), located, known=frozenset((*names, *made)))
    return source


def _types(connection: DuckDBPyConnection, source: str) -> dict[str, str]:
    return {str(row[0]): str(row[1]) for row in connection.execute(f"DESCRIBE FROM {source}").fetchall()}


def _columns(names: Collection[str], located: Located, known: Collection[str] = ()) -> None:
    """Refuses tables of too many columns and columns that differ in case alone, which SQL cannot tell apart."""
    if len(names) > MAX_COLUMNS:
        raise DataError(f"has more than {MAX_COLUMNS} columns", where=located.source)
    if "" in known:
        raise DataError("a column has no name", where=located.source, remedy="give it one")
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen or (known and name not in known):
            raise DataError(f"two columns have the name `{name[:80]}`, in upper or lower case", where=located.source)
        seen.add(name.lower())


# -- CSV ------------------------------------------------------------------------------------------


def _csv(connection: DuckDBPyConnection, located: Located, strings: Collection[str]) -> str:
    delimiter, names = _same_header(located)
    _columns(names, located)
    _own(names, located)
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
    whole = _options(options | _hive(located, strings))
    types = _types_of_all(connection, located, names, _options(options | {"hive_partitioning": "false"}))
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
    """The delimiter and the names of the columns; a column without a name gets ``columnN``, counted from 0."""
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
    return delimiter, [name or f"column{index}" for index, name in enumerate(names)]


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
    return f"read_csv({_files(located)}, auto_detect=false, columns={{{columns}}}, {options})"


# -- JSON lines -----------------------------------------------------------------------------------


def _jsonl(connection: DuckDBPyConnection, located: Located, strings: Collection[str]) -> str:
    files = _files(located)
    fixed_options = {
        "format": "'newline_delimited'",
        "records": "true",
        "compression": "'none'",
        "ignore_errors": "false",
        "maximum_object_size": str(MAX_LINE_BYTES),
    }
    alone = _options(fixed_options | {"hive_partitioning": "false"})
    found = _types(connection, f"read_json({files}, sample_size=-1, maximum_sample_files={MAX_FILES}, {alone})")
    _columns(found, located)
    _own(found, located)
    fixed = {
        name: "VARCHAR" if name in strings and kind.startswith(_TEXT_LIKE) else kind for name, kind in found.items()
    }
    columns = ", ".join(f"{quote(name)}: {quote(kind)}" for name, kind in fixed.items())
    options = _options(fixed_options | _hive(located, strings))
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
    _columns(_types(connection, source), located)
    return source


def _options(options: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in options.items())


def literal(path: Path) -> str:
    """A path as DuckDB must be told it, since a name may hold what it takes for a pattern."""
    return _PATTERN.sub(r"[\g<0>]", str(path))


def quote(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"
