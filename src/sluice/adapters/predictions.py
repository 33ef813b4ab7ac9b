"""Predictions files read into arrays: Parquet, CSV or JSON lines, through a DuckDB that can reach nothing else.

The file comes from the pull request's code: its size is bounded, its columns are read by name and type, and a value
that is missing is refused by its row.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sluice.adapters.located import digest, locate
from sluice.adapters.readers import refusals, relation
from sluice.domain.config import Columns, Evaluation
from sluice.domain.errors import ColumnError, DataError, EvidenceError
from sluice.domain.predictions import MAX_SLICE_VALUES, Column, Predictions, Slicing, checked

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from sluice.adapters.located import Located

MAX_ROWS = 20_000_000
"""More rows would not fit the memory of a small runner; a sample of this size has no visible interval left."""

MAX_NAMED_COLUMNS = 20
NULL_SLICE = "null"
"""Label of the rows without a value in a slice column."""

_WRITE_IT = "let training write it, or correct `evaluation.predictions` in sluice.yaml"
_MEMORY = "4GiB"
_INTEGERS = frozenset("TINYINT SMALLINT INTEGER BIGINT UTINYINT USMALLINT UINTEGER".split())
_NUMBERS = _INTEGERS | frozenset("UBIGINT HUGEINT UHUGEINT FLOAT DOUBLE".split())


def read_predictions(path: Path, evaluation: Evaluation) -> Predictions:
    """The columns that ``evaluation`` names, checked, with the digest of the file.

    Raises ``EvidenceError`` for a file that is missing, unreadable or over ``MAX_ROWS`` rows, for a column that is not
    there (naming those that are) or of the wrong type, and for every value that ``domain.predictions.checked`` refuses.
    """
    where = evaluation.predictions or path.name
    try:
        located = locate(path.parent, path.name)
        sha256 = digest(located)
        with _opened(located) as connection:
            predictions = _read(connection, relation(connection, located, ()), located, evaluation, where)
    except DataError as error:
        code = "missing-evidence" if error.reason_code == "missing" else error.reason_code
        remedy = error.remedy or (_WRITE_IT if error.reason_code == "missing" else "")
        raise EvidenceError(error.what, reason_code=code, where=where, remedy=remedy) from None
    return checked(replace(predictions, sha256=sha256), evaluation.task, where=where)


@contextmanager
def _opened(located: Located) -> Iterator[DuckDBPyConnection]:
    """A connection that may read the table's own files and nothing else; rows keep the file's order."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="sluice-") as spill:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "allow_persistent_secrets": "false",
            "memory_limit": _MEMORY,
            "temp_directory": spill,
        }
        connection = duckdb.connect(":memory:", config=settings)
        try:
            quoted = ", ".join(_literal(str(file)) for file in located.files)
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(f"SET allowed_paths = [{quoted}]")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            yield connection
        finally:
            connection.close()


def _read(
    connection: DuckDBPyConnection, source: str, located: Located, evaluation: Evaluation, where: str
) -> Predictions:
    with refusals(located):
        # A cursor of its own: finding out the types may have left a result open on the connection.
        rows = connection.cursor().sql(f"FROM {source}")
        types = dict(zip(rows.columns, map(str, rows.types), strict=True))
        empty = not rows.limit(1).fetchall()
    if empty:
        raise EvidenceError("the predictions hold no rows", reason_code="data-empty", where=where)
    asked = _asked(evaluation, types, where)
    chosen = ", ".join(f"{sql} AS {_identifier(role)}" for role, sql in asked.items())
    with refusals(located):
        table: pa.Table = rows.project(chosen).limit(MAX_ROWS + 1).to_arrow_table()
    if table.num_rows > MAX_ROWS:
        said = f"holds more than {MAX_ROWS:,} rows"
        raise EvidenceError(said, reason_code="metric", where=where, remedy="evaluate a sample")
    names = _names(evaluation.columns)
    arrays = {
        role: _array(table[role], names.get(role, role), where) for role in asked if not role.startswith("slice:")
    }
    return Predictions(
        y=arrays["target"],
        score=arrays.get("score"),
        prediction=arrays.get("prediction"),
        key=arrays.get("key"),
        weight=arrays.get("weight"),
        slices={name: _slicing(table[f"slice:{name}"], name, where) for name in evaluation.slices},
    )


def _names(columns: Columns) -> Mapping[str, str]:
    """The file's column for every role that has one."""
    roles = {
        "target": columns.target,
        "score": columns.score,
        "prediction": columns.prediction,
        "key": columns.key,
        "weight": columns.weight,
    }
    return {role: name for role, name in roles.items() if name is not None}


def _asked(evaluation: Evaluation, types: Mapping[str, str], where: str) -> dict[str, str]:
    """Role and SQL expression of every column to read. Raises ``EvidenceError``."""
    names = _names(evaluation.columns)
    for name in (*names.values(), *evaluation.slices):
        if name not in types:
            there = ", ".join(f"`{column[:60]}`" for column in list(types)[:MAX_NAMED_COLUMNS])
            more = " …" if len(types) > MAX_NAMED_COLUMNS else ""
            raise ColumnError(f"there is no column `{name}`; there are {there}{more}", where=where)
    for role in ("score", "prediction"):
        if names.get(role) == names["target"]:
            said = f"`{names['target']}` is the target and the {role} at once"
            raise ColumnError(said, where=where, remedy="name two columns")
    asked = {role: _expression(role, name, types[name], where) for role, name in names.items()}
    for name in evaluation.slices:
        asked[f"slice:{name}"] = f"coalesce(CAST({_identifier(name)} AS VARCHAR), {_literal(NULL_SLICE)})"
    return asked


def _expression(role: str, name: str, kind: str, where: str) -> str:
    column, number = _identifier(name), kind in _NUMBERS or kind.startswith("DECIMAL")
    text = kind == "VARCHAR" or kind.startswith("ENUM")
    if role == "key":
        return f"CAST({column} AS {'BIGINT' if kind in _INTEGERS else 'VARCHAR'})"
    if number or (kind == "BOOLEAN" and role in ("target", "prediction")):
        return f"CAST({column} AS DOUBLE)"
    if text and role in ("target", "prediction"):
        return f"CAST({column} AS VARCHAR)"
    said = f"the column `{name}` is the {role} and holds {kind[:60]}, not numbers"
    raise ColumnError(said, where=where, remedy="name another column, or write numbers into this one")


def _array(column: Any, name: str, where: str) -> Column:
    """A column without nulls as an array of floats, whole numbers or text."""
    if column.null_count:
        row = int(np.flatnonzero(column.is_null().to_numpy())[0]) + 1
        raise EvidenceError(f"the column `{name}` has no value in row {row}", reason_code="metric", where=where)
    values = column.to_numpy()
    return values.astype(np.str_) if values.dtype.kind == "O" else values


def _slicing(column: Any, name: str, where: str) -> Slicing:
    encoded = column.combine_chunks().dictionary_encode()
    values = [str(value) for value in encoded.dictionary.to_pylist()]
    if len(values) > MAX_SLICE_VALUES:
        said = f"the slice column `{name}` has {len(values)} values, at most {MAX_SLICE_VALUES} are evaluated"
        raise EvidenceError(said, reason_code="metric", where=where, remedy="slice by a coarser column")
    order = sorted(range(len(values)), key=values.__getitem__)
    position = np.empty(len(values), dtype=np.int32)
    position[order] = np.arange(len(values), dtype=np.int32)
    codes = encoded.indices.to_numpy()
    return Slicing(
        values=tuple(values[index] for index in order), codes=position[codes] if len(codes) else position[:0]
    )


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
