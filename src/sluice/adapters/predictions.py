"""Predictions files read into arrays: Parquet, CSV or JSON lines, through a DuckDB that can reach nothing else.

The file comes from the pull request's code: its size is bounded, its columns are read by name and type, and a value
that is missing is refused by its row.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sluice.adapters.located import digest, locate
from sluice.adapters.readers import refusals, relation
from sluice.domain.config import Columns, Evaluation
from sluice.domain.errors import ColumnError, DataError, EvidenceError
from sluice.domain.predictions import MAX_SLICE_VALUES, Codes, Column, Part, Predictions, Slicing, checked

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from sluice.adapters.located import Located
    from sluice.domain.ports import PredictionsFile

MAX_ROWS = 20_000_000
"""More rows would not fit the memory of a usual runner: they are read part by part, for metrics that add up."""

MAX_NAMED_COLUMNS = 20
NULL_SLICE = "null"
"""Label of the rows without a value in a slice column."""

# Fields of Predictions by what is read for them: what the model said, what is known beside it, and numbers for values.
_PREDICTED = ("score", "prediction", "low", "high", "naive")
_GIVEN = ("key", "weight", "time")
_CODED = ("group", "query")
_PROBABILITY = "probability:"

_WRITE_IT = "let training write it, or correct `evaluation.predictions` in sluice.yaml"
_MEMORY = "4GiB"
_INTEGERS = frozenset("TINYINT SMALLINT INTEGER BIGINT UTINYINT USMALLINT UINTEGER".split())
_NUMBERS = _INTEGERS | frozenset("UBIGINT HUGEINT UHUGEINT FLOAT DOUBLE".split())


def read_predictions(path: Path, evaluation: Evaluation) -> Predictions:
    """The columns that ``evaluation`` names, checked, with the digest of the file.

    Raises ``EvidenceError`` for a file that is missing, unreadable or over ``MAX_ROWS`` rows, for a column that is not
    there (naming those that are) or of the wrong type, and for every value that ``domain.predictions.checked`` refuses.
    """
    found = open_predictions(path, evaluation, most=MAX_ROWS)
    if not isinstance(found, Predictions):
        said = f"holds more than {MAX_ROWS:,} rows"
        raise EvidenceError(said, reason_code="metric", where=found.where, remedy="evaluate a sample")
    return found


def open_predictions(path: Path, evaluation: Evaluation, *, most: int = MAX_ROWS) -> Predictions | PredictionsFile:
    """The same; but a file of more than ``most`` rows is left to be read part by part.

    What is read into memory can be read part by part, too, beside another file that must be: ``file`` is set.
    """
    from sluice.adapters.large_predictions import LargePredictions

    where = evaluation.predictions or path.name
    with refused(where):
        located = locate(path.parent, path.name)
        sha256 = digest(located)
        with opened(located) as connection:
            source = Source.of(connection, located, evaluation, where)
            large = LargePredictions(source=source, most=most, sha256=sha256)
            if source.n_rows(connection) > most:
                return large
            predictions = source.read(connection, most)
    return checked(replace(predictions, sha256=sha256, file=large), evaluation.task, where=where)


@contextmanager
def refused(where: str) -> Iterator[None]:
    """Data that cannot be read is evidence that cannot be."""
    try:
        yield
    except DataError as error:
        code = "missing-evidence" if error.reason_code == "missing" else error.reason_code
        remedy = error.remedy or (_WRITE_IT if error.reason_code == "missing" else "")
        raise EvidenceError(error.what, reason_code=code, where=where, remedy=remedy) from None


@contextmanager
def opened(*located: Located, **more: str | bool | int | float | list[str]) -> Iterator[DuckDBPyConnection]:
    """A connection that may read the tables' own files and nothing else; rows keep the file's order.

    ``more`` are settings of it beside, or in place of, the usual ones.
    """
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
        connection = duckdb.connect(":memory:", config=settings | more)
        try:
            quoted = ", ".join(_literal(str(file)) for one in located for file in one.files)
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(f"SET allowed_paths = [{quoted}]")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            yield connection
        finally:
            connection.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file and what is read of it: ``sql`` reads it, ``asked`` are the roles of columns and what SQL has for them."""

    located: Located
    evaluation: Evaluation
    where: str
    sql: str
    asked: Mapping[str, str]

    @staticmethod
    def of(connection: DuckDBPyConnection, located: Located, evaluation: Evaluation, where: str) -> Source:
        """The source; raises ``EvidenceError`` for a file without rows, and for columns that are not as named."""
        sql = relation(connection, located, ())
        with refusals(located):
            # A cursor of its own: finding out the types may have left a result open on the connection.
            rows = connection.cursor().sql(f"FROM {sql}")
            types = dict(zip(rows.columns, map(str, rows.types), strict=True))
            # No value of the file's own: a time with its zone needs a package to become one of Python's.
            empty = not rows.project("1").limit(1).fetchall()
        if empty:
            raise EvidenceError("the predictions hold no rows", reason_code="data-empty", where=where)
        asked = _asked(evaluation, types, where)
        return Source(located=located, evaluation=evaluation, where=where, sql=sql, asked=asked)

    def n_rows(self, connection: DuckDBPyConnection) -> int:
        """How many rows the file has, as it says itself; that is not believed further than to choose how to read it."""
        with refusals(self.located):
            return int(connection.cursor().sql(f"FROM {self.sql}").aggregate("count(*)").fetchall()[0][0])

    def columns(self) -> str:
        """All that is asked, as SQL names it after its role."""
        return ", ".join(f"{sql} AS {identifier(role)}" for role, sql in self.asked.items())

    def read(self, connection: DuckDBPyConnection, most: int) -> Predictions:
        """All rows, unchecked; raises ``EvidenceError``."""
        with refusals(self.located):
            rows = connection.cursor().sql(f"FROM {self.sql}")
            table: pa.Table = rows.project(self.columns()).limit(most + 1).to_arrow_table()
        if table.num_rows > most:
            said = "holds other rows than it says"
            raise EvidenceError(said, reason_code="parse", where=self.where, remedy="write it again")
        return arrays(table, self.evaluation, Part(where=self.where))


