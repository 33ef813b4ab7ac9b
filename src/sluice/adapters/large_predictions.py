"""Predictions files of more rows than fit in memory: read part by part, and joined by the embedded engine on disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from sluice.adapters.duck_connections import BELIEVING
from sluice.adapters.predictions import Source, arrays, identifier, opened, refused
from sluice.adapters.readers import refusals, relation
from sluice.domain.config import Evaluation
from sluice.domain.errors import EvidenceError
from sluice.domain.ports import PredictionsFile
from sluice.domain.predictions import Part, Predictions, checked_part

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

    from sluice.adapters.located import Located

PART_ROWS = 500_000
"""Rows in memory at once: with the columns of both models, and what is made of them, some 200 MiB."""

# Beside the parts. What a join does not hold in it lies on disk: some 50 bytes a row for 100 million rows.
_MEMORY = "1GiB"
_DISK = "64GiB"
# Each takes its share of the memory; adding up takes longer than so many read.
_THREADS = 4
_OURS, _THEIRS = "ours:", "theirs:"


@dataclass(frozen=True, slots=True, kw_only=True)
class LargePredictions:
    """A ``PredictionsFile``: nothing is read before it is asked for, and every time anew."""

    source: Source
    most: int
    sha256: str
    part_rows: int = PART_ROWS

    @property
    def where(self) -> str:
        """What people call the file."""
        return self.source.where

    @property
    def key(self) -> Literal["numbers", "text", ""]:
        """The kind of the key."""
        asked = self.source.asked.get("key")
        return "" if asked is None else "numbers" if asked.endswith("AS BIGINT)") else "text"

    def parts(self) -> Iterator[Predictions]:
        """All rows in the file's order, checked by themselves, ``part_rows`` at a time."""
        before, spec = 0, self.source.evaluation
        with refused(self.where), _connected(self.source.located) as connection:
            for table in _tables(self._rows(connection), self.source.located, self.part_rows):
                part = Part(where=self.where, before=before, more=True)
                before += table.num_rows
                yield checked_part(arrays(table, spec, part), spec.task, part)

    def require_unique_key(self) -> None:
        """Raise ``EvidenceError`` where a key occurs more than once."""
        if not self.key:
            return
        with refused(self.where), _connected(self.source.located) as connection:
            keys = self._rows(connection).project('"key"')
            if self.key == "numbers" and _ascend(_tables(keys, self.source.located, self.part_rows)):
                return
            with refusals(self.source.located):
                found = keys.aggregate('"key", count(*) AS n', '"key"').filter("n > 1").limit(1).fetchall()
        if found:
            what = f"the key {str(found[0][0])[:60]!r} occurs more than once"
            raise EvidenceError(what, reason_code="metric", where=self.where, remedy="a key names one row")

    def joined(self, baseline: PredictionsFile) -> Iterator[tuple[Predictions, Predictions]]:
        """The rows of equal keys of both files, ``part_rows`` at a time, in any order."""
        if not isinstance(baseline, LargePredictions):
            raise TypeError("a file is joined with a file")
        ours, theirs = self.source, baseline.source
        order = {"preserve_insertion_order": "false"}
        with refused(self.where), _connected(ours.located, theirs.located, **order) as connection:
            left, right = self._rows(connection).set_alias("l"), baseline._rows(connection).set_alias("r")
            chosen = ", ".join((*_renamed(ours, "l", _OURS), *_renamed(theirs, "r", _THEIRS)))
            rows = left.join(right, 'l."key" = r."key"').project(chosen)
            for table in _tables(rows, ours.located, self.part_rows):
                yield _side(table, ours, _OURS), _side(table, theirs, _THEIRS)

    def _rows(self, connection: DuckDBPyConnection) -> DuckDBPyRelation:
        """The columns that are asked for, by their roles."""
        # A cursor of its own: finding out the types may leave a result open.
        sql = relation(connection.cursor(), self.source.located, ())
        with refusals(self.source.located):
            return connection.sql(f"FROM {sql}").project(self.source.columns())


@contextmanager
def _connected(*located: Located, **more: str) -> Iterator[DuckDBPyConnection]:
    """A connection that does not believe what files state of themselves, and keeps to less memory."""
    settings = {"memory_limit": _MEMORY, "max_temp_directory_size": _DISK, "disabled_optimizers": ",".join(BELIEVING)}
    threads = min(os.cpu_count() or 1, _THREADS)
    with opened(*located, threads=threads, **settings, **more) as connection:
        yield connection


def _tables(rows: DuckDBPyRelation, located: Located, size: int) -> Iterator[pa.Table]:
    """The rows as tables of ``size`` each, but for the last; raises ``DataError``."""
    import pyarrow as pa

    with refusals(located):
        reader = rows.to_arrow_reader(size)
    waiting: list[Any] = []
    n = 0
    while True:
        with refusals(located), _engine_errors():
            batch = next(reader, None)
        if batch is not None:
            waiting.append(batch)
            n += batch.num_rows
        while n >= size or (batch is None and n):
            table = pa.Table.from_batches(waiting)
            yield table.slice(0, size)
            waiting = table.slice(size).to_batches()
            n = max(n - size, 0)
        if batch is None:
            return


@contextmanager
def _engine_errors() -> Iterator[None]:
    """What the engine says through Arrow, as what it says itself."""
    import duckdb
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as problem:
        kind = duckdb.OutOfMemoryException if "Out of Memory" in str(problem) else duckdb.Error
        raise kind(str(problem)) from None


def _ascend(tables: Iterator[pa.Table]) -> bool:
    """Whether keys ascend, so that none comes twice: files often lie in the order of their keys."""
    last = None
    for table in tables:
        keys = table["key"].to_numpy()
        if not bool((keys[1:] > keys[:-1]).all()) or (last is not None and not keys[0] > last):
            return False
        last = keys[-1]
    return True


def _renamed(source: Source, alias: str, prefix: str) -> Iterator[str]:
    """Every column but the key, whose roles both sides may have, under a name of its side."""
    for role in source.asked:
        if role != "key":
            yield f"{alias}.{identifier(role)} AS {identifier(prefix + role)}"


def _side(table: pa.Table, source: Source, prefix: str) -> Predictions:
    """One side's columns of joined rows. They were checked before; which classes they have counts here."""
    own = [name for name in table.column_names if name.startswith(prefix)]
    spec: Evaluation = replace(source.evaluation, columns=replace(source.evaluation.columns, key=None))
    part = Part(where=source.where, more=True)
    rows = arrays(table.select(own).rename_columns([name.removeprefix(prefix) for name in own]), spec, part)
    return checked_part(rows, spec.task, part)