def arrays(table: pa.Table, evaluation: Evaluation, part: Part) -> Predictions:
    """Rows of the roles of ``Source.asked``, unchecked; raises ``EvidenceError`` where a value is missing."""
    names, classes = _names(evaluation.columns), tuple(evaluation.columns.probabilities)
    arrays: dict[str, Any] = {
        role: _array(table[role], name, part) for role, name in names.items() if role not in _CODED
    }
    arrays |= {role: _codes(table[role], names[role], part) for role in _CODED if role in names}
    probabilities = [arrays.pop(f"{_PROBABILITY}{name}") for name in classes]
    return Predictions(
        y=arrays.pop("target"),
        **arrays,
        probabilities=np.column_stack(probabilities) if classes else None,
        classes=classes,
        slices={name: _slicing(table[f"slice:{name}"], name, part) for name in evaluation.slices},
    )


def _names(columns: Columns) -> Mapping[str, str]:
    """The file's column for every role that has one, by the names of ``Predictions``' fields."""
    roles: dict[str, str | None] = {role: getattr(columns, role) for role in ("target", *_PREDICTED, *_GIVEN, *_CODED)}
    roles |= {f"{_PROBABILITY}{name}": column for name, column in columns.probabilities.items()}
    return {role: name for role, name in roles.items() if name is not None}


def _asked(evaluation: Evaluation, types: Mapping[str, str], where: str) -> dict[str, str]:
    """Role and SQL expression of every column to read. Raises ``EvidenceError``."""
    names = _names(evaluation.columns)
    for name in (*names.values(), *evaluation.slices):
        if name not in types:
            there = ", ".join(f"`{column[:60]}`" for column in list(types)[:MAX_NAMED_COLUMNS])
            more = " …" if len(types) > MAX_NAMED_COLUMNS else ""
            raise ColumnError(f"there is no column `{name}`; there are {there}{more}", where=where)
    for role, name in names.items():
        if name == names["target"] and role.startswith((*_PREDICTED, _PROBABILITY)):
            said = f"`{name}` is the target and the {_called(role)} at once"
            raise ColumnError(said, where=where, remedy="name two columns")
    asked = {role: _expression(role, name, types[name], where) for role, name in names.items()}
    for name in evaluation.slices:
        asked[f"slice:{name}"] = f"coalesce(CAST({identifier(name)} AS VARCHAR), {_literal(NULL_SLICE)})"
    return asked


def _expression(role: str, name: str, kind: str, where: str) -> str:
    column, number = identifier(name), kind in _NUMBERS or kind.startswith("DECIMAL")
    text = kind == "VARCHAR" or kind.startswith("ENUM")
    if role == "key" or role in _CODED:
        return f"CAST({column} AS {'BIGINT' if kind in _INTEGERS else 'VARCHAR'})"
    if role == "time" and kind.startswith(("TIMESTAMP", "DATE")):
        # An endless time is no missing one.
        return f"CASE WHEN {column} IS NOT NULL THEN coalesce(epoch({column}), 'infinity'::DOUBLE) END"
    if number or (kind == "BOOLEAN" and role in ("target", "prediction")):
        return f"CAST({column} AS DOUBLE)"
    if text and role in ("target", "prediction"):
        return f"CAST({column} AS VARCHAR)"
    wanted = "times" if role == "time" else "numbers"
    said = f"the column `{name}` is the {_called(role)} and holds {kind[:60]}, not {wanted}"
    raise ColumnError(said, where=where, remedy=f"name another column, or write {wanted} into this one")


def _called(role: str) -> str:
    if role.startswith(_PROBABILITY):
        return f"probability of `{role.removeprefix(_PROBABILITY)[:60]}`"
    return {"low": "low end", "high": "high end", "naive": "naive forecast"}.get(role, role)


def _array(column: Any, name: str, part: Part) -> Column:
    """A column without nulls as an array of floats, whole numbers or text."""
    _refuse_missing(column, name, part)
    values = column.to_numpy()
    return values.astype(np.str_) if values.dtype.kind == "O" else values


def _codes(column: Any, name: str, part: Part) -> Codes:
    """A number from 0 on for each different value."""
    _refuse_missing(column, name, part)
    return column.combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int32)


def _refuse_missing(column: Any, name: str, part: Part) -> None:
    if column.null_count:
        row = int(np.flatnonzero(column.is_null().to_numpy())[0]) + 1
        raise EvidenceError(
            f"the column `{name}` has no value in row {part.before + row}", reason_code="metric", where=part.where
        )


def _slicing(column: Any, name: str, part: Part) -> Slicing:
    encoded = column.combine_chunks().dictionary_encode()
    values = [str(value) for value in encoded.dictionary.to_pylist()]
    if len(values) > MAX_SLICE_VALUES:
        said = f"the slice column `{name}` has {len(values)} values, at most {MAX_SLICE_VALUES} are evaluated"
        raise EvidenceError(said, reason_code="metric", where=part.where, remedy="slice by a coarser column")
    order = sorted(range(len(values)), key=values.__getitem__)
    position = np.empty(len(values), dtype=np.int32)
    position[order] = np.arange(len(values), dtype=np.int32)
    codes = encoded.indices.to_numpy()
    return Slicing(
        values=tuple(values[index] for index in order), codes=position[codes] if len(codes) else position[:0]
    )


def identifier(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
